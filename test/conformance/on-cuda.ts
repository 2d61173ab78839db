/** Plans compiled to CUDA and run by the emulation, each kernel compiled once. */
import { emitCudaText } from "../../backends/cuda/artefact.js";
import { cudaTarget, misfitOf } from "../../backends/cuda/index.js";
import type { CudaKind } from "../../backends/cuda/kinds.js";
import { compileAttention } from "../../compiler/compile.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { Layout } from "./cases.js";
import { type CudaLaunch, type CudaText, type DeviceMemory, programOf, runLaunch } from "./cuda-launch.js";
import { eachPlace, stridesOf } from "./layouts.js";
import { seedOf } from "./random.js";
import type { Backend, BackendInput } from "./run.js";
import { fromStored, type Stored, toStored } from "./sixteen-bit.js";

type Planned = AttentionPlan["pattern"];
const plans = new Map<Planned, Map<string, AttentionPlan>>();
const texts = new WeakMap<AttentionPlan, Map<string, CudaText>>();

/** The plan of a pattern for a kind of kernels. */
export function cudaPlan(pattern: Planned, kind: CudaKind, headDim: number, valueDim: number): AttentionPlan {
  const own = plans.get(pattern) ?? new Map<string, AttentionPlan>();
  plans.set(pattern, own);
  const target = cudaTarget(kind, headDim, valueDim);
  const key = JSON.stringify(target);
  const plan = own.get(key) ?? compileAttention(pattern, { target }).plan;
  own.set(key, plan);
  return plan;
}

/** The kernel of a plan with its launcher, as `mscc compile` writes it. */
export function cudaText(plan: AttentionPlan, kind: CudaKind, headDim: number, valueDim: number): CudaText {
  const own = texts.get(plan) ?? new Map<string, CudaText>();
  texts.set(plan, own);
  const key = `${headDim} ${valueDim} ${kind.dtype} ${kind.profile}`;
  const { profile: architecture, dtype } = kind;
  const text = own.get(key) ?? emitCudaText(plan, { headDim, valueDim, dtype, architecture });
  own.set(key, text);
  return text;
}

const bytesOf = (values: Float32Array | Uint16Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** What lies beside the elements of a result, and must still lie there after the run. */
const UNTOUCHED = -12345;

/** A result in some layout: its memory before, and how to get its row-major values of the memory after. */
function resultIn(layout: Layout, shape: readonly number[], dtype: Stored) {
  const { strides, offset, length } = stridesOf(layout, shape);
  const before = toStored(new Float32Array(length).fill(UNTOUCHED), dtype);
  const memory: DeviceMemory = { bytes: bytesOf(before), first: offset * before.BYTES_PER_ELEMENT };
  const untouched = fromStored(Uint8Array.from(memory.bytes).buffer, dtype)[0];
  const read = (after: ArrayBuffer) => {
    const held = fromStored(after, dtype);
    const values = new Float32Array(shape.reduce((total, extent) => total * extent, 1));
    eachPlace(shape, strides, offset, (index, place) => {
      values[index] = held[place] as number;
      held[place] = untouched as number;
    });
    if (held.some((value) => value !== untouched)) throw new Error("the kernel wrote beside its result");
    return values;
  };
  return { memory, strides, read };
}

/** The launch that an input asks for, and what reads its results. */
export function launchOf(input: BackendInput, dtype: Stored) {
  const [batch = 0, heads = 0] = input.q.shape;
  const [headDim, valueDim] = [input.q.shape.at(-1) as number, input.v.shape.at(-1) as number];
  const rows = input.q.shape.slice(0, -1);
  const output = resultIn(input.outputLayout, [...rows, valueDim], dtype);
  const lse = resultIn(input.outputLayout, [...rows, 1], "f32");
  const operand = ({ data, offset }: BackendInput["q"]): DeviceMemory => {
    const stored = toStored(data, dtype);
    return { bytes: bytesOf(stored), first: offset * stored.BYTES_PER_ELEMENT };
  };
  const { q, k, v, size, queryOffset, keyOffset, params, tables } = input;
  const launch: CudaLaunch = {
    ...{ dtype, batch, heads, keyHeads: k.shape[1] as number, headDim, valueDim },
    extent: { q: q.shape.slice(2, -1), k: k.shape.slice(2, -1) },
    ...{ offset: { q: queryOffset, k: keyOffset }, size, keyRing: keyOffset.map(() => 0) },
    memory: { q: operand(q), k: operand(k), v: operand(v), output: output.memory, lse: lse.memory },
    strides: {
      ...{ q: q.strides, k: k.strides, v: v.strides },
      ...{ output: output.strides, lse: lse.strides.slice(0, -1) },
    },
    // 0 stands for the usual factor: a scale of 0 is one so small that it comes to the same.
    scale: input.scale === undefined ? 0 : input.scale || 1e-45,
    ...{ params, tables },
  };
  return {
    launch,
    read: (results: readonly ArrayBuffer[]) => ({
      output: output.read(results[0] as ArrayBuffer),
      lse: lse.read(results[1] as ArrayBuffer),
    }),
  };
}

/** The least device that a kind of kernels runs on. */
const CAPABILITIES = { sm_80: "80", sm_90a: "90" } as const;

/** Layouts and patterns that a kernel of sm_90a cannot take fall to the one of sm_80, as in the dispatcher. */
export const onCuda = (kind: CudaKind): Backend & { readonly ran: { [profile: string]: number } } => {
  const ran: { [profile: string]: number } = {};
  const planFor = (plan: AttentionPlan, headDim: number, valueDim: number) =>
    cudaPlan(plan.pattern, kind, headDim, valueDim);
  return {
    ...{ name: `cuda ${kind.profile} ${kind.dtype}`, dtype: kind.dtype, ran, planFor },
    ...{ rounds: "to nearest", roundsWeights: kind.dtype !== "f32" },
    async run(given, input) {
      const [headDim, valueDim] = [input.q.shape.at(-1) as number, input.v.shape.at(-1) as number];
      const { launch, read } = launchOf(input, kind.dtype);
      const chance = seedOf(JSON.stringify([input.q.shape, input.k.shape, input.outputLayout, given.pattern.name]));
      const kinds = kind.profile === "sm_90a" ? [kind, { ...kind, profile: "sm_80" } as const] : [kind];
      for (const each of kinds) {
        const plan = cudaPlan(given.pattern, each, headDim, valueDim);
        if (misfitOf(plan, each) !== undefined) continue;
        const program = await programOf(plan, [cudaText(plan, each, headDim, valueDim)]);
        const { status, message, results } = await runLaunch(program, plan, launch, {
          EMULATION_SEED: String(chance % 5),
          EMULATION_GUARD: chance % 2 === 0 ? "end" : "start",
          EMULATION_COMPUTE_CAPABILITY: CAPABILITIES[each.profile],
        });
        if (status === 3 && each.profile === "sm_90a") continue;
        if (status !== 0) throw new Error(`status ${status}: ${message}`);
        ran[each.profile] = (ran[each.profile] ?? 0) + 1;
        return read(results);
      }
      throw new Error(`no kernel of ${kind.profile} runs ${given.pattern.name}`);
    },
  };
};
