import type { ClosingCode } from "@dumbwaiter/core";
import type { ClientConnection } from "../connection/client-connection.ts";

/** A socket that has joined, whoever its client is. */
export interface OpenSocket {
  readonly connection: ClientConnection;
  /** Tells the client why, then ends its socket. */
  end(code: ClosingCode): void;
}
