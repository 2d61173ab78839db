/** Launches by the C ABI, of kernels that run: which one the dispatcher takes, and what it refuses with which words. */
import { beforeAll, describe, expect, it } from "vitest";
import type { CudaLaunch, CudaOutcome } from "../conformance/cuda-launch.js";
import { programOf, runLaunch } from "../conformance/cuda-launch.js";
import { lay } from "../conformance/layouts.js";
import { cudaPlan, cudaText, launchOf } from "../conformance/on-cuda.js";
import { storable } from "../conformance/run.js";
import { sceneOf } from "../conformance/scene.js";
import { variantOf } from "../conformance/variants.js";

const { pattern } = variantOf("lightCone").plan;
const KINDS = [
  { profile: "sm_90a", dtype: "bf16" },
  { profile: "sm_80", dtype: "bf16" },
] as const;
const plan = cudaPlan(pattern, KINDS[1], 8, 8);

/** Five by seven positions in three frames, all operands dense. */
const scene = storable(
  sceneOf({
    ...{ variant: "lightCone", sizes: "primes", headDim: 8, valueDim: 8, gqa: 3, layout: "dense" },
    ...{ offsets: "none", grid: "whole", params: "small", batches: 1 },
  }),
  "bf16",
);
const [q, k, v] = [scene.q, scene.k, scene.v].map((each) => lay("dense", each));
if (!q || !k || !v) throw new Error("three operands");
const { launch: valid } = launchOf({ ...scene, q, k, v, outputLayout: "dense" }, "bf16");

let program: string;
beforeAll(async () => {
  const texts = KINDS.map((kind) => cudaText(cudaPlan(pattern, kind, 8, 8), kind, 8, 8));
  program = await programOf(plan, texts, true);
});

const run = (changes: Partial<CudaLaunch> = {}, environment: { readonly [name: string]: string } = {}) =>
  runLaunch(program, plan, { ...valid, ...changes }, environment);
const told = ({ status, message, log }: CudaOutcome) => ({ status, message, log });

describe("the dispatcher", () => {
  it("takes the kernel of the device", async () => {
    const hopper = await run({}, { EMULATION_COMPUTE_CAPABILITY: "90" });
    const ampere = await run({}, { EMULATION_COMPUTE_CAPABILITY: "86" });
    expect(told(hopper)).toEqual({
      ...{ status: 0, message: "" },
      log: "mscc lightCone: lightCone_d8_v8_bf16_sm90a runs\n",
    });
    expect(told(ampere)).toEqual({
      ...{ status: 0, message: "" },
      log: "mscc lightCone: lightCone_d8_v8_bf16_sm90a does not fit: needs compute capability 9.0, the device has 8.6\nmscc lightCone: lightCone_d8_v8_bf16_sm80 runs\n",
    });
    expect(hopper.results[0]?.byteLength).toBe(2 * 6 * 3 * 5 * 7 * 8);
  });

  it("says why no kernel runs", async () => {
    const { status, message } = await run({}, { EMULATION_COMPUTE_CAPABILITY: "75" });
    expect(status).toBe(2);
    expect(message).toMatch(/no kernel can run this: .*the device has 7\.5/);
  });

  it("leaves rows that tensor maps cannot take to the kernel that can", async () => {
    const { log } = await run({ memory: { ...valid.memory, k: shifted(valid.memory.k) } });
    expect(log).toMatch(/_sm90a does not fit: k is at .*, tensor maps take multiples of 16 bytes\n.*_sm80 runs\n$/);
  });
});

/** The same values one element further on. */
function shifted(memory: CudaLaunch["memory"]["k"]): CudaLaunch["memory"]["k"] {
  if (!memory) return undefined;
  const bytes = new Uint8Array(memory.bytes.length + 2);
  bytes.set(memory.bytes, 2);
  return { bytes, first: memory.first + 2 };
}

describe("a launch is refused before anything runs", () => {
  it.each(["q", "k", "v", "output"] as const)("without %s", async (operand) => {
    const outcome = await run({ memory: { ...valid.memory, [operand]: undefined } });
    expect(told(outcome)).toMatchObject({
      status: 1,
      message: `mscc lightCone: ${operand} is NULL, expected a pointer to device memory`,
    });
  });

  it("where a position is not on the grid", async () => {
    const { status, message } = await run({ offset: { q: [0, 0, 0], k: [0, 0, 1] } });
    expect(status).toBe(1);
    expect(message).toContain("the keys lie at 1 to 7 on axis 'x', expected within 0 to 6, the whole grid");
  });

  it("where CUDA fails", async () => {
    const launching = await run({}, { EMULATION_FAIL: "cudaLaunchKernel" });
    expect(told(launching)).toMatchObject({
      status: 4,
      message:
        "mscc lightCone: cudaLaunchKernel failed: too many resources requested for launch (cudaErrorLaunchOutOfResources)",
    });
    const asking = await run({}, { EMULATION_FAIL: "cudaGetDevice" });
    expect(asking.message).toContain("no CUDA-capable device is detected");
  });
});

it("without an LSE none is written", async () => {
  const { status, results } = await run({ memory: { ...valid.memory, lse: undefined } });
  expect(status).toBe(0);
  expect(results.length).toBe(1);
});
