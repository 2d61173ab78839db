/** The launcher of tensor operations, which their generated `index.js` carries: no dependency, no Node, the caller's device. */
export type { TensorDispatch, TensorManifest, TensorManifestKernel } from "../../../compiler/plan/manifest.js";
export { LaunchError, type Problem } from "../messages.js";
export { createTensorKernel, loadTensor } from "./kernel.js";
export type {
  CompiledTensor,
  TensorBindOptions,
  TensorKernel,
  TensorLaunch,
  TensorLoadOptions,
  TensorSet,
} from "./types.js";
