import type { RouteServices } from "../routes/services.ts";
import { jobKinds } from "./job-kinds.ts";
import { JobQueue } from "./job-queue.ts";

const instances = new WeakMap<RouteServices, JobQueue>();

/** The jobs of a server; what an earlier process left is taken up with the first call. */
export function jobsOf(services: RouteServices): JobQueue {
  let found = instances.get(services);
  if (found === undefined) {
    found = new JobQueue(services, jobKinds);
    instances.set(services, found);
  }
  return found;
}
