import { DumbwaiterError, duplicateKey, InvalidRequestError } from "@dumbwaiter/core";
import type { Socket } from "socket.io";
import { isAmbiguous } from "./strict-decoder.ts";

/** What a client says about itself: a token, or nothing at all. */
export type HandshakeAuth =
  | { readonly token: string; readonly deviceId?: string }
  | { readonly anonymous: true };

/** Shared by all sockets, because adapters of Socket.IO may read properties of a handshake. */
const FORGOTTEN = Object.freeze({});

/** Forgets the rest of it. @throws DumbwaiterError `unauthenticated` @throws InvalidRequestError */
export function takeAuth(socket: Socket): HandshakeAuth {
  const { auth } = socket.handshake;
  // Socket.IO would keep the headers, the URL and the auth in memory for as long as the socket.
  (socket as { handshake: unknown }).handshake = FORGOTTEN;
  if (isAmbiguous(auth)) throw duplicateKey();
  if (Object.hasOwn(auth, "anonymous")) return anonymousAuth(auth);
  const { token, deviceId } = auth;
  if (typeof token !== "string" || token === "") {
    throw new DumbwaiterError("unauthenticated", "auth.token is required");
  }
  if (deviceId === undefined || deviceId === null) return { token };
  if (typeof deviceId === "string") return { token, deviceId };
  throw new InvalidRequestError("invalid_request", "deviceId: must be a string", "deviceId");
}

/** Exact, so that nobody who wants to stay unknown says who they are as well. */
function anonymousAuth(auth: Readonly<Record<string, unknown>>): HandshakeAuth {
  if (auth.anonymous === true && Object.keys(auth).length === 1) return { anonymous: true };
  throw new InvalidRequestError(
    "invalid_request",
    "auth must be {anonymous: true} alone, or have a token",
    "anonymous",
  );
}
