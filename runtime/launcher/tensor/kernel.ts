/** Turns a manifest of a tensor operation and WGSL into a kernel on a device: one of its kernels, or the best that the device runs. */
import type { TensorManifest, TensorManifestKernel } from "../../../compiler/plan/manifest.js";
import { type Chooser, candidatesOf, checkSchema, chooseAmong } from "../choose.js";
import { createPipeline, kindName, livingKernel } from "../pipeline.js";
import type { KernelOptions } from "../types.js";
import { bindTensor } from "./bind.js";
import type { CompiledTensor, TensorKernel, TensorLoadOptions, TensorSet } from "./types.js";

/** The kernel in messages: `mscc linear (baseline)`. */
const tensorName = ({ name }: TensorManifest, kernel: TensorManifestKernel): string =>
  `mscc ${name} (${kindName(kernel)})`;

/**
 * Compiles a kernel for a device, after checking that the device has what it needs.
 * @throws LaunchError that names the kernel and each fault: a limit, a feature, a line of WGSL.
 */
export async function createTensorKernel(
  device: GPUDevice,
  compiled: CompiledTensor,
  options: KernelOptions = {},
): Promise<TensorKernel> {
  const name = tensorName(compiled.manifest, compiled.kernel);
  const made = await createPipeline(device, name, compiled, "operation");
  const kernel: TensorKernel = livingKernel(device, name, options, (given, watch, disposed) =>
    bindTensor({ name, device, compiled, ...made, watch }, given, disposed),
  );
  return kernel;
}

/**
 * Chooses the best kernel that a device runs, and compiles it.
 * @throws LaunchError that names what is wrong: nothing fits what was asked for, or the device lacks something.
 */
export async function loadTensor(
  device: GPUDevice,
  { manifest, code }: TensorSet,
  { log, dtype, profile, ...options }: TensorLoadOptions = {},
): Promise<TensorKernel> {
  checkSchema(manifest, "operation");
  const chooser: Chooser<TensorManifestKernel> = {
    name: manifest.name,
    describe: (kernel) => `${kernel.dtype}, ${kernel.profile}`,
    nameOf: (kernel) => tensorName(manifest, kernel),
    subject: "operation",
  };
  const wanted = candidatesOf(chooser, manifest.kernels, { dtype, profile });
  const like = wanted.find((each) => each.dtype === "f32") ?? wanted[0];
  const alike = wanted.filter((each) => each.dtype === like.dtype);
  const { kernel, why } = chooseAmong(device, alike as [TensorManifestKernel, ...TensorManifestKernel[]], chooser);
  const made = await createTensorKernel(device, { manifest, kernel, code: code[kernel.file] as string }, options);
  log?.(
    `mscc ${manifest.name} runs ${kindName(kernel)} (${kernel.dtype}): ${profile === undefined ? why : "as asked for"}`,
  );
  return made;
}
