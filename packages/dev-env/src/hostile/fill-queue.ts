import { until, WireUser } from "@dumbwaiter/wire-user";
import { uniqueName } from "../servers/unique-name.ts";

const FULL_PAGE = 34;

/** Queues somewhat more than the 8 MiB that one pull returns. */
export async function fillQueue(user: WireUser): Promise<void> {
  const friend = new WireUser(uniqueName("friend"), user.endpoints);
  const data = Buffer.alloc(186_000, 1).toString("base64");
  await user.pull(1);
  for (let sent = 0; sent < FULL_PAGE; sent++) await friend.send(user, { encryptedData: data });
  await until(
    () => user.pull(),
    ({ hasMore }) => hasMore,
  );
}
