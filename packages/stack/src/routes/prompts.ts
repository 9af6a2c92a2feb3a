import { randomBytes } from "node:crypto";
import {
  type CreatePromptRequest,
  createPromptSchema,
  getPromptQuerySchema,
  type Prompt,
  promptListSchema,
  promptSchema,
  promptVersionSchema,
  updatePromptSchema,
} from "../api/prompts.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import type { Store, StoredObject, StoreWrite } from "../store/store.ts";
import { getStored, listAll, notFound, toJson } from "./stored-objects.ts";

const kind = "prompt";
const common = { tag: "Prompts", level: "stable" } as const;
const path = "/v1/prompts/{prompt_id}";

type Version = Pick<Prompt, "prompt" | "variables">;

/** A prompt as it is kept: the default version on top, and all of them; version n is at n - 1. */
interface KeptPrompt extends Version {
  version: number;
  versions: Version[];
}

/** Every variable of the text must be declared, so that a misspelt one is not left standing in it. */
function toVersion({ prompt, variables }: CreatePromptRequest): Version {
  const declared = variables ?? [];
  const used = [...prompt.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, name]) => name!);
  const missing = used.find((name) => !declared.includes(name));
  if (missing !== undefined) {
    throw new HttpError(
      400,
      `variables: The prompt has {{ ${missing.slice(0, 64)} }}, which is not among them`,
      {
        param: "variables",
        code: "invalid_value",
      },
    );
  }
  return { prompt, variables: declared };
}

const keptOf = ({ value }: StoredObject): KeptPrompt => value as unknown as KeptPrompt;

function toPrompt(id: string, kept: KeptPrompt, version: number): Prompt {
  const found = kept.versions[version - 1];
  if (found === undefined) throw notFound(`version ${version} of prompt`, id, "version");
  return { prompt_id: id, ...found, version, is_default: version === kept.version };
}

function put(id: string, owner: string, kept: KeptPrompt, ifVersion: number): StoreWrite {
  return { write: "put", kind, id, owner, value: toJson(kept), ifVersion };
}

const find = (store: Store, id: string, owner: string): Promise<StoredObject> =>
  getStored(store, { kind, id, owner, what: "prompt" });

/** A version of a prompt; the default one unless another is named. */
export async function readPromptVersion(
  store: Store,
  id: string,
  owner: string,
  version?: number,
): Promise<Prompt> {
  const kept = keptOf(await find(store, id, owner));
  return toPrompt(id, kept, version ?? kept.version);
}

/** Prompts and their versions. */
export const promptRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1/prompts",
    summary: "List the default versions of all prompts",
    response: promptListSchema,
    async handle({ owner }, { store }) {
      const all = await listAll(store, kind, { owner });
      return { data: all.map((each) => toPrompt(each.id, keptOf(each), keptOf(each).version)) };
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: "/v1/prompts",
    summary: "Create a prompt",
    body: createPromptSchema,
    response: promptSchema,
    async handle({ body, owner }, { store }) {
      const id = `pmpt_${randomBytes(24).toString("hex")}`;
      const first = toVersion(body);
      const kept = { ...first, version: 1, versions: [first] };
      await store.write(put(id, owner, kept, 0));
      return toPrompt(id, kept, 1);
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path,
    summary: "Get a prompt, in its default version or another",
    query: getPromptQuerySchema,
    response: promptSchema,
    handle: ({ params, query, owner }, { store }) =>
      readPromptVersion(store, params["prompt_id"]!, owner, query.version),
  }),
  defineRoute({
    ...common,
    method: "PUT",
    path,
    summary: "Add a version to a prompt",
    body: updatePromptSchema,
    response: promptSchema,
    async handle({ params, body, owner }, { store }) {
      const found = await find(store, params["prompt_id"]!, owner);
      const { versions, ...top } = keptOf(found);
      if (body.version !== versions.length) {
        throw new HttpError(409, `version: ${body.version} is not the newest version, ${versions.length}`, {
          param: "version",
          code: "conflict",
        });
      }
      const next = toVersion(body);
      const version = versions.length + 1;
      const chosen = body.set_as_default === false ? top : { ...next, version };
      const kept = { ...chosen, versions: [...versions, next] };
      await store.write(put(found.id, owner, kept, found.version));
      return toPrompt(found.id, kept, version);
    },
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path,
    summary: "Delete a prompt with all its versions",
    response: null,
    async handle({ params, owner }, { store }) {
      const { id } = await find(store, params["prompt_id"]!, owner);
      await store.write({ write: "delete", kind, id, owner });
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${path}/versions`,
    summary: "List the versions of a prompt",
    response: promptListSchema,
    async handle({ params, owner }, { store }) {
      const found = await find(store, params["prompt_id"]!, owner);
      const kept = keptOf(found);
      return { data: kept.versions.map((_, index) => toPrompt(found.id, kept, index + 1)) };
    },
  }),
  defineRoute({
    ...common,
    method: "PUT",
    path: `${path}/set-default-version`,
    summary: "Choose the default version of a prompt",
    body: promptVersionSchema,
    response: promptSchema,
    async handle({ params, body, owner }, { store }) {
      const found = await find(store, params["prompt_id"]!, owner);
      const { versions } = keptOf(found);
      const chosen = versions[body.version - 1];
      if (chosen === undefined) throw notFound(`version ${body.version} of prompt`, found.id, "version");
      const kept = { ...chosen, version: body.version, versions };
      await store.write(put(found.id, owner, kept, found.version));
      return toPrompt(found.id, kept, body.version);
    },
  }),
];
