export { createApi } from "./create-api.ts";
export type { ApiDependencies, ApiSettings } from "./dependencies.ts";
