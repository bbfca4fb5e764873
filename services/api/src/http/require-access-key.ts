import type { IncomingMessage } from "node:http";
import { ACCESS_KEY_FORM, type AnonymousSender, InvalidRequestError, parseAccessKey } from "@dumbwaiter/core";
import { createNetworkOfCaller } from "@dumbwaiter/service";
import type { ApiContext } from "../dependencies.ts";
import type { Answer } from "./problem.ts";
import { takeBody } from "./take-body.ts";

type AnonymousHandler = (
  request: IncomingMessage,
  response: Answer,
  sender: AnonymousSender,
) => Promise<void>;

/** Whether the request bears an access key in the place of a token. */
export function bearsAccessKey({ headers }: IncomingMessage): boolean {
  return headers["access-key"] !== undefined;
}

/**
 * Wraps a handler so that the access key is parsed before anything else of the request is read. Whether it is the
 * recipient's is known only after the body: until then nobody is known but the network.
 */
export function requireAccessKey({ anonymousBodies, settings }: ApiContext) {
  const networkOfCaller = createNetworkOfCaller(settings.trustProxy);
  return (handler: AnonymousHandler) =>
    async (request: IncomingMessage, response: Answer): Promise<void> => {
      const sender = { accessKey: accessKeyIn(request), network: networkOfCaller(request) };
      const body = { request, response, maxBytes: settings.maxEnvelopeBytes };
      await takeBody(anonymousBodies, sender.network, body, () => handler(request, response, sender));
    };
}

function accessKeyIn({ headers }: IncomingMessage) {
  if (headers.authorization !== undefined) {
    throw new InvalidRequestError(
      "invalid_request",
      "The request must have either Authorization or Access-Key, not both",
      "Access-Key",
    );
  }
  const key = parseAccessKey(String(headers["access-key"]));
  if (key) return key;
  throw new InvalidRequestError("invalid_request", `The header Access-Key ${ACCESS_KEY_FORM}`, "Access-Key");
}
