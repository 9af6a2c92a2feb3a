import type { ServedModels } from "../served-models.ts";
import type { Store } from "../store/store.ts";

/** What handlers work with. */
export interface RouteServices {
  models: ServedModels;
  store: Store;
  /** Fires when the server begins to close. */
  closing: AbortSignal;
  /** Fires when requests still running have to end. */
  ended: AbortSignal;
  /** Told of every error that is no fault of a request. */
  onError: (error: unknown) => void;
}
