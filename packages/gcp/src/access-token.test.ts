import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { type IdentityServer, startIdentityServer } from "@dumbwaiter/dev-env/google/identity-server";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { type FirestoreStore, openFirestore } from "./firestore/open-firestore.ts";

const TOKEN_MS = 2_000;
const VARIABLES = ["GOOGLE_APPLICATION_CREDENTIALS", "GCE_METADATA_HOST", "METADATA_SERVER_DETECTION"];

let folder: string;
let identity: IdentityServer;
let store: FirestoreStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dumbwaiter-access-token-"));
  identity = await startIdentityServer(folder, "a-project", TOKEN_MS);
});
afterEach(async () => {
  await store.close();
  await identity.close();
  for (const name of VARIABLES) delete process.env[name];
  await rm(folder, { recursive: true });
});

function open(): FirestoreStore {
  store = openFirestore({
    ...{ projectId: "a-project", databaseId: "a-database", endpoint: "localhost:1" },
    ...{ clock: systemClock, messageTtlMs: 1e9, maxDevices: 2 },
  });
  return store;
}

it.each(["metadata", "federation"] as const)(
  "gives other services a token of its own credentials, from %s, and a new one before it ends",
  async (form) => {
    Object.assign(process.env, identity.env[form]);
    const { accessToken } = open();
    const first = await accessToken();
    expect(identity.isAuthorized(`Bearer ${first}`)).toBe(true);
    await eventually(async () => expect(await accessToken()).not.toBe(first));
    const issued = identity.issued[form];
    const second = await accessToken();
    expect(identity.isAuthorized(`Bearer ${second}`)).toBe(true);
    expect(issued).toBeLessThan(10);
  },
);

it("says when there are no credentials", async () => {
  process.env.GOOGLE_APPLICATION_CREDENTIALS = join(folder, "missing.json");
  await expect(open().accessToken()).rejects.toThrow(/^No credentials for Google Cloud: /);
});
