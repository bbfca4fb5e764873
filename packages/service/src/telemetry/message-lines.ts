/** What the log says of each step of a message. Loads nothing, so that what reads logs can know. */
export const STEP_LINES = {
  send: "message accepted",
  process: "message processed",
  store: "message stored",
  deliver: "message delivered",
  pull: "message pulled",
  ack: "message acknowledged",
} as const;

export type StepName = keyof typeof STEP_LINES;

/** What it says of a step that failed. */
export function failedLine(name: StepName): string {
  return STEP_LINES[name].replace("message", "message not");
}
