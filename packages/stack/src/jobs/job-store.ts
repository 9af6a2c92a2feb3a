import type { Json } from "../api/json.ts";
import { listAll, toJson } from "../routes/stored-objects.ts";
import {
  type ListOptions,
  type Store,
  StoreConflict,
  type StoredObject,
  type StorePage,
  type StoreWrite,
} from "../store/store.ts";
import type { JobRecord, JobStatus, StoredJob } from "./job.ts";

const kind = "job";

/** Races that one change may lose before something must be wrong. */
const maxTries = 50;

/** A stored object as the job that it is. */
export function toJob({ id, owner, value }: StoredObject): StoredJob {
  return { id, owner, record: value as unknown as JobRecord };
}

/** The write of a job; its kind is its parent, so that each kind has lists of its own. */
export function putJob({ id, owner, record }: StoredJob, ifVersion: number): StoreWrite {
  return { write: "put", kind, id, owner, parent: record.kind, value: toJson(record), ifVersion };
}

/** A job of an owner (null: of any), or null where there is none. */
export async function getJob(store: Store, id: string, owner: string | null): Promise<StoredJob | null> {
  const found = await store.get<Json>(kind, id, owner);
  return found === null ? null : toJob(found);
}

/** A page of the jobs of one kind. */
export async function listJobs(
  store: Store,
  jobKind: string,
  options: Omit<ListOptions, "parent">,
): Promise<StorePage> {
  return await store.list(kind, { ...options, parent: jobKind });
}

/** Every job of every owner in a status, the oldest first. */
export async function jobsIn(store: Store, status: JobStatus): Promise<StoredJob[]> {
  return (await listAll(store, kind, { owner: null, where: { status } })).map(toJob);
}

/**
 * Changes a job as it is at that moment, by compare-and-swap. `change` gives null to leave it. Resolves to the job as it
 * is then, or to null where there is none.
 */
export async function changeJob(
  store: Store,
  { id, owner }: Pick<StoredJob, "id" | "owner">,
  change: (record: JobRecord) => JobRecord | null,
  ...writes: readonly StoreWrite[]
): Promise<StoredJob | null> {
  for (let numTries = 1; ; numTries++) {
    const found = await store.get<Json>(kind, id, owner);
    if (found === null) return null;
    const job = toJob(found);
    const record = change(job.record);
    if (record === null) return job;
    try {
      await store.write(putJob({ id, owner, record }, found.version), ...writes);
      return { id, owner, record };
    } catch (error) {
      if (!(error instanceof StoreConflict) || numTries >= maxTries) throw error;
    }
  }
}
