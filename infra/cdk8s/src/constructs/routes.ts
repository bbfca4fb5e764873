import type { Component } from "../routing-service-props.ts";

/** Which paths lead where, the longer ones first. */
export const ROUTES = [
  { path: "/socket.io", component: "realtime" },
  { path: "/", component: "api" },
] as const satisfies readonly { readonly path: string; readonly component: Component }[];
