/**
 * The profile with subgroup matrices, which no software driver has: its kernels run with the matrices emulated, and are
 * held against the declared function in float64. What Tint says of the text as it is: test/backends/matrices.test.ts.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type KernelKind, KINDS } from "../../backends/wgsl/index.js";
import { matrixName } from "../../backends/wgsl/matrix-shape.js";
import { worst } from "../../cli/verify/compare.js";
import type { SubgroupMatrix } from "../../compiler/plan/manifest.js";
import { fromHalves, throughHalves, toHalves } from "../../runtime/half.js";
import { type Gpu, type Operand, openGpu } from "../../runtime/index.js";
import { type Case, FULL, type Layout, nameOf } from "../conformance/cases.js";
import { emulatedKernel } from "../conformance/emulated-matrices.js";
import { lay } from "../conformance/layouts.js";
import { kernelOf } from "../conformance/on-gpu.js";
import { blindRows, errorsOf, expected } from "../conformance/run.js";
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
  const [ofQ, ofK]: readonly [Layout, Layout] =
    each.layout === "dense" ? ["dense", "dense"] : ["tokens first", "dim outer"];
  const operand = (layout: Layout, tensor: Scene["q"]): Operand => {
    const { data, ...rest } = lay(layout, tensor);
    return { ...rest, buffer: upload(gpu.device, halves(data)) };
  };
  const operands = { q: operand(ofQ, scene.q), k: operand(ofK, scene.k), v: operand("dense", scene.v) };
  const rows = scene.q.shape.slice(0, -1);
  const shape = [...rows, each.valueDim];
  const blank = new Float32Array(count(shape)).fill(Number.NaN);
  const output = { shape, buffer: upload(gpu.device, halves(blank)) };
  const lse = { shape: rows, buffer: upload(gpu.device, new Float32Array(count(rows)).fill(Number.NaN)) };
  const launch = kernel.bind({ ...scene, ...operands, output, lse });
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

/** Dims in part of a block, and in many chunks; regions; two grids; blind rows; the second half of them for every shape. */
const CASES: readonly Case[] = [
  of("frameCausal", 64, 64, { gqa: 3 }),
  of("lightCone", 64, 64, { layout: "tokens first" }),
  of("softCap", 80, 17, { sizes: "tile" }),
  of("alibi", 16, 16, { sizes: "blind queries", gqa: 3 }),
  of("iFramesWindow", 8, 8),
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

const TESTS = KINDS.filter(({ matrix }) => matrix).flatMap((kind, i) =>
  (FULL ? [...CASES, ...MORE] : CASES.slice(i === 0 ? 0 : 6)).map(
    (each) => [matrixName(kind.matrix as SubgroupMatrix), nameOf(each), kind, each] as const,
  ),
);

const lines: string[] = [];
afterAll(() => console.log(`matrices, emulated: worst errors against float64\n${lines.join("\n")}`));

/** Largest error of an output that is rounded to halves, as is every weight where the matrices hold halves. */
function allowed({ matrix }: KernelKind, { v }: Scene): number {
  const largest = v.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (matrix?.componentType === "f16" ? 2 : 1) * 2 ** -11 * largest;
}

// SwiftShader has no f16.
it.runIf(process.env.MSCC_DRIVER !== "swiftshader").each(TESTS)("%s: %s", async (name, title, kind, each) => {
  const scene = halfScene(each);
  const { want, plain } = expected(each.variant, scene);
  const got = await run(scene, each, kind);
  const { error } = worst(got.output, want.output);
  const stored = worst(throughHalves(plain.output), want.output).error;
  const lse = errorsOf(got.lse, plain.lse, want.lse);
  lines.push(`${name} ${title}: output ${error}, a plain program's ${stored}; LSE ${lse.backend}, ${lse.plain}`);
  expect(error).toBeLessThanOrEqual(allowed(kind, scene));
  expect(lse.used).toBeLessThanOrEqual(1);
  const { blind, faults } = blindRows(got, want, each.valueDim);
  expect(faults).toEqual([]);
  if (each.sizes === "blind queries") expect(blind).toBeGreaterThan(0);
});
