/** The components of a routing service, in the order in which they are listed. `rollout.order` is another one. */
export const COMPONENTS = ["api", "processor", "realtime"] as const;

export type Component = (typeof COMPONENTS)[number];
