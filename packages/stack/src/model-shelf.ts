import type { AnyRoute } from "./http/define-route.ts";
import type { ServableModel } from "./served-models.ts";

/** A model that can be opened. */
export interface ShelvedModel {
  name: string;
  /** It only embeds. */
  embeds: boolean;
  sizeBytes: number;
}

/** Models of this machine that are opened when a request names one. */
export interface ModelShelf {
  /** As they are on the disk now. */
  list(): Promise<readonly ShelvedModel[]>;
  /** Opens one of them; it takes memory from its first request on. */
  open(name: string): Promise<ServableModel>;
}

/** The route, before which the models that its body names are opened. */
export function withShelf(route: AnyRoute): AnyRoute {
  if (route.body === undefined) return route;
  return {
    ...route,
    handle: (request, services) => {
      const opened = services.models.openNamed(request.body);
      if (opened === null) return route.handle(request, services);
      return opened.then(() => route.handle(request, services));
    },
  };
}
