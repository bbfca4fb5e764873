import { DeadLetterInbox, type KeptLetter, pubSubSettingsFromEnv } from "@dumbwaiter/gcp";
import type { Stack } from "./start-stack.ts";

/** All dead letters of the stack, which the emulator holds. */
export async function deadLettersOf({ env, pubsub }: Stack): Promise<readonly KeptLetter[]> {
  const inbox = new DeadLetterInbox({ ...pubSubSettingsFromEnv(env), emulatorHost: pubsub.url });
  const letters: KeptLetter[] = [];
  try {
    await inbox.list((letter) => letters.push(letter));
  } finally {
    await inbox.close();
  }
  return letters;
}
