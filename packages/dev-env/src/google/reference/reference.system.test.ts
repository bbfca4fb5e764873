import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { sharedFirestoreEmulator, sharedPubSubEmulator, uniqueName } from "../../servers/index.ts";
import { type GoogleCall, type GoogleStandIn, startGoogleStandIn } from "../google-stand-in.ts";

const run = promisify(execFile);
const DATABASE = "reference";
const PARAMS = "x-goog-request-params";
const PREFIX = "google-cloud-resource-prefix";

type Calls = ReadonlyMap<string, readonly GoogleCall[]>;

/** By method, what ours send otherwise than Google's wrappers; see docs/adr/0006. */
const ROUTED = { [PARAMS]: "project_id=…&database_id=…", [PREFIX]: "as Google's" };
const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...{ Commit: ROUTED, BatchWrite: ROUTED, BatchGetDocuments: ROUTED, RunQuery: ROUTED },
  StreamingPull: { [PARAMS]: "subscription=…", [PREFIX]: "as Google's" },
};

describe("the calls of the adapters beside those of Google's wrappers, with TLS and credentials", () => {
  let google: GoogleStandIn;
  let ours: Calls;
  let googles: Calls;
  const calls: GoogleCall[] = [];

  beforeAll(async () => {
    const [pubsub, firestore] = await Promise.all([sharedPubSubEmulator(), sharedFirestoreEmulator()]);
    google = await startGoogleStandIn({ pubsub, firestore, onCall: (call) => calls.push(call) });
    ours = await callsOf("our-calls.ts", "metadata");
    googles = await callsOf("googles-calls.ts", "federation");
  });
  afterAll(() => google?.close());

  async function callsOf(script: string, form: "metadata" | "federation"): Promise<Calls> {
    const settings = { GOOGLE_CLOUD_PROJECT: uniqueName(), FIRESTORE_DATABASE: DATABASE };
    const env = { ...process.env, ...google.env(form), ...settings };
    await run(process.execPath, [join(import.meta.dirname, script)], { env });
    return Map.groupBy(calls.splice(0), ({ method }) => method);
  }

  it("are among the methods that Google's wrappers call", () => {
    expect([...googles.keys()]).toEqual(expect.arrayContaining([...ours.keys()]));
    expect(ours.size).toBeGreaterThanOrEqual(11);
  });

  it("have tokens of their own form", () => {
    expect(google.issued.metadata).toBeGreaterThan(0);
    expect(google.issued.federation).toBeGreaterThan(0);
  });

  it("have a deadline each", () => {
    for (const [method, made] of [...ours, ...googles]) {
      for (const { deadlineMs } of made)
        expect({ method, hasOne: deadlineMs !== undefined }).toEqual({ method, hasOne: true });
    }
  });

  it("bear the same headers, but for what is documented", () => {
    const differences: Record<string, object> = {};
    for (const [method, made] of ours) {
      const [our, theirs] = [made, googles.get(method) ?? []].map(([call]) => shapes(call));
      if (JSON.stringify(our) === JSON.stringify(theirs)) continue;
      const names = [PARAMS, PREFIX] as const;
      differences[method] = Object.fromEntries(
        names.map((name) => [name, our?.[name] === theirs?.[name] ? "as Google's" : our?.[name]]),
      );
    }
    const documented = Object.entries(DIFFERENCES).filter(([method]) => ours.has(method));
    expect(differences).toEqual(Object.fromEntries(documented));
  });
});

/** The headers without what names a project, a database or a resource. */
function shapes(call: GoogleCall | undefined): Readonly<Record<string, string>> {
  const params = new URLSearchParams(String(call?.headers[PARAMS] ?? ""));
  return {
    [PARAMS]: [...params.keys()].map((name) => `${name}=…`).join("&"),
    [PREFIX]: String(call?.headers[PREFIX] ?? "").replace(/[^/]+(?=\/databases)/, "…"),
  };
}
