import { TestEnvironment } from "jest-environment-node";

/** Jest's sudden end would leave its workers to finish their files, with all servers that their tests have started. */
process.once("disconnect", () => process.exit(1));

// biome-ignore lint/style/noDefaultExport: Jest wants it
export default TestEnvironment;
