import { ApiError, UnknownKindError } from "@dumbwaiter/kubernetes";
import { describe, expect, it } from "@jest/globals";
import { dependencyProblem } from "./dependencies.ts";

const TOPIC = { apiVersion: "pubsub.cnrm.cloud.google.com/v1beta1", kind: "PubSubTopic" };
const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" };
const NO_RIGHT =
  'pubsubtopics.pubsub.cnrm.cloud.google.com "a" is forbidden: User "system:serviceaccount:n:operator" cannot patch ' +
  'resource "pubsubtopics" in API group "pubsub.cnrm.cloud.google.com" in the namespace "n"';
const GOING = "create not allowed while custom resource definition is terminating";

const forbidden = (message: string) => new ApiError(403, { reason: "Forbidden", message }, "patch /x");
const notFound = new ApiError(404, { reason: "NotFound" }, "patch /x");
const unknown = new UnknownKindError(TOPIC.apiVersion, TOPIC.kind);

describe("a kind that others bring", () => {
  it.each<[string, Error, string]>([
    ["not served", unknown, "is not installed"],
    ["gone", notFound, "is not installed"],
    ["going", forbidden(GOING), "is being removed"],
    [
      "going, as older versions put it",
      new ApiError(405, { message: GOING }, "patch /x"),
      "is being removed",
    ],
    ["not ours to use", forbidden(NO_RIGHT), "may not be used"],
  ])("is missing when it is %s", (_, error, problem) => {
    expect(dependencyProblem(TOPIC, error)).toBe(problem);
    expect(dependencyProblem(CONFIG_MAP, error)).toBeUndefined();
  });

  it.each([
    ['admission webhook "policy.example.org" denied the request: no topics on Fridays'],
    [
      'pubsubtopics "a" is forbidden: exceeded quota: topics, requested: count/pubsubtopics=1, used: 2, limited: 2',
    ],
  ])("is not missing when single objects are refused: %s", (message) => {
    expect(dependencyProblem(TOPIC, forbidden(message))).toBeUndefined();
  });
});
