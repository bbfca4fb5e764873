import { describe, expect, it } from "@jest/globals";
import { ApiError, isConflict, isGone, isNotFound } from "./api-error.ts";

describe("an error of the API server", () => {
  it("names each field in conflict and its manager", () => {
    const cause = { reason: "FieldManagerConflict", message: 'conflict with "kubectl" using apps/v1' };
    const causes = [
      { ...cause, field: ".spec.replicas" },
      { reason: "FieldValueInvalid", field: ".spec" },
    ];
    const error = new ApiError(409, { reason: "Conflict", message: "no", details: { causes } }, "patch /x");
    expect(error.conflicts).toEqual([{ field: ".spec.replicas", manager: "kubectl" }]);
    expect(isConflict(error)).toBe(true);
    expect(error.message).toBe("patch /x: 409 Conflict: no");
  });

  it("distinguishes expired resource versions from missing objects", () => {
    const of = (code: number, reason = "X") => new ApiError(code, { reason }, "get /x");
    expect([of(410), of(400, "Expired"), of(404)].map(isGone)).toEqual([true, true, false]);
    expect(isNotFound(of(404))).toBe(true);
  });
});
