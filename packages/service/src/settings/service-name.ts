/** Every program that is configured by the environment. `issuer` is the development issuer on its own. */
export const SERVICE_NAMES = ["api", "processor", "realtime", "operator", "embedded", "issuer"] as const;

export type ServiceName = (typeof SERVICE_NAMES)[number];
