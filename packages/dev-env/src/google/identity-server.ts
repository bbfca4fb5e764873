import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { LOOPBACK } from "../servers/server.ts";

/** How the clients get their tokens: from the metadata server, or with a file of Workload Identity Federation. */
export type CredentialForm = "metadata" | "federation";

export interface IdentityServer {
  /** The environment of a process that gets its tokens so. */
  readonly env: Readonly<Record<CredentialForm, Readonly<Record<string, string>>>>;
  /** How many tokens were given out so. */
  readonly issued: Readonly<Record<CredentialForm, number>>;
  /** Whether the header bears a token that was given out and has not expired. */
  isAuthorized(authorization: string | undefined): boolean;
  close(): Promise<void>;
}

/** Clients renew a token so long before it expires. */
const RENEWED_BEFORE_MS = 5 * 60 * 1000;
/** A call that was given its token just before it was renewed may take so long to arrive on a busy machine. */
const LATE_MS = 10_000;
const METADATA = "/computeMetadata/v1";
const AUDIENCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/test/providers/test";
const SUBJECT_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:jwt";

/**
 * A metadata server and a token service on loopback.
 *
 * @param folder for the files of Workload Identity Federation
 * @param renewedAfterMs how long clients use a token; it is refused a little later
 */
export async function startIdentityServer(
  folder: string,
  projectId: string,
  renewedAfterMs: number,
): Promise<IdentityServer> {
  const subjectToken = randomUUID();
  const endOf = new Map<string, number>();
  const issued = { metadata: 0, federation: 0 };

  function newToken(form: CredentialForm) {
    for (const [token, end] of endOf) if (end < Date.now()) endOf.delete(token);
    const token = `ya29.${randomUUID()}`;
    endOf.set(token, Date.now() + renewedAfterMs + LATE_MS);
    issued[form] += 1;
    const expiresIn = Math.floor((renewedAfterMs + RENEWED_BEFORE_MS) / 1000);
    return { access_token: token, expires_in: expiresIn, token_type: "Bearer" };
  }

  function metadata(request: IncomingMessage, response: ServerResponse, path: string): void {
    if (request.headers["metadata-flavor"] !== "Google") return void response.writeHead(403).end();
    const values: Readonly<Record<string, () => unknown>> = {
      "/instance": () => ({}),
      "/project/project-id": () => projectId,
      "/universe/universe-domain": () => "googleapis.com",
      "/instance/service-accounts/default/token": () => newToken("metadata"),
    };
    const value = values[path]?.();
    response.setHeader("Metadata-Flavor", "Google");
    if (value === undefined) return void response.writeHead(404).end();
    if (typeof value === "string") return void response.end(value);
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(value));
  }

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request));
    const isValid =
      form.get("grant_type") === "urn:ietf:params:oauth:grant-type:token-exchange" &&
      form.get("audience") === AUDIENCE &&
      form.get("subject_token_type") === SUBJECT_TOKEN_TYPE &&
      form.get("subject_token") === subjectToken;
    const issuedType = { issued_token_type: "urn:ietf:params:oauth:token-type:access_token" };
    response.setHeader("Content-Type", "application/json");
    if (!isValid) response.writeHead(400).end(JSON.stringify({ error: "invalid_grant" }));
    else response.end(JSON.stringify({ ...newToken("federation"), ...issuedType }));
  }

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname.replace(/\/$/, "");
    if (path.startsWith(METADATA)) metadata(request, response, path.slice(METADATA.length));
    else if (request.method === "POST" && path === "/v1/token") void exchange(request, response);
    else response.writeHead(404).end();
  });
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  const host = `${LOOPBACK}:${(server.address() as AddressInfo).port}`;

  const subjectFile = join(folder, "subject-token");
  const credentialsFile = join(folder, "credentials.json");
  await writeFile(subjectFile, subjectToken);
  await writeFile(
    credentialsFile,
    JSON.stringify({
      type: "external_account",
      audience: AUDIENCE,
      subject_token_type: SUBJECT_TOKEN_TYPE,
      token_url: `http://${host}/v1/token`,
      credential_source: { file: subjectFile },
    }),
  );
  return {
    env: {
      metadata: { GCE_METADATA_HOST: host, METADATA_SERVER_DETECTION: "assume-present" },
      federation: { GOOGLE_APPLICATION_CREDENTIALS: credentialsFile, METADATA_SERVER_DETECTION: "none" },
    },
    issued,
    isAuthorized(authorization = "") {
      const [scheme, token = ""] = authorization.split(" ");
      return scheme === "Bearer" && (endOf.get(token) ?? 0) > Date.now();
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
