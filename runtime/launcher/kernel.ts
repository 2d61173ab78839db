/** Turns a manifest, one of its kernels and WGSL into an attention kernel on a device; whatever is wrong is an error that names it. */
import { bindKernel } from "./bind.js";
import { createPipeline, createPipelineNow, kindName, livingKernel, type Pipeline } from "./pipeline.js";
import type { AttentionKernel, CompiledKernel, KernelOptions } from "./types.js";

/** The kernel in messages: `mscc lightCone (baseline, d64)`. */
export function kernelName({ manifest, kernel }: Pick<CompiledKernel, "manifest" | "kernel">): string {
  const { headDim, valueDim } = kernel;
  return `mscc ${manifest.name} (${kindName(kernel)}, d${headDim}${valueDim === headDim ? "" : `v${valueDim}`})`;
}

/** The kernel of a pipeline. */
function kernelOf(device: GPUDevice, compiled: CompiledKernel, made: Pipeline, options: KernelOptions) {
  const name = kernelName(compiled);
  const kernel: AttentionKernel = livingKernel(device, name, options, (given, watch, disposed) =>
    bindKernel({ name, device, compiled, ...made, watch }, given, disposed),
  );
  return kernel;
}

/**
 * Compiles a kernel for a device, after checking that the device has what it needs.
 * @throws LaunchError that names the kernel and each fault: a limit, a feature, a line of WGSL.
 */
export async function createKernel(
  device: GPUDevice,
  compiled: CompiledKernel,
  options: KernelOptions = {},
): Promise<AttentionKernel> {
  return kernelOf(device, compiled, await createPipeline(device, kernelName(compiled), compiled), options);
}

/** The same without waiting: what the device finds wrong with the WGSL is the fault of the first launch that is awaited. */
export function createKernelNow(device: GPUDevice, compiled: CompiledKernel, options: KernelOptions): AttentionKernel {
  return kernelOf(device, compiled, createPipelineNow(device, kernelName(compiled), compiled), options);
}
