/** The Node host of mscc: WebGPU through Dawn, compiled kernels on arrays of the host, `.npy` files. */
export {
  type AdapterDescription,
  BASELINE_LIMITS,
  choicesFor,
  describeAdapter,
  describeAdapters,
  type Profile,
} from "./adapters.js";
export { type HostInput, type HostResult, type HostRun, type HostTensor, runAttention } from "./attention.js";
export { type Gpu, type GpuOptions, openGpu, requestAdapter } from "./gpu.js";
export type { HostArray } from "./host-layout.js";
export * from "./launcher/index.js";
export {
  type CompiledTensor,
  createTensorKernel,
  loadTensor,
  type TensorBindOptions,
  type TensorKernel,
  type TensorLaunch,
  type TensorLoadOptions,
  type TensorManifest,
  type TensorManifestKernel,
  type TensorSet,
} from "./launcher/tensor/index.js";
export { HostError } from "./messages.js";
export { formatNpy, type NpyArray, parseNpy, readNpy, requireShape, writeNpy, writeWhole } from "./npy.js";
export { runTensor, type TensorHostInput, type TensorHostResult } from "./tensor.js";
