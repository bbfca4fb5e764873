import type { Argv } from "yargs";

/** In the help, what is the command's own comes before what it has in common with others. */
export function ownOptionsFirst<T>(command: Argv<T>): Argv<T> {
  return command.group([], "Positionals:").group([], "Options:");
}
