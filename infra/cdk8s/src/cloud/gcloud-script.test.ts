import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { MINIMAL } from "../../testing/variants.ts";
import { parseProps } from "../spec/parse-props.ts";
import { cloudResources } from "./cloud-resources.ts";
import { gcloudScript } from "./gcloud-script.ts";

const run = promisify(execFile);

/** Stands in for gcloud: records its arguments, and says whether things exist. */
const GCLOUD = `#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$CALLS"
[[ "$*" != *" describe "* || "$EXISTING" == yes ]]
`;

const props = parseProps("dumbwaiter", "messages", {
  ...MINIMAL,
  google: { ...MINIMAL.google, cloudResources: "external", workloadIdentity: "impersonation" },
});
const resources = cloudResources(props);
const KEY = "projects/keys/locations/europe-west1/keyRings/ring/cryptoKeys/messages";
const restricted = parseProps("dumbwaiter", "messages", {
  ...MINIMAL,
  google: {
    ...MINIMAL.google,
    firestoreAccess: "database",
    topics: { kmsKeyName: KEY, storagePolicy: { allowedRegions: ["europe-west1", "europe-west4"] } },
  },
});

describe("gcloudScript", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gcloud-"));
    await writeFile(join(folder, "gcloud"), GCLOUD);
    await chmod(join(folder, "gcloud"), 0o755);
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function callsOf(existing: "yes" | "no", of = props): Promise<string[]> {
    const calls = join(folder, "calls");
    await writeFile(join(folder, "script.sh"), gcloudScript(of));
    await run("bash", [join(folder, "script.sh")], {
      env: { PATH: `${folder}:${process.env.PATH}`, CALLS: calls, EXISTING: existing },
    });
    const lines = (await readFile(calls, "utf8")).trim().split("\n");
    return lines.filter((line) => !line.includes(" describe "));
  }

  it("creates everything when nothing exists, and grants every role", async () => {
    const calls = await callsOf("no");
    const created = calls.filter((call) => call.includes(" create "));
    expect(created).toHaveLength(
      resources.topics.length + resources.subscriptions.length + resources.serviceAccounts.length,
    );
    for (const { id, deadLetters } of resources.subscriptions) {
      const call = created.find((line) => line.startsWith(`pubsub subscriptions create ${id} `));
      expect(call).toContain("--expiration-period=never");
      if (deadLetters) expect(call).toContain("--max-delivery-attempts=100");
    }
    for (const { member, role } of resources.bindings) {
      expect(calls).toContainEqual(
        expect.stringMatching(new RegExp(`add-iam-policy-binding .*--role=${role.replaceAll(".", "\\.")}`)),
      );
      expect(calls.some((call) => call.includes(`--member=${member} --role=${role} `))).toBe(true);
    }
    expect(calls.filter((call) => call.startsWith("firestore "))).toHaveLength(resources.fields.length + 1);
  });

  it("creates nothing twice, and sets what exists to the same settings", async () => {
    const calls = await callsOf("yes");
    expect(calls.filter((call) => call.includes(" create "))).toEqual([]);
    expect(calls.filter((call) => call.startsWith("pubsub subscriptions update "))).toHaveLength(2);
  });

  it.each(["yes", "no"] as const)("sets keys, regions and conditions (existing: %s)", async (existing) => {
    const calls = await callsOf(existing, restricted);
    const verb = existing === "yes" ? "update" : "create";
    const flags = `--topic-encryption-key=${KEY} --message-storage-policy-allowed-regions=europe-west1,europe-west4`;
    for (const { id } of cloudResources(restricted).topics)
      expect(calls).toContain(`pubsub topics ${verb} ${id} ${flags}`);
    const ofProject = calls.filter((call) => call.startsWith("projects add-iam-policy-binding"));
    expect(ofProject).toHaveLength(3);
    expect(
      gcloudScript(restricted).match(/^# gcloud projects remove-iam.* --condition=None$/gm),
    ).toHaveLength(3);
    for (const call of ofProject) {
      expect(call).toContain(
        `--condition=expression=resource.name == "projects/a-project/databases/(default)",title=dumbwaiter-database`,
      );
    }
  });
});
