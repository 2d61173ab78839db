/** WGSL -> a pipeline on a device, and the life of a kernel that has one; whatever is wrong is an error that names the kernel. */
import type { ManifestKernel } from "../../compiler/plan/manifest.js";
import { lacking, scoped, type Watch, watchLoss } from "./device.js";
import { LaunchError, type Problem, problem, type Subject } from "./messages.js";
import type { KernelOptions } from "./types.js";

const COMPUTE = 4; // GPUShaderStage.COMPUTE, which Node has no global for

/** What a pipeline is made of, whatever the kernel computes. */
export interface Compilable {
  readonly manifest: { readonly schema: number };
  readonly kernel: Pick<
    ManifestKernel,
    "bindings" | "entryPoint" | "features" | "limits" | "subgroupSize" | "subgroupMatrix"
  >;
  /** WGSL. */
  readonly code: string;
}

type KindOfKernel = Pick<ManifestKernel, "profile" | "subgroupSize" | "subgroupMatrix">;

/** What kind of kernel it is: its profile and, where it needs subgroups, of how many invocations or with which matrices. */
export function kindName({ profile, subgroupSize, subgroupMatrix }: KindOfKernel): string {
  if (subgroupMatrix) return `${profile} of ${subgroupMatrix.M}x${subgroupMatrix.N}x${subgroupMatrix.K}`;
  return subgroupSize === undefined ? profile : `${profile} of ${subgroupSize}`;
}

function shaderProblems({ messages }: GPUCompilationInfo, code: string): Problem[] {
  const lines = code.split("\n");
  return messages
    .filter(({ type }) => type === "error")
    .map(({ lineNum, linePos, message }) =>
      problem("shader", lineNum, linePos, message.trim(), lines[lineNum - 1]?.trimEnd() ?? ""),
    );
}

/** Shader module, layout and what `create` makes of them. */
export function partsOf<T>(
  device: GPUDevice,
  label: string,
  { bindings, entryPoint }: Pick<ManifestKernel, "bindings" | "entryPoint">,
  code: string,
  create: (descriptor: GPUComputePipelineDescriptor) => T,
) {
  const module = device.createShaderModule({ label, code });
  const layout = device.createBindGroupLayout({
    label,
    entries: bindings.map(({ type }, binding) => ({ binding, visibility: COMPUTE, buffer: { type } })),
  });
  const pipeline = create({
    label,
    layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
    compute: { module, entryPoint },
  });
  return { module, layout, pipeline };
}

/** The compiler's own words, with lines, say more than the pipeline that failed because of them. */
async function explained(module: GPUShaderModule, faults: readonly Problem[], code: string) {
  if (faults.length === 0) return [];
  const inShader = shaderProblems(await module.getCompilationInfo(), code);
  return inShader.length > 0 ? inShader : faults;
}

/** @throws LaunchError where the device lacks what the kernel needs, or the manifest is of another version. */
function checkDevice(device: GPUDevice, name: string, { manifest, kernel }: Compilable, subject?: Subject): void {
  const { schema } = manifest;
  if (schema !== 1) throw new LaunchError(name, [problem("schema", schema, subject)]);
  const lacks = lacking(device, kernel, device.adapterInfo ?? {});
  if (lacks.length > 0) throw new LaunchError(name, lacks);
}

/** A kernel on a device, ready to be bound. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** What the device found wrong with the pipeline, where that was not awaited. */
  readonly creation: Promise<readonly Problem[]>;
}

/**
 * Compiles WGSL for a device, after checking that the device has what it needs.
 * @throws LaunchError that names the kernel and each fault: a limit, a feature, a line of WGSL.
 */
export async function createPipeline(
  device: GPUDevice,
  name: string,
  compiled: Compilable,
  subject?: Subject,
): Promise<Pipeline> {
  checkDevice(device, name, compiled, subject);
  const { kernel, code } = compiled;
  const create = (descriptor: GPUComputePipelineDescriptor) =>
    device.createComputePipelineAsync(descriptor).catch((error: Error) => problem("pipeline", error.message));
  const [made, scopes] = scoped(device, () => partsOf(device, name, kernel, code, create));
  const { module, layout, pipeline: pending } = made;
  const [pipeline, faults] = await Promise.all([pending, scopes]);
  const isFailed = "code" in pipeline;
  const found = await explained(module, isFailed && faults.length === 0 ? [pipeline] : faults, code);
  if (isFailed || found.length > 0) throw new LaunchError(name, found);
  return { layout, pipeline, creation: Promise.resolve([]) };
}

/** The same without waiting: what the device finds wrong with the WGSL is the fault of the first launch that is awaited. */
export function createPipelineNow(device: GPUDevice, name: string, compiled: Compilable): Pipeline {
  checkDevice(device, name, compiled);
  const { kernel, code } = compiled;
  const create = (descriptor: GPUComputePipelineDescriptor) => device.createComputePipeline(descriptor);
  const [made, scopes] = scoped(device, () => partsOf(device, name, kernel, code, create));
  const { module, layout, pipeline } = made;
  const creation = scopes.then((faults) => explained(module, faults, code).catch(() => faults));
  return { layout, pipeline, creation };
}

/** A kernel that lives until it is disposed of or its device is lost, with the launches made from it. */
export function livingKernel<Options, L extends { dispose(): void }>(
  device: GPUDevice,
  name: string,
  { onDeviceLost }: KernelOptions,
  bind: (options: Options, watch: Watch, disposed: (launch: L) => void) => L,
): { readonly name: string; bind(options: Options): L; dispose(): void } {
  const watch = watchLoss(device, name, onDeviceLost);
  const launches = new Set<L>();
  let alive = true;
  return {
    name,
    bind(options) {
      if (!alive) throw new LaunchError(name, [problem("disposed", "the kernel")]);
      const lost = watch.error();
      if (lost) throw lost;
      const launch = bind(options, watch, (gone) => {
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
}
