/**
 * The profile with subgroup matrices, which no software driver has: its kernels run with the matrices emulated, and are
 * held against the declared function in float64. What Tint says of the text as it is: test/backends/matrices.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type KernelKind, KINDS } from "../../backends/wgsl/index.js";
import { matrixName } from "../../backends/wgsl/matrix-shape.js";
import { worst } from "../../cli/verify/compare.js";
import { EMPTY_LSE } from "../../dsl/index.js";
import { fromHalves, throughHalves, toHalves } from "../../runtime/half.js";
import { type Gpu, type Operand, openGpu } from "../../runtime/index.js";
import type { Case } from "../conformance/cases.js";
import { emulatedKernel } from "../conformance/emulated-matrices.js";
import { kernelOf } from "../conformance/on-gpu.js";
import { errorsOf, expected } from "../conformance/run.js";
import { type Scene, sceneOf } from "../conformance/scene.js";
import { variantOf } from "../conformance/variants.js";
import { download, upload } from "../runtime/on-device.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

/** The numbers of a case as halves hold them. */
function halfScene(each: Case): Scene {
  const scene = sceneOf(each);
  const rounded = (name: "q" | "k" | "v") => ({ ...scene[name], data: throughHalves(scene[name].data) });
  return { ...scene, q: rounded("q"), k: rounded("k"), v: rounded("v") };
}

const count = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

/** Halves in a buffer with room for as many floats. */
function halves(values: ArrayLike<number>): Float32Array {
  const room = new Float32Array(values.length + 1);
  new Uint16Array(room.buffer).set(toHalves(values));
  return room;
}

async function run(scene: Scene, each: Case, kind: KernelKind) {
  const { plan } = variantOf(each.variant);
  const kernel = await gpu.kernel(emulatedKernel(kernelOf(plan, each.headDim, each.valueDim, kind)));
  const operand = ({ shape, data }: Scene["q"]): Operand => ({ shape, buffer: upload(gpu.device, halves(data)) });
  const rows = scene.q.shape.slice(0, -1);
  const shape = [...rows, each.valueDim];
  const blank = new Float32Array(count(shape)).fill(Number.NaN);
  const output = { shape, buffer: upload(gpu.device, halves(blank)) };
  const lse = { shape: rows, buffer: upload(gpu.device, new Float32Array(count(rows)).fill(Number.NaN)) };
  const launch = kernel.bind({ ...scene, q: operand(scene.q), k: operand(scene.k), v: operand(scene.v), output, lse });
  await launch.run();
  const memory = new Uint16Array((await download(gpu.device, output.buffer)).buffer);
  launch.dispose();
  return { output: fromHalves(memory.slice(0, count(shape))), lse: await download(gpu.device, lse.buffer) };
}

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

/** Dense, causal, 3-D, scored, with tables, of two grids, of several regions; dims in part of a block, in many chunks. */
const CASES: readonly Case[] = [
  of("dense", 8, 8),
  of("dense", 17, 40, { sizes: "tile + 1", batches: 2 }),
  of("frameCausal", 64, 64, { gqa: 3 }),
  of("lightCone", 64, 64),
  of("lightCone", 64, 64, { sizes: "blind queries" }),
  of("softCap", 80, 17, { sizes: "tile" }),
  of("alibi", 16, 16, { sizes: "blind queries", gqa: 3 }),
  of("relativeBias", 33, 64),
  of("documentMask", 8, 8, { offsets: "both", grid: "larger" }),
  of("crossGrid", 8, 8, { sizes: "unlike grids" }),
  of("stridedFrames", 8, 8),
  of("iFramesWindow", 8, 8),
  of("dense", 256, 256, { sizes: "ones" }),
  of("frameCausal", 192, 130),
];

const hasHalves = process.env.MSCC_DRIVER !== "swiftshader";
const lines: string[] = [];
afterAll(() => console.log(`matrices, emulated: worst errors against float64\n${lines.join("\n")}`));

describe
  .runIf(hasHalves)
  .each(KINDS.flatMap((kind) => (kind.matrix ? [[matrixName(kind.matrix), kind] as const] : [])))(
  "%s",
  (name, kind) => {
    it.each(CASES.map((each) => [`${each.variant}, ${each.sizes}, d${each.headDim}v${each.valueDim}`, each] as const))(
      "%s",
      async (title, each) => {
        const scene = halfScene(each);
        const { want, plain } = expected(each.variant, scene);
        const got = await run(scene, each, kind);
        // The output is rounded to a half, and where the matrices hold halves, so is every weight.
        const roundings = kind.matrix?.componentType === "f16" ? 2 : 1;
        const largest = scene.v.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const { error } = worst(got.output, want.output);
        const ofPlain = worst(throughHalves(plain.output), want.output).error;
        const lse = errorsOf(got.lse, plain.lse, want.lse);
        lines.push(
          `${name} ${title}: output ${error}, stored by a plain program ${ofPlain}; LSE ${lse.backend}, ${lse.plain}`,
        );
        expect(error).toBeLessThanOrEqual(roundings * 2 ** -11 * largest);
        expect(lse.used).toBeLessThanOrEqual(1);
        const blind = [...want.lse].flatMap((value, row) => (value === EMPTY_LSE ? [row] : []));
        if (each.sizes === "blind queries") expect(blind.length).toBeGreaterThan(0);
        for (const row of blind) {
          expect(got.lse[row]).toBe(EMPTY_LSE);
          expect(
            got.output.subarray(row * each.valueDim, (row + 1) * each.valueDim).every((value) => value === 0),
          ).toBe(true);
        }
      },
    );
  },
);
