import { ApiError, UnknownKindError } from "@dumbwaiter/kubernetes";
import { describe, expect, it } from "@jest/globals";
import { missingKindReason } from "./missing-kind.ts";

const TOPIC = { apiVersion: "pubsub.cnrm.cloud.google.com/v1beta1", kind: "PubSubTopic" };
const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" };
const NOT_PERMITTED =
  'pubsubtopics.pubsub.cnrm.cloud.google.com "a" is forbidden: User "system:serviceaccount:n:operator" cannot patch ' +
  'resource "pubsubtopics" in API group "pubsub.cnrm.cloud.google.com" in the namespace "n"';
const TERMINATING = "create not allowed while custom resource definition is terminating";

const forbidden = (message: string) => new ApiError(403, { reason: "Forbidden", message }, "patch /x");
const notFound = new ApiError(404, { reason: "NotFound" }, "patch /x");
const unknown = new UnknownKindError(TOPIC.apiVersion, TOPIC.kind);

describe("a required kind", () => {
  it.each<[string, Error, string]>([
    ["not served", unknown, "is not installed"],
    ["gone", notFound, "is not installed"],
    ["terminating", forbidden(TERMINATING), "is being uninstalled"],
    [
      "terminating, as older API servers report it",
      new ApiError(405, { message: TERMINATING }, "patch /x"),
      "is being uninstalled",
    ],
    ["not permitted", forbidden(NOT_PERMITTED), "cannot be managed: the operator lacks RBAC permission"],
  ])("is missing if it is %s", (_, error, problem) => {
    expect(missingKindReason(TOPIC, error)).toBe(problem);
    expect(missingKindReason(CONFIG_MAP, error)).toBeUndefined();
  });

  it.each([
    ['admission webhook "policy.example.org" denied the request: no topics on Fridays'],
    [
      'pubsubtopics "a" is forbidden: exceeded quota: topics, requested: count/pubsubtopics=1, used: 2, limited: 2',
    ],
  ])("is not missing if the API server only refuses an object: %s", (message) => {
    expect(missingKindReason(TOPIC, forbidden(message))).toBeUndefined();
  });
});
