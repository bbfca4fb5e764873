import dumbwaiter from "../../../package.json" with { type: "json" };

/** Of the release that this process is from. */
export const VERSION: string = dumbwaiter.version;
