/**
 * The profile with subgroup matrices, which no software driver has: its kernels run with the matrices emulated, and are
 * held against the declared function in float64. What Tint says of the text as it is: test/backends/matrices.test.ts.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type KernelKind, TRIAL_KINDS } from "../../backends/wgsl/index.js";
import { type Gpu, kindName, openGpu, runAttention } from "../../runtime/index.js";
import { type Case, EVERY_PROFILE, nameOf } from "../conformance/cases.js";
import { emulatedKernel } from "../conformance/emulated-matrices.js";
import { kernelOf } from "../conformance/on-gpu.js";
import { createReport } from "../conformance/report.js";
import { type Backend, runCase } from "../conformance/run.js";
import { variantOf } from "../conformance/variants.js";

const FEATURE = "chromium-experimental-subgroup-matrix" as GPUFeatureName;

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

const emulatedOn = (kind: KernelKind): Backend => ({
  name: kindName(kind),
  dtype: kind.dtype,
  run(plan, input) {
    const [headDim, valueDim] = [input.q.shape.at(-1) as number, input.v.shape.at(-1) as number];
    return runAttention(gpu, emulatedKernel(kernelOf(plan, headDim, valueDim, kind)), input);
  },
});

const base = {
  sizes: "primes",
  gqa: 1,
  layout: "dense",
  offsets: "none",
  grid: "whole",
  params: "small",
  batches: 1,
} as const;
const of = (variant: string, headDim: number, valueDim: number, more: Partial<Case> = {}): Case => ({
  ...base,
  variant,
  headDim,
  valueDim,
  ...more,
});

/** Dims in part of a block, and in many chunks; regions; two grids; blind rows. The last four are for every shape. */
const CASES: readonly Case[] = [
  of("frameCausal", 64, 64, { gqa: 3 }),
  of("lightCone", 64, 64, { layout: "tokens first" }),
  of("softCap", 80, 17, { sizes: "tile", layout: "inside" }),
  of("alibi", 16, 16, { sizes: "blind queries", gqa: 3 }),
  of("iFramesWindow", 8, 8, { layout: "dim outer" }),
  of("crossGrid", 8, 8, { sizes: "unlike grids" }),
  of("dense", 17, 40, { sizes: "tile + 1", batches: 2 }),
  of("lightCone", 64, 64, { sizes: "blind queries" }),
  of("relativeBias", 33, 64, { offsets: "both", grid: "larger" }),
  of("frameCausal", 192, 130),
];
const MORE: readonly Case[] = [
  of("dense", 8, 8),
  of("dense", 256, 256, { sizes: "ones" }),
  of("documentMask", 8, 8, { offsets: "both", grid: "larger" }),
  of("stridedFrames", 8, 8),
  of("noiseAware", 8, 8, { sizes: "wide window", params: "wide" }),
];

const TESTS = TRIAL_KINDS.flatMap((kind, i) =>
  (EVERY_PROFILE ? [...CASES, ...MORE] : CASES.slice(i === 0 ? 0 : 6)).map(
    (each) => [kindName(kind), nameOf(each), kind, each] as const,
  ),
);

const report = createReport();
afterAll(() => console.log(report.text("subgroup matrices, emulated: worst errors against float64")));

// SwiftShader has no f16.
it.runIf(process.env.MSCC_DRIVER !== "swiftshader").each(TESTS)("%s: %s", async (name, _, kind, each) => {
  const outcome = await runCase(emulatedOn(kind), each);
  report.add(name.replace("f16-matrices of ", ""), outcome);
  expect(outcome.faults).toEqual([]);
  if (each.sizes === "blind queries") expect(outcome.blind).toBeGreaterThan(0);
});

it("the kernel as it is runs where the adapter has the matrices, and elsewhere is refused", async () => {
  const trial = await openGpu({ experimental: true });
  const { plan } = variantOf("dense");
  const kind = TRIAL_KINDS[0] as KernelKind;
  const made = trial.kernel(kernelOf(plan, 64, 64, kind));
  if (trial.adapter.features.has(FEATURE)) await made;
  else await expect(made).rejects.toThrow(`needs the feature '${FEATURE}', which the device does not have`);
  trial.close();
});
