import type { Endpoints } from "@dumbwaiter/wire-user";
import { childArgument, serveParent } from "./child.ts";
import { Probe } from "./probe.ts";

const probe = new Probe(childArgument<Endpoints>());

serveParent((word) => (word === "start" ? probe.start() : probe.report()));
