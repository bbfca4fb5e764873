export { createApi } from "./create-api.ts";
export type { ApiDependencies, ApiSettings } from "./dependencies.ts";
export { createApiServer } from "./http/api-server.ts";
