import { CLIENT_FACING, defineSettings, limitsOf, type ServiceConfig } from "@dumbwaiter/service/settings";

/** What the api reads from its environment. */
export const API_SETTINGS = defineSettings("api", [...CLIENT_FACING, ...limitsOf("api")]);

export type ApiConfig = ServiceConfig<typeof API_SETTINGS>;
