import {
  registerShieldSchema,
  shieldListSchema,
  shieldSchema,
  type Shield as WireShield,
} from "../api/registry.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import type { NamedShield } from "../shields/open-shields.ts";
import type { Shield } from "../shields/shield.ts";
import type { ObjectKind } from "../store/store.ts";
import { providerId } from "./providers.ts";
import { getRegistered, listRegistered, register, unregister } from "./registry.ts";
import type { RouteServices } from "./services.ts";

const kind: ObjectKind = "shield";
const shields = { tag: "Shields", path: "/v1/shields" } as const;
const one = "/v1/shields/{identifier+}";

function toWire({ shield, resource, params }: NamedShield): WireShield {
  return {
    identifier: shield.id,
    provider_id: providerId,
    provider_resource_id: resource,
    type: "shield",
    params: params === null ? null : { ...params },
  };
}

/**
 * A shield by its id, with or without the provider before it, or by its model: of the server, or registered by the owner.
 * Throws a 404 where there is none, and a 400 for one whose model is not served.
 */
export async function findShield(
  { shields: own, store }: Pick<RouteServices, "shields" | "store">,
  name: string,
  owner: string,
  param: string,
): Promise<Shield> {
  const found = own.find(name);
  if (found !== null) return found.shield;
  const plain = name.replace(/^llamero\//, "");
  const registered = await listRegistered<WireShield>(store, kind, owner);
  const entry =
    registered.find(({ identifier }) => identifier === plain || identifier === name) ??
    registered.find(({ provider_resource_id: resource }) => resource === plain || resource === name);
  if (entry === undefined) {
    const names = [
      ...own.all.map(({ shield }) => shield.id),
      ...registered.map(({ identifier }) => identifier),
    ];
    throw new HttpError(404, `Shield '${name}' not found; there is ${[...new Set(names)].join(", ")}`, {
      param,
      code: "not_found",
    });
  }
  const resource = entry.provider_resource_id ?? entry.identifier;
  const builtIn = own.find(resource);
  if (builtIn !== null) return builtIn.shield;
  try {
    return own.overModel(entry.identifier, resource, entry.params ?? {}).shield;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new HttpError(400, error.message, { param, code: "model_not_found" });
  }
}

/** Shields of the server, and those that were registered. */
export const shieldRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...shields,
    method: "GET",
    level: "stable",
    summary: "List the shields",
    response: shieldListSchema,
    async handle({ owner }, { store, shields: own }) {
      const registered = await listRegistered<WireShield>(store, kind, owner);
      return { data: [...own.all.map(toWire), ...registered] };
    },
  }),
  defineRoute({
    ...shields,
    method: "POST",
    level: "deprecated",
    summary: "Register a shield over a model that is served",
    body: registerShieldSchema,
    response: shieldSchema,
    async handle({ body, owner }, { store, shields: own }) {
      if (own.all.some(({ shield }) => shield.id === body.shield_id)) {
        throw new HttpError(409, `The server has a shield ${body.shield_id} of its own; take another id`, {
          param: "shield_id",
          code: "conflict",
        });
      }
      const shield: WireShield = {
        identifier: body.shield_id,
        provider_id: providerId,
        provider_resource_id: body.provider_shield_id ?? body.shield_id,
        type: "shield",
        params: body.params ?? null,
      };
      await register(store, kind, owner, shield);
      return shield;
    },
  }),
  defineRoute({
    ...shields,
    method: "GET",
    path: one,
    level: "stable",
    summary: "Get a shield",
    response: shieldSchema,
    async handle({ params, owner }, { store, shields: own }) {
      const id = params["identifier"]!;
      const found = own.find(id);
      return found === null ? await getRegistered<WireShield>(store, kind, id, owner) : toWire(found);
    },
  }),
  defineRoute({
    ...shields,
    method: "DELETE",
    path: one,
    level: "deprecated",
    summary: "Unregister a shield",
    response: null,
    async handle({ params, owner }, { store, shields: own }) {
      const id = params["identifier"]!;
      if (own.find(id) !== null) {
        throw new HttpError(400, `${id} is a shield of the server's configuration and stays`, {
          param: "identifier",
          code: "unsupported_operation",
        });
      }
      await unregister(store, kind, id, owner);
    },
  }),
];
