import { DeadLetterInbox, type KeptLetter } from "@dumbwaiter/gcp";
import { pubSubSettingsFromEnv } from "../../../../scripts/pubsub-settings-from-env.ts";
import type { Stack } from "../stack/start-stack.ts";

/** All that the stack has given up. */
export async function deadLettersOf({ env }: Stack): Promise<readonly KeptLetter[]> {
  const inbox = new DeadLetterInbox(pubSubSettingsFromEnv(env));
  const letters: KeptLetter[] = [];
  try {
    await inbox.list((letter) => letters.push(letter));
  } finally {
    await inbox.close();
  }
  return letters;
}
