import type { Mutant } from "./mutant.ts";

const SRC = "packages/service/src/tokens";
const VERIFIER = `${SRC}/token-verifier.test.ts`;
const KEYS = `${SRC}/remote-keys.test.ts`;
const ALGORITHMS = ["RS384", "RS512", "PS256", "PS384", "PS512", "ES384", "ES512", "Ed25519"];

/** Only a token that its issuer has signed for us, and that is in force, names a user. */
export const TOKEN_MUTANTS: readonly Mutant[] = [
  // Not HS256 and its like: jose takes no secret from a published set of keys.
  ...ALGORITHMS.map((algorithm) => ({
    file: `${SRC}/issuer.ts`,
    from: '["ES256", "EdDSA", "RS256"]',
    to: `["ES256", "EdDSA", "RS256", "${algorithm}"]`,
    test: VERIFIER,
    name: "even if a published key that names no algorithm fits it",
  })),
  {
    file: `${SRC}/issuer.ts`,
    from: "      audience: [settings.audience].flat(),\n",
    to: "",
    test: VERIFIER,
    name: "refuses a token with",
  },
  {
    file: `${SRC}/issuer.ts`,
    from: '      requiredClaims: ["exp"],\n',
    to: "",
    test: VERIFIER,
    name: "refuses a token with",
  },
  {
    file: `${SRC}/issuer.ts`,
    from: "const MAX_CANDIDATES = 8;",
    to: "const MAX_CANDIDATES = 9;",
    test: KEYS,
    name: "tries eight keys and no more",
  },
  {
    file: `${SRC}/issuer.ts`,
    from: "export const LEEWAY_SECONDS = 30;",
    to: "export const LEEWAY_SECONDS = 31;",
    test: VERIFIER,
    name: "accepts a token by its",
  },
  {
    file: `${SRC}/token-verifier.ts`,
    from: "iat * 1000 > now + LEEWAY_SECONDS * 1000",
    to: "iat * 1000 > now + LEEWAY_SECONDS * 1001",
    test: VERIFIER,
    name: "accepts a token by its",
  },
  {
    file: `${SRC}/token-verifier.ts`,
    from: "return unlessExpired(verified.principal, clock.now());",
    to: "return verified.principal;",
    test: VERIFIER,
    name: "never accepts a token after its expiry",
  },
  {
    file: `${SRC}/token-verifier.ts`,
    from: "if (verified.keysVersion === keys.version) return",
    to: "return",
    test: KEYS,
    name: "keep a token of a withdrawn key valid for five minutes at most",
  },
  {
    file: `${SRC}/token-verifier.ts`,
    from: "token.length > MAX_TOKEN_LENGTH",
    to: "token.length > 2 * MAX_TOKEN_LENGTH",
    test: VERIFIER,
    name: "refuses a token",
  },
  {
    file: `${SRC}/remote-keys.ts`,
    from: "if (this.#version === version && this.#isFetchDue())",
    to: "if (this.#version === version)",
    test: KEYS,
    name: "with a fetch every ten seconds at most",
  },
];
