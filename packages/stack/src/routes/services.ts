import type { AnyRoute } from "../http/define-route.ts";
import type { Traces } from "../observe/traces.ts";
import type { KeyRing } from "../security/key-ring.ts";
import type { ServedModels } from "../served-models.ts";
import type { GuardBorder } from "../shields/border-guard.ts";
import type { Shields } from "../shields/open-shields.ts";
import type { Store } from "../store/store.ts";
import type { ScanUntrusted } from "../tools/scan-untrusted.ts";
import type { Toolbox } from "../tools/toolbox.ts";

/** What handlers work with. */
export interface RouteServices {
  models: ServedModels;
  store: Store;
  /** Shields and the policy; models pass what is said to them and what they say through it themselves. */
  shields: Shields;
  /** Judges text that crosses a border elsewhere: retrieved text, calls and results of tools. */
  guardBorder: GuardBorder;
  /** Answers under way, and those of them that are event streams. */
  load?: () => { requests: number; streams: number };
  /** Keys that requests may come with. */
  keys?: KeyRing;
  /** What is told of requests; absent: nothing. */
  traces?: Traces;
  /** Tools that the server runs itself; absent: the calculator alone. */
  tools?: Toolbox;
  /** Judges what tools bring from outside before a model reads it; absent: it is read as it is. */
  scanUntrusted?: ScanUntrusted;
  /** Everything that the server answers to. */
  routes: readonly AnyRoute[];
  /** Folder under which files named by datasets lie; null: none may be named. */
  dataFolder: string | null;
  /** Folder of the models of this machine; absent or null: the server looks after none. */
  modelsFolder?: string | null;
  /** Fires when the server begins to close. */
  closing: AbortSignal;
  /** Fires when requests still running have to end. */
  ended: AbortSignal;
  /** Told of every error that is no fault of a request. */
  onError: (error: unknown) => void;
}
