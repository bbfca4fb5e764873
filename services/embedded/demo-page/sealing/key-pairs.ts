const AGREEMENT = { name: "ECDH", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", namedCurve: "P-256" };

/** A user's keys, which all devices of the user hold. No script can read the private ones, nor can this page. */
export interface UserKeys {
  readonly user: string;
  /** ECDH: who wants to seal for the user needs the public one. */
  readonly agreement: CryptoKeyPair;
  /** ECDSA: who wants to know that the user wrote something needs the public one. */
  readonly signing: CryptoKeyPair;
}

export async function newUserKeys(user: string): Promise<UserKeys> {
  return {
    user,
    agreement: await crypto.subtle.generateKey(AGREEMENT, false, ["deriveBits"]),
    signing: await crypto.subtle.generateKey(SIGNING, false, ["sign", "verify"]),
  };
}
