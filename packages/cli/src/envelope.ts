import { buffer, text } from "node:stream/consumers";
import type { SecureEnvelope } from "@dumbwaiter/client";
import { parseSubject, userUrn } from "@dumbwaiter/core";
import { UsageError } from "./errors.ts";
import { contentOf } from "./files.ts";

/** Where an envelope comes from: a file with its JSON, or its fields. */
export interface EnvelopeSource {
  /** `-` for stdin. */
  readonly file: string | undefined;
  readonly to: string | undefined;
  /** Base64, or `@` and a file, which may be `-`. */
  readonly data: string | undefined;
  readonly key: string | undefined;
  readonly signature: string | undefined;
  readonly ephemeral: boolean | undefined;
  readonly priority: number | undefined;
}

/** Reads an envelope, which the server will check. @throws UsageError if there is none, or something cannot be read */
export async function readEnvelope(
  source: EnvelopeSource,
  stdin: NodeJS.ReadStream,
): Promise<SecureEnvelope> {
  const { to, data, key, signature, ephemeral, priority } = source;
  const hasFields = [to, data, key, signature].some((field) => field !== undefined);
  if (hasFields && source.file !== undefined) {
    throw new UsageError("Name a file with the envelope's JSON, or its fields, not both");
  }
  const envelope = hasFields
    ? await fromFields({ to, data, key, signature }, stdin)
    : await fromJson(source.file || "-", stdin); // yargs makes `-` an empty text
  return {
    ...envelope,
    ...(ephemeral === undefined ? {} : { isEphemeral: ephemeral }),
    ...(priority === undefined ? {} : { priority }),
  };
}

async function fromFields(
  { to, data, key, signature }: Pick<EnvelopeSource, "to" | "data" | "key" | "signature">,
  stdin: NodeJS.ReadStream,
): Promise<SecureEnvelope> {
  if (to === undefined || data === undefined || key === undefined) {
    throw new UsageError("An envelope needs --to, --data and --key");
  }
  const recipient = parseSubject(to);
  if (recipient === undefined) throw new UsageError(`Not a user: ${to}`);
  return {
    recipientId: userUrn(recipient),
    encryptedData: await base64Of(data, stdin),
    encryptedSymmetricKey: await base64Of(key, stdin),
    ...(signature === undefined ? {} : { signature: await base64Of(signature, stdin) }),
  };
}

async function fromJson(file: string, stdin: NodeJS.ReadStream): Promise<SecureEnvelope> {
  if (file === "-" && stdin.isTTY) {
    throw new UsageError("Name a file with the envelope's JSON, pipe it in, or give --to, --data and --key");
  }
  const json = file === "-" ? await text(stdin) : (await contentOf(file)).toString("utf8");
  let envelope: unknown;
  try {
    envelope = JSON.parse(json);
  } catch (cause) {
    throw new UsageError(`${file === "-" ? "stdin" : file} is not JSON: ${(cause as Error).message}`);
  }
  if (typeof envelope !== "object" || envelope === null || Array.isArray(envelope)) {
    throw new UsageError("The envelope must be a JSON object");
  }
  return envelope as SecureEnvelope;
}

async function base64Of(value: string, stdin: NodeJS.ReadStream): Promise<string> {
  if (!value.startsWith("@")) return value;
  const bytes = value === "@-" ? await buffer(stdin) : await contentOf(value.slice(1));
  return bytes.toString("base64");
}
