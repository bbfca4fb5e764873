export { createApi } from "./create-api.ts";
export type { ApiDependencies, ApiSettings } from "./dependencies.ts";
export { apiServerOptions, createApiServer, drainApiServer } from "./http/api-server.ts";
