import { z } from "zod";
import { audienceField, claimField, issuerField, jwksUrlField, userPrefixField } from "./issuer-fields.ts";
import { splitList } from "./parsers.ts";

const MAX_ADDITIONAL_ISSUERS = 8;

/** `spec.auth.additionalIssuers`, and the JSON of `AUTH_ADDITIONAL_ISSUERS`. */
export const additionalIssuersField = z
  .array(
    z.strictObject({
      issuer: issuerField().describe("Required iss claim of its tokens."),
      audience: audienceField().describe("Required aud claim of its tokens, or several, comma-separated."),
      jwksUrl: jwksUrlField().describe("URL of its JSON Web Key Set (ES256, EdDSA, RS256)."),
      userPrefix: userPrefixField().describe(
        "What its subjects get in front, such as k8s:, to become users. No other issuer can name users with this prefix. If empty, its users are those of auth.issuer: who has the same subject there is the same user.",
      ),
      userClaim: claimField
        .schema()
        .optional()
        .describe("As auth.userClaim, for its tokens; sub by default."),
      deviceClaim: claimField
        .schema()
        .optional()
        .describe("As auth.deviceClaim, for its tokens; device_id by default."),
    }),
  )
  .max(MAX_ADDITIONAL_ISSUERS);

/** As {@link additionalIssuersField}, for a verifier of tokens. */
export function parseAdditionalIssuers(raw: string, context: z.RefinementCtx) {
  const result = additionalIssuersField.safeParse(jsonOf(raw));
  if (!result.success) {
    const [{ path, message }] = result.error.issues as [z.core.$ZodIssue];
    context.addIssue(`must be a JSON list of issuers: ${[...path, message].join(": ")}`);
    return z.NEVER;
  }
  const names = result.data.map(({ issuer }) => issuer);
  if (new Set(names).size < names.length) {
    context.addIssue("must name each issuer once");
    return z.NEVER;
  }
  return result.data.map(({ audience, ...issuer }) => ({ ...issuer, audience: splitList(audience) }));
}

function jsonOf(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}
