import type { Component } from "../../spec/routing-service-props.ts";

/** The component that serves each path prefix, longer prefixes first. */
export const ROUTES = [
  { path: "/socket.io", component: "realtime" },
  { path: "/", component: "api" },
] as const satisfies readonly { readonly path: string; readonly component: Component }[];
