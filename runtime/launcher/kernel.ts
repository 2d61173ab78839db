/** Turns a manifest, one of its kernels and WGSL into a kernel on a device; whatever is wrong is an error that names it. */
import { lacking, scoped, watchLoss } from "./device.js";
import { bindKernel } from "./launch.js";
import { LaunchError, type Problem, problem } from "./messages.js";
import type { AttentionKernel, CompiledKernel, KernelOptions, Launch } from "./types.js";

const COMPUTE = 4; // GPUShaderStage.COMPUTE, which Node has no global for

/** The kernel in messages: `mscc lightCone (baseline, d64)`. */
export function kernelName({ manifest, kernel }: CompiledKernel): string {
  const { profile, headDim, valueDim } = kernel;
  return `mscc ${manifest.name} (${profile}, d${headDim}${valueDim === headDim ? "" : `v${valueDim}`})`;
}

function shaderProblems({ messages }: GPUCompilationInfo, code: string): Problem[] {
  const lines = code.split("\n");
  return messages
    .filter(({ type }) => type === "error")
    .map(({ lineNum, linePos, message }) =>
      problem("shader", lineNum, linePos, message.trim(), lines[lineNum - 1]?.trimEnd() ?? ""),
    );
}

/** Shader module, layout and pipeline; rejects with every fault that the device reports. */
async function createPipeline(device: GPUDevice, name: string, { kernel, code }: CompiledKernel) {
  const [made, scopes] = scoped(device, () => {
    const module = device.createShaderModule({ label: name, code });
    const layout = device.createBindGroupLayout({
      label: name,
      entries: kernel.bindings.map(({ type }, binding) => ({ binding, visibility: COMPUTE, buffer: { type } })),
    });
    const pipeline = device.createComputePipelineAsync({
      label: name,
      layout: device.createPipelineLayout({ label: name, bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: kernel.entryPoint },
    });
    return { module, layout, pipeline: pipeline.catch((error: Error) => problem("pipeline", error.message)) };
  });
  const [pipeline, faults] = await Promise.all([made.pipeline, scopes]);
  if (faults.length === 0 && !("code" in pipeline)) return { layout: made.layout, pipeline };
  // The compiler's own words, with lines, say more than the pipeline that failed because of them.
  const inShader = shaderProblems(await made.module.getCompilationInfo(), code);
  const others = "code" in pipeline && faults.length === 0 ? [pipeline] : faults;
  throw new LaunchError(name, inShader.length > 0 ? inShader : others);
}

/**
 * Compiles a kernel for a device, after checking that the device has what it needs.
 * @throws LaunchError that names the kernel and each fault: a limit, a feature, a line of WGSL.
 */
export async function createKernel(
  device: GPUDevice,
  compiled: CompiledKernel,
  { onDeviceLost }: KernelOptions = {},
): Promise<AttentionKernel> {
  const name = kernelName(compiled);
  const { schema } = compiled.manifest as { readonly schema: number };
  if (schema !== 1) throw new LaunchError(name, [problem("schema", schema)]);
  const lacks = lacking(device, compiled.kernel, device.adapterInfo ?? {});
  if (lacks.length > 0) throw new LaunchError(name, lacks);
  const watch = watchLoss(device, name, onDeviceLost);
  const { layout, pipeline } = await createPipeline(device, name, compiled);

  const launches = new Set<Launch>();
  let alive = true;
  return {
    name,
    bind(options) {
      if (!alive) throw new LaunchError(name, [problem("disposed", "the kernel")]);
      const lost = watch.error();
      if (lost) throw lost;
      const launch = bindKernel({ name, device, compiled, pipeline, layout, watch }, options, (gone) => {
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
