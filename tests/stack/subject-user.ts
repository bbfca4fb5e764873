import { AUDIENCE, ISSUER, type SigningKey, signToken } from "@dumbwaiter/service/testing/test-issuer";
import { type Endpoints, WireUser, type WireUserOptions } from "@dumbwaiter/wire-user";

/** What makes a service accept the tokens of the test issuer, and share the users of its first issuer. */
export function acceptSubjects(jwksUrl: string) {
  const issuers = [{ issuer: ISSUER, audience: AUDIENCE, jwksUrl, userPrefix: "" }];
  return { AUTH_ADDITIONAL_ISSUERS: JSON.stringify(issuers) };
}

/** A user whose tokens bear the bare subject, as most issuers write it, in place of a URN. */
export class SubjectUser extends WireUser {
  readonly #key: SigningKey;

  constructor(subject: string, endpoints: Endpoints, key: SigningKey, options: WireUserOptions = {}) {
    super(subject, endpoints, options);
    this.#key = key;
  }

  override device(deviceId: string): SubjectUser {
    return new SubjectUser(this.name, this.endpoints, this.#key, { ...this.options, deviceId });
  }

  override newToken(): Promise<string> {
    return signToken(this.#key, { sub: this.name, device_id: this.options.deviceId });
  }
}
