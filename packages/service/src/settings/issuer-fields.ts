import { z } from "zod";

/** Fields that each issuer has. */

export const issuerField = () => z.string().min(1).max(2048).regex(/^\S+$/);

export const audienceField = () =>
  z
    .string()
    .max(2048)
    .regex(/^[^\s,]+( *, *[^\s,]+)*$/, "must be an audience, or several, comma-separated");

export const jwksUrlField = () =>
  z
    .string()
    .max(2048)
    .regex(/^https?:\/\/\S+$/);

const CLAIM = /^([^\s/]\S*|(\/([^\s/~]|~[01])+)+)$/;
const CLAIM_FORM = "must be the name of a claim, or a JSON Pointer to one";

/** See `claimAt`. */
export const claimField = {
  pattern: CLAIM,
  form: CLAIM_FORM,
  schema: () => z.string().max(512).regex(CLAIM, CLAIM_FORM),
};

/** See `UsersOfIssuers`. */
export const userPrefixField = () =>
  z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9._~@+:|/-]*$/, "must be letters, digits or any of . _ ~ @ + : | / -");
