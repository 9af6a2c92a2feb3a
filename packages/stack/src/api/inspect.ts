import { z } from "zod";

export interface VersionInfo {
  version: string;
}

/** A route, its method, and the types of providers behind it. */
export interface RouteInfo {
  route: string;
  method: string;
  provider_types: string[];
}

export interface ListRoutesResponse {
  data: RouteInfo[];
}

/** Query of the listings of routes. */
export interface ListRoutesQuery {
  api_filter?: "v1" | "v1alpha" | "v1beta" | "deprecated" | undefined;
}

/** Who answers for an interface. */
export interface ProviderInfo {
  api: string;
  provider_id: string;
  provider_type: string;
  config: Record<string, unknown>;
  health: { status: "OK" | "Error" | "Not Implemented"; message?: string | undefined };
}

export interface ListProvidersResponse {
  data: ProviderInfo[];
}

export const versionSchema: z.ZodType<VersionInfo> = z.strictObject({ version: z.string() });

export const listRoutesSchema: z.ZodType<ListRoutesResponse> = z.strictObject({
  data: z.array(
    z.strictObject({ route: z.string(), method: z.string(), provider_types: z.array(z.string()) }),
  ),
});

export const listRoutesQuerySchema: z.ZodType<ListRoutesQuery> = z.strictObject({
  api_filter: z.enum(["v1", "v1alpha", "v1beta", "deprecated"]).optional(),
});

export const providerSchema: z.ZodType<ProviderInfo> = z.strictObject({
  api: z.string(),
  provider_id: z.string(),
  provider_type: z.string(),
  config: z.record(z.string(), z.unknown()),
  health: z.strictObject({
    status: z.enum(["OK", "Error", "Not Implemented"]),
    message: z.string().optional(),
  }),
});

export const listProvidersSchema: z.ZodType<ListProvidersResponse> = z.strictObject({
  data: z.array(providerSchema),
});
