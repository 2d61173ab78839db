/** Plans compiled to WGSL and run on a device, each kernel once per device. */
import { manifestOf } from "../../backends/artefact/manifest.js";
import { emitWgsl } from "../../backends/wgsl/index.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { type CompiledKernel, type Gpu, runAttention } from "../../runtime/index.js";
import type { Backend } from "./run.js";

const kernels = new Map<AttentionPlan, Map<string, CompiledKernel>>();

/** The forward kernel of a plan with its manifest, as `mscc compile` makes them. */
export function kernelOf(plan: AttentionPlan, headDim: number, valueDim: number): CompiledKernel {
  const own = kernels.get(plan) ?? new Map<string, CompiledKernel>();
  kernels.set(plan, own);
  const key = `${headDim} ${valueDim}`;
  let made = own.get(key);
  if (!made) {
    const { code, kernel, checks } = emitWgsl(plan, { headDim, valueDim });
    made = { manifest: manifestOf(plan, [kernel], checks, "0.0.0"), kernel, code };
    own.set(key, made);
  }
  return made;
}

export const onGpu = (gpu: Gpu): Backend => ({
  name: "wgsl",
  async run(plan, input) {
    const compiled = kernelOf(plan, input.q.shape.at(-1) as number, input.v.shape.at(-1) as number);
    return runAttention(gpu, compiled, input);
  },
});
