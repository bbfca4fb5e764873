import { ERROR_CODES } from "@dumbwaiter/core";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Validator } from "@seriousme/openapi-schema-validator";
import { ENVELOPE, startTestApi, type TestApi } from "../../testing/test-api.ts";

type Operation = { readonly responses: Record<string, { readonly description: string }> };
type Document = {
  readonly openapi: string;
  readonly info: { readonly description: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
};

let api: TestApi;
let document: Document;
beforeAll(async () => {
  api = await startTestApi();
  const response = await api.call("GET", "/openapi.json", { token: null });
  expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  document = (await response.json()) as Document;
});
afterAll(() => api.close());

const METHODS = ["get", "post", "put", "delete"];

describe("GET /openapi.json", () => {
  it("is a valid OpenAPI 3.1 document", async () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
  });

  it("states what the validating schemas require", () => {
    expect(document.components.schemas.SecureEnvelope).toMatchObject({
      type: "object",
      additionalProperties: false,
      required: ["recipientId", "encryptedData", "encryptedSymmetricKey"],
      properties: {
        priority: { type: "integer", minimum: 0, maximum: 10 },
        isEphemeral: { type: "boolean" },
      },
    });
    expect(document.components.schemas.Acknowledgement).toMatchObject({
      properties: { messageIds: { maxItems: 500, items: { type: "string", format: "uuid" } } },
    });
    expect(document.paths["/api/messages"]?.get).toMatchObject({
      parameters: [
        { name: "X-Device-Id" },
        { name: "limit", schema: { type: "integer", minimum: 1, default: 50 } },
      ],
    });
  });

  it("states which keys, base64 and recipients are valid", () => {
    const pattern = expect.stringMatching(/^\^.+\$$/);
    expect(document.components.schemas.SecureEnvelope).toMatchObject({
      properties: { recipientId: { pattern }, encryptedData: { pattern }, signature: { pattern } },
    });
    expect(document.paths["/api/send"]?.post).toMatchObject({
      parameters: [{ name: "Idempotency-Key", schema: { pattern } }],
    });
  });

  it("leaves answers open for new fields and values, and gives them no defaults", () => {
    const { schemas } = document.components;
    const answers = new Set<string>();
    const collect = (part: object) => {
      for (const [, name = ""] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
        if (answers.has(name)) continue;
        answers.add(name);
        collect(schemas[name] as object);
      }
    };
    for (const operations of Object.values(document.paths)) {
      for (const { responses } of Object.values(operations)) collect(responses ?? {});
    }
    expect([...answers].sort()).toEqual(
      "Accepted AccessKeyState Device DeviceList Message Page Problem SealedEnvelope".split(" "),
    );
    for (const name of answers) {
      const text = JSON.stringify(schemas[name]);
      expect([name, text]).toEqual([name, expect.not.stringMatching(/"(enum|const|default)":/)]);
      expect(text.match(/"type":"object"/g)).toHaveLength(
        text.match(/"additionalProperties":true/g)?.length ?? 0,
      );
    }
  });

  it("lists every operation, and no other", async () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      const response = await api.call("PATCH", path.replace("{deviceId}", "phone"));
      const allowed = response.headers
        .get("allow")
        ?.split(", ")
        .filter((method) => method !== "HEAD");
      const documented = Object.keys(operations).filter((key) => METHODS.includes(key));
      expect([path, documented.map((method) => method.toUpperCase())]).toEqual([path, allowed]);
    }
    expect(Object.keys(document.paths)).toHaveLength(7);
  });

  it("lists every error code in the table, and every HTTP error code at an operation", () => {
    const calls = JSON.stringify(document.paths);
    const codes = Object.keys(ERROR_CODES);
    expect(codes.filter((code) => !document.info.description.includes(`| \`${code}\` |`))).toEqual([]);
    expect(codes.filter((code) => !calls.includes(`\`${code}\``))).toEqual([
      "method_not_allowed",
      "too_many_sockets",
    ]);
  });

  it("gives an example that is accepted", async () => {
    expect(JSON.stringify(document.paths["/api/send"])).toContain(JSON.stringify(ENVELOPE));
    expect((await api.call("POST", "/api/send", { body: ENVELOPE })).status).toBe(202);
  });
});

describe("the pages", () => {
  it.each([
    ["/docs", 9],
    ["/docs/events", 6],
  ])("%s needs nothing from other sites, and no inline script", async (path, files) => {
    const response = await api.call("GET", path, { token: null });
    const page = await response.text();
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toContain("script-src 'self';style-src 'self'");
    const links = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, link]) => link as string);
    expect(links).toHaveLength(files);
    for (const link of links) expect((await api.call("GET", link, { token: null })).status).toBe(200);
    expect(page).not.toMatch(/(src|href)="(?![/#])|<script>|<style|style=|onload/);
  });
});
