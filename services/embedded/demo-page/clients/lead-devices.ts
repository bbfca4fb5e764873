import { PLACES } from "../model.ts";
import { DemoDevice } from "./demo-device.ts";
import type { DeviceDependencies } from "./device-dependencies.ts";

/**
 * Runs all devices, in the one tab that leads. A second tab shows the same and may ask for the same; when this one is
 * closed or reloaded, another takes the lead. So each device has one client, and its SDK store one user.
 */
export async function leadDevices(dependencies: DeviceDependencies): Promise<void> {
  const { channel } = dependencies;
  const devices = new Map(PLACES.map((place) => [place, new DemoDevice(place, dependencies)]));
  channel.on("look", ({ place }) => void devices.get(place)?.look());
  channel.on("discard", ({ place }) => devices.get(place)?.discardUnopened());
  channel.on("tell", () => {
    for (const device of devices.values()) device.tell();
  });
  channel.on("cleared", () => {
    for (const device of devices.values()) void device.forget();
  });
  await Promise.all([...devices.values()].map((device) => device.look()));
}
