/** Turns a manifest, one of its kernels and WGSL into a kernel on a device; whatever is wrong is an error that names it. */
import type { ManifestKernel } from "../../compiler/plan/manifest.js";
import { lacking, scoped, watchLoss } from "./device.js";
import { bindKernel } from "./launch.js";
import { LaunchError, type Problem, problem } from "./messages.js";
import type { AttentionKernel, CompiledKernel, KernelOptions, Launch } from "./types.js";

const COMPUTE = 4; // GPUShaderStage.COMPUTE, which Node has no global for

type KindOfKernel = Pick<ManifestKernel, "profile" | "subgroupSize" | "subgroupMatrix">;

/** What kind of kernel it is: its profile and, where it needs subgroups, of how many invocations or with which matrices. */
export function kindName({ profile, subgroupSize, subgroupMatrix }: KindOfKernel): string {
  if (subgroupMatrix) return `${profile} of ${subgroupMatrix.M}x${subgroupMatrix.N}x${subgroupMatrix.K}`;
  return subgroupSize === undefined ? profile : `${profile} of ${subgroupSize}`;
}

/** The kernel in messages: `mscc lightCone (baseline, d64)`. */
export function kernelName({ manifest, kernel }: Pick<CompiledKernel, "manifest" | "kernel">): string {
  const { headDim, valueDim } = kernel;
  return `mscc ${manifest.name} (${kindName(kernel)}, d${headDim}${valueDim === headDim ? "" : `v${valueDim}`})`;
}

function shaderProblems({ messages }: GPUCompilationInfo, code: string): Problem[] {
  const lines = code.split("\n");
  return messages
    .filter(({ type }) => type === "error")
    .map(({ lineNum, linePos, message }) =>
      problem("shader", lineNum, linePos, message.trim(), lines[lineNum - 1]?.trimEnd() ?? ""),
    );
}

/** Shader module, layout and what `create` makes of them, with the promise of what the device finds wrong. */
function build<T>(
  device: GPUDevice,
  name: string,
  { kernel, code }: CompiledKernel,
  create: (descriptor: GPUComputePipelineDescriptor) => T,
) {
  return scoped(device, () => {
    const module = device.createShaderModule({ label: name, code });
    const layout = device.createBindGroupLayout({
      label: name,
      entries: kernel.bindings.map(({ type }, binding) => ({ binding, visibility: COMPUTE, buffer: { type } })),
    });
    const pipeline = create({
      label: name,
      layout: device.createPipelineLayout({ label: name, bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: kernel.entryPoint },
    });
    return { module, layout, pipeline };
  });
}

/** The compiler's own words, with lines, say more than the pipeline that failed because of them. */
async function explained(module: GPUShaderModule, faults: readonly Problem[], code: string) {
  if (faults.length === 0) return [];
  const inShader = shaderProblems(await module.getCompilationInfo(), code);
  return inShader.length > 0 ? inShader : faults;
}

/** @throws LaunchError where the device lacks what the kernel needs, or the manifest is of another version. */
function checkDevice(device: GPUDevice, name: string, { manifest, kernel }: CompiledKernel): void {
  const { schema } = manifest as { readonly schema: number };
  if (schema !== 1) throw new LaunchError(name, [problem("schema", schema)]);
  const lacks = lacking(device, kernel, device.adapterInfo ?? {});
  if (lacks.length > 0) throw new LaunchError(name, lacks);
}

type Made = Pick<Parameters<typeof bindKernel>[0], "pipeline" | "layout" | "creation">;

/** The kernel of a pipeline. */
function kernelOf(device: GPUDevice, compiled: CompiledKernel, made: Made, { onDeviceLost }: KernelOptions) {
  const name = kernelName(compiled);
  const watch = watchLoss(device, name, onDeviceLost);
  const launches = new Set<Launch>();
  let alive = true;
  const kernel: AttentionKernel = {
    name,
    bind(options) {
      if (!alive) throw new LaunchError(name, [problem("disposed", "the kernel")]);
      const lost = watch.error();
      if (lost) throw lost;
      const launch = bindKernel({ name, device, compiled, ...made, watch }, options, (gone) => {
        launches.delete(gone);
      });
      launches.add(launch);
      return launch;
    },
    dispose() {
      alive = false;
      for (const launch of launches) launch.dispose();
    },
  };
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
  const name = kernelName(compiled);
  checkDevice(device, name, compiled);
  const [{ module, layout, pipeline: pending }, scopes] = build(device, name, compiled, (descriptor) =>
    device.createComputePipelineAsync(descriptor).catch((error: Error) => problem("pipeline", error.message)),
  );
  const [pipeline, faults] = await Promise.all([pending, scopes]);
  const isFailed = "code" in pipeline;
  const found = await explained(module, isFailed && faults.length === 0 ? [pipeline] : faults, compiled.code);
  if (isFailed || found.length > 0) throw new LaunchError(name, found);
  return kernelOf(device, compiled, { layout, pipeline, creation: Promise.resolve([]) }, options);
}

/** The same without waiting: what the device finds wrong with the WGSL is the fault of the first launch that is awaited. */
export function createKernelNow(device: GPUDevice, compiled: CompiledKernel, options: KernelOptions): AttentionKernel {
  const name = kernelName(compiled);
  checkDevice(device, name, compiled);
  const [{ module, layout, pipeline }, scopes] = build(device, name, compiled, (descriptor) =>
    device.createComputePipeline(descriptor),
  );
  const creation = scopes.then((faults) => explained(module, faults, compiled.code).catch(() => faults));
  return kernelOf(device, compiled, { layout, pipeline, creation }, options);
}
