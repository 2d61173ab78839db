/** The launcher core, which every generated `index.js` carries: no dependency, no Node, the caller's device. */
export { lacking } from "./device.js";
export { createKernel, kernelName } from "./kernel.js";
export { LaunchError, type Problem } from "./messages.js";
export type {
  AttentionKernel,
  BindOptions,
  CompiledKernel,
  KernelOptions,
  Launch,
  LaunchNumbers,
  Operand,
  RunOptions,
  Table,
} from "./types.js";
