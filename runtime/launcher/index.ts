/** The launcher core, which every generated `index.js` carries: no dependency, no Node, the caller's device. */
export type { Dtype, Manifest, ManifestKernel } from "../../compiler/plan/manifest.js";
export { type Assessed, assess, type Choice, chooseKernels, firstToRun, type Needs, reasonsOf } from "./choose.js";
export { lacking } from "./device.js";
export { createKernel, kernelName } from "./kernel.js";
export { loadKernel } from "./load.js";
export { LaunchError, type Problem } from "./messages.js";
export { kindName } from "./pipeline.js";
export type {
  AttentionKernel,
  BindOptions,
  Choosing,
  CompiledKernel,
  KernelOptions,
  KernelSet,
  Launch,
  LaunchCommands,
  LaunchNumbers,
  LoadOptions,
  Operand,
  RunOptions,
  Table,
} from "./types.js";
