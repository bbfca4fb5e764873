const BYTES = 32;

/** A new access key, in base64, as `accessKey.set` takes it: give it to those who may send without saying who they are. */
export function newAccessKey(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(BYTES))));
}
