import { leadDevices } from "./clients/lead-devices.ts";
import { Outbox } from "./clients/outbox.ts";
import { TabChannel } from "./clients/tab-channel.ts";
import { followCounters, queueLength } from "./counters.ts";
import { PLACES, type Place, userOf } from "./model.ts";
import { loadAccessKeys } from "./storage/access-keys.ts";
import { loadKeys } from "./storage/keys.ts";
import { Messages } from "./storage/messages.ts";
import { openDatabase } from "./storage/open-database.ts";
import { SwitchedOff } from "./storage/switched-off.ts";
import { DeviceView } from "./view/device-view.ts";
import { part } from "./view/elements.ts";
import { EnvelopeView } from "./view/envelope-view.ts";
import { SHOWN } from "./view/message-list.ts";
import { Parcels } from "./view/parcels.ts";
import { createProcessView } from "./view/process-view.ts";
import { RouteView } from "./view/route-view.ts";
import { Wires } from "./view/wires.ts";

const database = await openDatabase();
const keys = await loadKeys(database);
const accessKeys = await loadAccessKeys(database);
const messages = new Messages(database);
const switchedOff = new SwitchedOff(database);
const channel = new TabChannel();
const outbox = new Outbox({ keys, messages, channel });

const devices = new Map(PLACES.map((place) => [place, showDevice(place)]));
const stage = part(document, "#stage");
const parcels = new Parcels(part(stage, ".parcels"), new Wires(stage));
const route = new RouteView(part(stage, ".route"));
const showProcess = createProcessView();
const envelopes = new EnvelopeView();

channel.on("status", ({ status }) => devices.get(status.place)?.show(status));
channel.on("message", ({ message }) => devices.get(message.place)?.list.show([message]));
channel.on("arrived", ({ place }) => parcels.arrived(place));
channel.on("posted", ({ place, envelope, isAnonymous }) => {
  parcels.posted(place, envelope, isAnonymous);
  envelopes.show({ envelope, sender: isAnonymous ? undefined : userOf(place) });
});
channel.on("cleared", () => {
  for (const { list } of devices.values()) list.clear();
});
part(document, "#clear").addEventListener("click", async () => {
  await messages.clear();
  channel.emit({ type: "cleared" });
});

await Promise.all(
  PLACES.map(async (place) => devices.get(place)?.list.show(await messages.latest(place, SHOWN))),
);
channel.emit({ type: "tell" });
void followCounters((counters) => {
  showProcess(counters);
  if (!counters) return;
  route.show(counters);
  for (const [place, device] of devices) device.showQueue(queueLength(counters, place));
});

part(document, "#lead").textContent = "Now another tab holds them.";
void navigator.locks.request("dumbwaiter-demo", async () => {
  part(document, "#lead").textContent = "Now this tab holds them.";
  await leadDevices({ keys, accessKeys, messages, switchedOff, channel });
  await new Promise<never>(() => {}); // for as long as the tab is open
});

function showDevice(place: Place): DeviceView {
  const view = new DeviceView(place, {
    send: (from, texts, manner) => outbox.add(from, texts, manner),
    async switchOff(which, off) {
      await switchedOff.set(which, off);
      channel.emit({ type: "look", place: which });
    },
    discard: (which) => channel.emit({ type: "discard", place: which }),
  });
  part(document, `[data-user="${userOf(place)}"]`).append(view.root);
  return view;
}
