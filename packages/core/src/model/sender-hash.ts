import { hash } from "node:crypto";
import { type UserId, userUrn } from "./user.ts";

/** Stands for a sender wherever limits are kept, so that no store of ours lists who sends. */
export function senderHash(sender: UserId): string {
  return hash("sha256", userUrn(sender), "base64url").slice(0, 22);
}
