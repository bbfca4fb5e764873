export type { CallObserver } from "./dependency-calls.ts";
export * from "./open-firestore.ts";
