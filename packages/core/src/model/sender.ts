import type { AccessKeyHash } from "./access-key.ts";
import type { Brand } from "./brand.ts";
import { type UserId, userUrn } from "./user.ts";

/** The part of a client's address that its network has in common, such as `203.0.113.0/24`. Never logged or stored. */
export type NetworkPrefix = Brand<"NetworkPrefix">;

/** The network of a caller whose address says nothing about it, because it is a proxy's or the cluster's own. */
export const UNKNOWN_NETWORK = "unknown" as NetworkPrefix;

/** Somebody who bears the recipient's access key in the place of a token. */
export interface AnonymousSender {
  readonly accessKey: AccessKeyHash;
  readonly network: NetworkPrefix;
}

/** Who sends: a user, or nobody knows who. */
export type Sender = { readonly user: UserId } | AnonymousSender;

export function isAnonymous(sender: Sender): sender is AnonymousSender {
  return "accessKey" in sender;
}

/** What tells senders apart: a user's URN, or the hash of the access key, whoever bears it. Never logged or stored. */
export function senderName(sender: Sender): string {
  return isAnonymous(sender) ? `access-key:${sender.accessKey}` : userUrn(sender.user);
}
