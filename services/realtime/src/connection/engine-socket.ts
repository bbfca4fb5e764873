import type { Socket } from "socket.io";

/** Engine.IO's socket: one client's transport. */
export type EngineSocket = Socket["conn"];

/** Why a connection ends at once. */
export interface Violation {
  readonly code: "invalid_request" | "too_large" | "rate_limited";
  readonly rule: string;
}
