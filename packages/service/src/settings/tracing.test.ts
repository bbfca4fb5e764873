import { describe, expect, it } from "@jest/globals";
import { TRACING } from "./tracing.ts";

const ATTRIBUTES = {
  taken: [
    ...["k=v", "k=", "a=b, c=d", "a=b ,c=d", "team=mail%20room", "%C3%A4=%c3%a4", "a=%ff"],
    ...[`k=${"x".repeat(4000)}`, `${"k".repeat(300)}=v`],
  ],
  refused: [
    ...["k", "=v", "a=b,", ",a=b", "a=b,,c=d", "a=b=c", "team=mail room", "a=b;c", "a=%zz", "a=%2", "a=\\"],
    ...['a="b"', "a=b,\nc=d", "a=b\nc", "a=b,\u00a0c=d", "a=\u000bb", "a=ä"],
  ],
};

const SHARES = { taken: [0, 1, 0.5, 0.1 + 0.2, 0.1234567, 1e-7, 5e-324], refused: [-0.1, 1.1, 1e3] };

describe("what is traced", () => {
  it.each([
    ["OTEL_RESOURCE_ATTRIBUTES", ATTRIBUTES],
    ["OTEL_TRACES_SAMPLER_ARG", SHARES],
  ])("is %s as the field takes it, and the service reads it", (name, { taken, refused }) => {
    const [{ schema, fieldSchema } = TRACING[0]] = TRACING.filter((variable) => variable.name === name);
    const values = [...taken, ...refused];
    expect(values.filter((value) => fieldSchema.safeParse(value).success)).toEqual(taken);
    expect(values.filter((value) => schema.safeParse(String(value)).success)).toEqual(taken);
  });

  it("has the attributes that were encoded", () => {
    const [, , , { schema }] = TRACING;
    const attributes = { team: "mail room", ä: "", a: "b:c/d" };
    expect(schema.parse(" team=mail%20room, %C3%A4=,a=b:c/d ")).toEqual(attributes);
  });
});
