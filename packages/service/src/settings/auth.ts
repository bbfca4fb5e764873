import { z } from "zod";
import { additionalIssuersField, parseAdditionalIssuers } from "./additional-issuers.ts";
import { audienceField, claimField, issuerField, jwksUrlField } from "./issuer-fields.ts";
import { httpUrl, list, text } from "./parsers.ts";
import type { Variable } from "./variable.ts";

const claim = text(claimField.pattern, claimField.form);

/** Whose tokens a service accepts. */
export const AUTH = [
  {
    name: "AUTH_ISSUER",
    group: "auth",
    key: "issuer",
    schema: text(/^\S+$/, "must be an issuer without spaces"),
    field: ["auth", "issuer"],
    fieldSchema: issuerField(),
    required: true,
    description: "Required `iss` claim of every token",
  },
  {
    name: "AUTH_AUDIENCE",
    group: "auth",
    key: "audience",
    schema: list((audience) => /^\S+$/.test(audience), "must be audiences without spaces").refine(
      (audiences) => audiences.length > 0,
      "must be at least one audience",
    ),
    field: ["auth", "audience"],
    fieldSchema: audienceField(),
    required: true,
    description: "Required `aud` claim of every token, or several, comma-separated, of which a token has one",
  },
  {
    name: "AUTH_JWKS_URL",
    group: "auth",
    key: "jwksUrl",
    schema: httpUrl,
    field: ["auth", "jwksUrl"],
    fieldSchema: jwksUrlField(),
    required: true,
    description: "URL of the issuer's JSON Web Key Set (ES256, EdDSA, RS256)",
  },
  {
    name: "AUTH_USER_CLAIM",
    group: "auth",
    key: "userClaim",
    schema: claim,
    field: ["auth", "userClaim"],
    fieldSchema: claimField.schema(),
    default: "sub",
    fieldDefault: "sub",
    description:
      "Claim that names the user: a URN `urn:sm:user:<id>`, or a subject, which becomes one. A name such as " +
      "`https://acme.example/user` is of a claim at the top; a JSON Pointer such as `/acme/user` is of one within others",
  },
  {
    name: "AUTH_DEVICE_CLAIM",
    group: "auth",
    key: "deviceClaim",
    schema: claim,
    field: ["auth", "deviceClaim"],
    fieldSchema: claimField.schema(),
    default: "device_id",
    fieldDefault: "device_id",
    description: "Claim that names the device, if the token is for one only; as `AUTH_USER_CLAIM`",
  },
  {
    name: "AUTH_ADDITIONAL_ISSUERS",
    group: "auth",
    key: "additionalIssuers",
    schema: z.string().transform(parseAdditionalIssuers),
    field: ["auth", "additionalIssuers"],
    fieldSchema: additionalIssuersField,
    description:
      "Further issuers, each with keys, audience, claims and a prefix of its users of its own, so that no issuer can " +
      "name the users of another: a JSON list of objects with the fields of `auth.additionalIssuers`",
  },
] as const satisfies readonly Variable[];
