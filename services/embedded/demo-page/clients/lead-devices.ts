import { createHttpClient } from "@dumbwaiter/client";
import { PLACES, USERS, type UserName } from "../model.ts";
import { DemoDevice } from "./demo-device.ts";
import type { DeviceDependencies } from "./device-dependencies.ts";
import { newToken } from "./token.ts";

/** Longer than it takes, and short enough that devices still connect soon when the process does not answer. */
const SET_KEY_MS = 3_000;

/**
 * Runs all devices, in the one tab that leads. A second tab shows the same and may ask for the same; when this one is
 * closed or reloaded, another takes the lead. So each device has one client, and its SDK store one user.
 */
export async function leadDevices(dependencies: DeviceDependencies): Promise<void> {
  const { channel, accessKeys } = dependencies;
  const devices = new Map(PLACES.map((place) => [place, new DemoDevice(place, dependencies)]));
  channel.on("look", ({ place }) => void devices.get(place)?.look());
  channel.on("discard", ({ place }) => devices.get(place)?.discardUnopened());
  channel.on("tell", () => {
    for (const device of devices.values()) device.tell();
  });
  channel.on("cleared", () => {
    for (const device of devices.values()) void device.forget();
  });
  await Promise.allSettled(USERS.map((user) => setAccessKey(user, accessKeys[user])));
  await Promise.all([...devices.values()].map((device) => device.look()));
}

/** Lets the other one send to the user without saying who it is. */
async function setAccessKey(user: UserName, key: string): Promise<void> {
  const client = createHttpClient({ url: location.origin, token: () => newToken(user) });
  await client.accessKey.set(key, { signal: AbortSignal.timeout(SET_KEY_MS) });
}
