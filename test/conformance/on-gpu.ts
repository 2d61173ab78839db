/** Plans compiled to WGSL and run on a device, each kernel once per device. */
import { manifestOf } from "../../backends/artefact/manifest.js";
import { emitWgsl, type KernelKind, kindOf } from "../../backends/wgsl/index.js";
import { emitMerge } from "../../backends/wgsl/merge.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { type CompiledKernel, type Gpu, kindName, type Operand, runAttention } from "../../runtime/index.js";
import { download, upload } from "../runtime/on-device.js";
import type { Layout } from "./cases.js";
import { eachPlace, stridesOf } from "./layouts.js";
import type { Backend, BackendInput } from "./run.js";

const kernels = new Map<AttentionPlan, Map<string, CompiledKernel>>();

/** The forward kernel of a plan with its manifest, as `mscc compile` makes them. */
export function kernelOf(
  plan: AttentionPlan,
  headDim: number,
  valueDim: number,
  kind: KernelKind = kindOf("baseline"),
  layout: "rows" | "any" = "rows",
): CompiledKernel {
  const own = kernels.get(plan) ?? new Map<string, CompiledKernel>();
  kernels.set(plan, own);
  const key = `${headDim} ${valueDim} ${kind.profile} ${kind.subgroupSize} ${JSON.stringify(kind.subgroupMatrix)} ${layout}`;
  let made = own.get(key);
  if (!made) {
    const { code, kernel } = emitWgsl(plan, { headDim, valueDim, kind, layout });
    const joining = emitMerge(kernel.dtype);
    const whole = { ...kernel, merge: { ...joining.merge, file: "merge.wgsl" } };
    made = { manifest: manifestOf(plan, [whole], "0.0.0"), kernel: whole, code, merge: joining.code };
    own.set(key, made);
  }
  return made;
}

/** What lies beside the elements of a result, and must still lie there after the run. */
const UNTOUCHED = -12345;

/** A result in some layout: where it goes, and how to get its row-major values. */
function resultIn(device: GPUDevice, layout: Layout, shape: readonly number[], rank: number) {
  const { strides, offset, length } = stridesOf(layout, shape);
  const buffer = upload(device, new Float32Array(length).fill(UNTOUCHED));
  const operand: Operand = { buffer, offset, shape: shape.slice(0, rank), strides: strides.slice(0, rank) };
  const read = async () => {
    const memory = await download(device, buffer);
    const values = new Float32Array(shape.reduce((total, extent) => total * extent, 1));
    eachPlace(shape, strides, offset, (index, place) => {
      values[index] = memory[place] as number;
      memory[place] = UNTOUCHED;
    });
    if (memory.some((value) => value !== UNTOUCHED)) throw new Error("the kernel wrote beside its result");
    return values;
  };
  return { operand, read, buffer };
}

/** A launch whose output and LSE lie in memory as the input says. */
async function runStrided(gpu: Gpu, compiled: CompiledKernel, input: BackendInput) {
  const kernel = await gpu.kernel(compiled);
  const { device } = gpu;
  const rows = input.q.shape.slice(0, -1);
  const output = resultIn(device, input.outputLayout, [...rows, compiled.kernel.valueDim], rows.length + 1);
  const lse = resultIn(device, input.outputLayout, [...rows, 1], rows.length);
  const operand = ({ data, ...rest }: BackendInput["q"]): Operand => ({ ...rest, buffer: upload(device, data) });
  const operands = { q: operand(input.q), k: operand(input.k), v: operand(input.v) };
  // Dense operands are left to the launch's own choice of splits.
  const launch = kernel.bind({ ...input, ...operands, splits: 1, output: output.operand, lse: lse.operand });
  try {
    await launch.run();
    return { output: await output.read(), lse: await lse.read() };
  } finally {
    launch.dispose();
    for (const { buffer } of [output, lse, ...Object.values(operands)]) buffer.destroy();
  }
}

/** Whether rows of four elements can be read at once from a tensor that lies so. */
const isInRows = ({ strides, offset }: { readonly strides?: readonly number[]; readonly offset?: number }) =>
  !strides || [...strides.slice(0, -1), offset ?? 0].every((n) => n % 4 === 0 && strides.at(-1) === 1);

/** Launches choose their splits where none are given. */
export const onGpu = (gpu: Gpu, kind: KernelKind = kindOf("baseline"), splits?: number): Backend => ({
  name: `wgsl ${kindName(kind)}`,
  dtype: kind.dtype,
  async run(plan, given) {
    const input = splits === undefined ? given : { ...given, splits };
    const [headDim, valueDim] = [input.q.shape.at(-1) as number, input.v.shape.at(-1) as number];
    const output = stridesOf(input.outputLayout, [...input.q.shape.slice(0, -1), valueDim]);
    const layout = [input.q, input.k, input.v, output].every(isInRows) ? "rows" : "any";
    const compiled = kernelOf(plan, headDim, valueDim, kind, layout);
    // Halves are made on the way to the device.
    return input.outputLayout === "dense" || kind.dtype === "f16"
      ? runAttention(gpu, compiled, input)
      : runStrided(gpu, compiled, input);
  },
});
