import { createReferenceBackend } from "../reference/backend.ts";
import { conformance } from "./suite.ts";

conformance("reference", async () => createReferenceBackend());
