import { TestEnvironment } from "jest-environment-node";

const LOOK_MS = 500;

/*
 * Jest's sudden end would leave its workers to finish their files, with all servers that their tests have started. The
 * end of a parent shows in a new parent. A listener for the end of their channel would keep idle workers from ending.
 */
if (process.send !== undefined) {
  const jest = process.ppid;
  setInterval(() => {
    if (process.ppid !== jest) process.exit(1);
  }, LOOK_MS).unref();
}

// biome-ignore lint/style/noDefaultExport: Jest wants it
export default TestEnvironment;
