import { z } from "zod";
import { httpUrl, text } from "./parsers.ts";
import type { Variable } from "./variable.ts";

const name = () => z.string().max(2048).regex(/^\S+$/);

/** Whose tokens a service accepts. */
export const AUTH = [
  {
    name: "AUTH_ISSUER",
    group: "auth",
    key: "issuer",
    schema: text(/^\S+$/, "must be an issuer without spaces"),
    field: ["auth", "issuer"],
    fieldSchema: name(),
    required: true,
    description: "Required `iss` claim of every token",
  },
  {
    name: "AUTH_AUDIENCE",
    group: "auth",
    key: "audience",
    schema: text(/^\S+$/, "must be an audience without spaces"),
    field: ["auth", "audience"],
    fieldSchema: name(),
    required: true,
    description: "Required `aud` claim of every token",
  },
  {
    name: "AUTH_JWKS_URL",
    group: "auth",
    key: "jwksUrl",
    schema: httpUrl,
    field: ["auth", "jwksUrl"],
    fieldSchema: z
      .string()
      .max(2048)
      .regex(/^https?:\/\/\S+$/),
    required: true,
    description: "URL of the issuer's JSON Web Key Set (ES256, EdDSA, RS256)",
  },
] as const satisfies readonly Variable[];
