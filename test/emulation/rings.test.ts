/** Keys in rings of slots on emulated CUDA kernels: the same bits as keys that lie in order, with NaN in every slot that is not filled. */
import { expect, it } from "vitest";
import type { CudaKind } from "../../backends/cuda/kinds.js";
import type { Case } from "../conformance/cases.js";
import { type CudaLaunch, type DeviceMemory, programOf, runLaunch } from "../conformance/cuda-launch.js";
import { lay } from "../conformance/layouts.js";
import { cudaPlan, cudaText, launchOf } from "../conformance/on-cuda.js";
import { storable } from "../conformance/run.js";
import { sceneOf } from "../conformance/scene.js";
import { variantOf } from "../conformance/variants.js";

const KINDS: readonly CudaKind[] = [
  { profile: "sm_90a", dtype: "bf16" },
  { profile: "sm_80", dtype: "bf16" },
];
const DIM = 8;
const NAN = 0x7fc0;
const EXTENTS = [3, 13, 21] as const;
const OFFSET = [5, 4, 11] as const;
const SIZE = [20, 40, 40] as const;

const { pattern } = variantOf("lightCone").plan;
const planOf = (kind: CudaKind) => cudaPlan(pattern, kind, DIM, DIM);
const plan = planOf(KINDS[1] as CudaKind);

function launch(): CudaLaunch {
  const one: Case = {
    ...{ variant: "lightCone", sizes: "primes", headDim: DIM, valueDim: DIM, gqa: 3, layout: "dense" },
    ...{ offsets: "none", grid: "whole", params: "small", batches: 2 },
  };
  const scene = storable(sceneOf(one, { q: EXTENTS, k: EXTENTS }), "bf16");
  const operands = { q: lay("dense", scene.q), k: lay("dense", scene.k), v: lay("dense", scene.v) };
  const { launch: whole } = launchOf({ ...scene, ...operands, outputLayout: "dense" }, "bf16");
  return { ...whole, offset: { q: OFFSET, k: OFFSET }, size: { q: SIZE, k: SIZE } };
}

/** An operand of keys moved into rings. */
function ringed({ bytes }: DeviceMemory, heads: number, ring: readonly number[]) {
  const from = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const [t = 1, y = 1, x = 1] = ring.map((slots, i) => slots || (EXTENTS[i] as number));
  const slotOf = (position: number, i: number) => {
    const slots = ring[i] as number;
    return slots ? (position + (OFFSET[i] as number)) % slots : position;
  };
  const to = new Uint16Array(heads * t * y * x * DIM).fill(NAN);
  let row = 0;
  for (let head = 0; head < heads; head++)
    for (let i = 0; i < EXTENTS[0]; i++)
      for (let j = 0; j < EXTENTS[1]; j++)
        for (let k = 0; k < EXTENTS[2]; k++, row++) {
          const slot = ((head * t + slotOf(i, 0)) * y + slotOf(j, 1)) * x + slotOf(k, 2);
          to.set(from.subarray(row * DIM, (row + 1) * DIM), slot * DIM);
        }
  const strides = [t * y * x * DIM, y * x * DIM, x * DIM, DIM, 1];
  return { memory: { bytes: new Uint8Array(to.buffer), first: 0 }, strides };
}

it.each([
  ["9.0, along t: tensor maps take it", "90", [4, 0, 0]],
  ["9.0, along all axes: tensor maps do not", "90", [4, 17, 24]],
  ["8.6, along x", "86", [0, 0, 23]],
] as const)("compute capability %s", async (_, capability, ring) => {
  const program = await programOf(
    plan,
    KINDS.map((kind) => cudaText(planOf(kind), kind, DIM, DIM)),
    true,
  );
  const inOrder = launch();
  const { batch, keyHeads, memory, strides } = inOrder;
  const [k, v] = [memory.k, memory.v].map((each) => ringed(each as DeviceMemory, batch * keyHeads, ring));
  if (!k || !v) throw new Error("no operands");
  const perBatch = (own: typeof k) => [keyHeads * (own.strides[0] as number), ...own.strides];
  const inRing: CudaLaunch = {
    ...inOrder,
    keyRing: ring,
    memory: { ...memory, k: k.memory, v: v.memory },
    strides: { ...strides, k: perBatch(k), v: perBatch(v) },
  };
  const environment = { EMULATION_COMPUTE_CAPABILITY: capability };
  const [want, got] = [
    await runLaunch(program, plan, inOrder, environment),
    await runLaunch(program, plan, inRing, environment),
  ];
  expect([want.status, got.status, got.message]).toEqual([0, 0, ""]);
  const runs = ring[1] === 0 && ring[2] === 0 && capability === "90" ? "sm90a" : "sm80";
  expect(got.log).toContain(`lightCone_d8_v8_bf16_${runs} runs`);
  // The kernels differ in their boxes, and so in the order of their sums.
  const sameKernel = runs === "sm90a" || capability === "86";
  if (sameKernel)
    expect(got.results.map((each) => Buffer.from(each))).toEqual(want.results.map((each) => Buffer.from(each)));
  else {
    const [a, b] = [want, got].map(({ results }) => new Uint16Array(results[0] as ArrayBuffer)) as [
      Uint16Array,
      Uint16Array,
    ];
    const apart = a.filter((bits, i) => Math.abs(bits - (b[i] as number)) > 2);
    expect(apart.length / a.length).toBeLessThan(0.01);
  }
});
