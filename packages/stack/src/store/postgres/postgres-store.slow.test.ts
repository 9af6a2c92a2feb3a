import { after } from "node:test";
import { openPgliteStore, startPglite } from "../fake-pglite-store.ts";
import { storeSuite } from "../fake-store-suite.ts";

const pglite = await startPglite();
after(() => pglite.close());

storeSuite({ name: "postgres in WebAssembly", open: () => openPgliteStore(pglite), keeps: true });
