export {
  createProcessor,
  type Processor,
  type ProcessorDependencies,
  type ProcessorSettings,
} from "./processor.ts";
