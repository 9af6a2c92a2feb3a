import { z } from "zod";

/** The OpenAI error body: what every answer with a status of 400 or more holds. */
export interface ErrorBody {
  error: {
    message: string;
    type: ErrorType;
    /** Path of the field at fault, such as `messages[0].content`. */
    param: string | null;
    code: string | null;
    /** As in the header X-Request-Id and in the server's log. */
    request_id?: string | undefined;
  };
}

export type ErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "permission_error"
  | "rate_limit_error"
  | "server_error";

export const errorBodySchema: z.ZodType<ErrorBody> = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    type: z.enum([
      "invalid_request_error",
      "authentication_error",
      "permission_error",
      "rate_limit_error",
      "server_error",
    ]),
    param: z.string().nullable(),
    code: z.string().nullable(),
    request_id: z.string().optional(),
  }),
});
