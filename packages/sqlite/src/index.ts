export * from "./open-snapshot.ts";
export * from "./sqlite-store.ts";
