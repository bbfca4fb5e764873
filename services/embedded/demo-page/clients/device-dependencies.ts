import type { AllAccessKeys } from "../storage/access-keys.ts";
import type { AllKeys } from "../storage/keys.ts";
import type { Messages } from "../storage/messages.ts";
import type { SwitchedOff } from "../storage/switched-off.ts";
import type { TabChannel } from "./tab-channel.ts";

/** What a device of the page works with. */
export interface DeviceDependencies {
  readonly keys: AllKeys;
  readonly accessKeys: AllAccessKeys;
  readonly messages: Messages;
  readonly switchedOff: SwitchedOff;
  readonly channel: TabChannel;
}
