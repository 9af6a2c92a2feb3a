import type { AnyRoute } from "../http/define-route.ts";
import type { Traces } from "../observe/traces.ts";
import type { ServedModels } from "../served-models.ts";
import type { Store } from "../store/store.ts";

/** What handlers work with. */
export interface RouteServices {
  models: ServedModels;
  store: Store;
  /** What is told of requests; absent: nothing. */
  traces?: Traces;
  /** Everything that the server answers to. */
  routes: readonly AnyRoute[];
  /** Folder under which files named by datasets lie; null: none may be named. */
  dataFolder: string | null;
  /** Fires when the server begins to close. */
  closing: AbortSignal;
  /** Fires when requests still running have to end. */
  ended: AbortSignal;
  /** Told of every error that is no fault of a request. */
  onError: (error: unknown) => void;
}
