import { z } from "zod";
import { byteSize } from "./quantities.ts";

/** Limits that api, processor and realtime share; the defaults are the services' own. */
export const limitsSpec = z.strictObject({
  maxEnvelopeBytes: byteSize.default("256KiB").describe("Largest envelope, 1KiB to 900KiB."),
  maxUnacked: z
    .int()
    .min(1)
    .max(10_000)
    .default(256)
    .describe("Messages sent to a socket and not acknowledged."),
  maxBufferedBytes: byteSize.default("1MiB").describe("Bytes waiting in a socket's buffer, 64KiB to 64MiB."),
  maxDevices: z.int().min(1).max(100).default(10).describe("Devices that one user may register."),
  messageTtlDays: z
    .int()
    .min(1)
    .max(365)
    .default(30)
    .describe("Days until an unacknowledged message expires."),
  deviceTtlDays: z.int().min(2).max(3650).default(45).describe("Days until an unseen device is removed."),
  sendRatePerSecond: z
    .number()
    .min(0.001)
    .max(1_000_000)
    .default(50)
    .describe("Messages a second and sender."),
  sendBurst: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(100)
    .describe("Messages that one sender may send at once."),
  senderBytesPerHour: byteSize
    .default("64MiB")
    .describe("Bytes that one sender may send in an hour, 1KiB to 1024GiB."),
  recipientBytesPerHour: byteSize
    .default("1GiB")
    .describe("Bytes that one recipient may be sent in an hour, 1KiB to 1024GiB."),
});

export const httpSpec = z.strictObject({
  allowedOrigins: z
    .array(
      z
        .string()
        .max(300)
        .regex(/^https?:\/\/[^/\s]+$/, "must be an origin such as https://app.example"),
    )
    .max(64)
    .default([])
    .describe("Origins whose browsers may call."),
  trustProxy: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe("How many proxies stand in front, or their networks; 1 behind a route, else none."),
});

export const shutdownSpec = z.strictObject({
  preStopSeconds: z
    .int()
    .min(0)
    .max(120)
    .default(10)
    .describe("Wait before a pod is told to stop, until nothing is routed to it any more."),
  graceSeconds: z
    .int()
    .min(1)
    .max(600)
    .default(30)
    .describe("Longest time that a service takes to stop, realtime's drain apart."),
});

export const observabilitySpec = z.strictObject({
  logLevel: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .describe("Least severe level that is logged."),
  otlpEndpoint: z
    .string()
    .max(2048)
    .regex(/^https?:\/\/\S+$/)
    .optional()
    .describe("Base URL of an OTLP collector; nothing is traced when absent."),
});
