import { randomUUID } from "node:crypto";
import { type Delivery, type DeviceAddress, newMessageId } from "@dumbwaiter/core";

export function sampleDelivery(address: DeviceAddress): Delivery {
  const acceptedAt = Date.now();
  const envelope = Buffer.from(JSON.stringify({ encryptedData: randomUUID() }));
  return { ...address, id: newMessageId(acceptedAt), envelope, acceptedAt };
}
