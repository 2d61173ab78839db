/** Decoding frame by frame: against cached keys, in rings, with the keys of a tile split over workgroups, it equals the whole computation. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type KernelKind, kindOf } from "../../backends/wgsl/index.js";
import { EMPTY_LSE } from "../../dsl/index.js";
import { type Gpu, type Operand, openGpu } from "../../runtime/index.js";
import type { Case } from "../conformance/cases.js";
import { kernelOf } from "../conformance/on-gpu.js";
import { errorsOf, expected } from "../conformance/run.js";
import { type Scene, sceneOf } from "../conformance/scene.js";
import { variantOf } from "../conformance/variants.js";
import { framesOf, oneFrame, ringOf, rowsOfFrame, turn } from "../runtime/frames.js";
import { type Launched, launched } from "../runtime/launched.js";
import { blank, download, operand, worst } from "../runtime/on-device.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

const [HEAD_DIM, VALUE_DIM] = [8, 12];

/** A clip of a few frames, all of it, and what attention over all of it gives. */
function clipOf(
  variant: string,
  grid: readonly number[],
  params: Case["params"],
  gqa: Case["gqa"] = 3,
  kind: KernelKind = kindOf("baseline"),
) {
  const each: Case = {
    ...{ variant, sizes: "primes", headDim: HEAD_DIM, valueDim: VALUE_DIM, gqa, batches: 1, layout: "dense" },
    ...{ offsets: "none", grid: "whole", params },
  };
  const scene = sceneOf(each, { q: grid, k: grid });
  const kernel = kernelOf(variantOf(variant).plan, HEAD_DIM, VALUE_DIM, kind);
  return { scene, kernel, ...expected(variant, scene) };
}
type Clip = ReturnType<typeof clipOf>;

/** Holds the launch of one frame of queries against that frame of the whole. */
function expectFrame({ scene, want, plain }: Clip, frame: number, got: Launched): void {
  const of = (values: ArrayLike<number>, width: number) => rowsOfFrame(values, scene.q.shape, width, frame);
  const lse = errorsOf(got.lse, of(plain.lse, 1), of(want.lse, 1));
  const output = errorsOf(got.output, of(plain.output, VALUE_DIM), of(want.output, VALUE_DIM));
  expect(lse.used).toBeLessThanOrEqual(1);
  expect(output.used).toBeLessThanOrEqual(1);
  for (const [row, value] of of(want.lse, 1).entries()) {
    if (value !== EMPTY_LSE) continue;
    expect(got.lse[row]).toBe(EMPTY_LSE);
    expect(got.output.subarray(row * VALUE_DIM, (row + 1) * VALUE_DIM).every((x) => x === 0)).toBe(true);
  }
}

/** The numbers of a launch whose queries are one frame. */
function numbersOf({ params, tables, size }: Scene, frame: number) {
  const at = (t: number) => size.q.map((_, i) => (i === 0 ? t : 0));
  return { numbers: { params, tables, size, queryOffset: at(frame) }, at };
}

const SPLITS = [undefined, 1, 2, 3, 7] as const;

describe("against cached keys at any offset", () => {
  it.each([
    ["localWindow", [7, 5, 11]],
    ["lightCone", [7, 5, 11]],
    ["stridedFrames", [7, 5, 7]],
    ["iFramesWindow", [7, 5, 7]],
    ["noiseAware", [5, 5, 7]],
    ["alibi", [101]],
    ["documentMask", [101]],
    ["relativeBias", [7, 13]],
  ] as const)("%s", async (variant, grid) => {
    const clip = clipOf(variant, grid, "small");
    const { scene, kernel } = clip;
    const frames = grid[0];
    for (const [i, frame] of [0, frames - 1, Math.floor(frames / 2)].entries()) {
      const { numbers } = numbersOf(scene, frame);
      // All keys that there are, in a tensor of their own.
      const keys = { k: framesOf(scene.k, frames, (t) => t), v: framesOf(scene.v, frames, (t) => t) };
      for (const splits of i === 2 ? SPLITS : [3]) {
        const given = splits === undefined ? {} : { splits };
        const input = { ...numbers, ...keys, q: oneFrame(scene.q, frame), ...given };
        const got = await launched(gpu, kernel, input, splits === 7 ? "encode" : "run");
        expectFrame(clip, frame, got);
        if (splits !== undefined) expect(got.splits).toBe(splits);
      }
    }
  });

  it("is the same every time", async () => {
    const { scene, kernel } = clipOf("frameCausal", [5, 7, 5], "small");
    const { numbers } = numbersOf(scene, 4);
    const keys = { k: framesOf(scene.k, 5, (t) => t), v: framesOf(scene.v, 5, (t) => t) };
    const input = { ...numbers, ...keys, q: oneFrame(scene.q, 4), splits: 5 };
    const [first, second] = [await launched(gpu, kernel, input), await launched(gpu, kernel, input, "encode")];
    expect(second.output).toEqual(first.output);
    expect(second.lse).toEqual(first.lse);
  });
});

describe("in a ring", () => {
  // A window of `frames` needs as many slots; one more, and a prime number of them, must do as well.
  it.each([
    ["localWindow", [7, 5, 7], 0],
    ["localWindow", [6, 3, 9], 1],
    ["lightCone", [7, 5, 5], 0],
    ["lightCone", [5, 5, 5], 5],
  ] as const)("%s on %s, %i slots to spare", async (variant, grid, spare) => {
    const clip = clipOf(variant, grid, "small");
    const { scene, kernel } = clip;
    const window = (scene.params.frames ?? 1) + spare;
    for (let frame = 0; frame < grid[0]; frame++) {
      const { numbers, at } = numbersOf(scene, frame);
      const first = Math.max(0, frame - window + 1);
      const keyExtent = [frame - first + 1, ...grid.slice(1)];
      const keys = { k: ringOf(scene.k, window, first, frame), v: ringOf(scene.v, window, first, frame) };
      const input = { ...numbers, ...keys, q: oneFrame(scene.q, frame), keyOffset: at(first), keyExtent };
      for (const splits of [1, 3]) {
        const got = await launched(gpu, kernel, { ...input, keyRing: { t: true }, splits });
        expectFrame(clip, frame, got);
      }
    }
  });

  it("along several axes at once gives the bits of keys in order", async () => {
    const { scene, kernel } = clipOf("localWindow", [4, 7, 9], "small");
    const { numbers } = numbersOf(scene, 4);
    const [extent, rooms, keyOffset] = [
      [4, 7, 9],
      [4, 8, 11],
      [3, 5, 9],
    ] as const;
    const q = oneFrame(scene.q, 3);
    const size = { q: [9, 20, 30], k: [9, 20, 30] };
    const given = { ...numbers, q, size, queryOffset: [5, 6, 10], keyOffset, splits: 1 };
    const inOrder = { k: framesOf(scene.k, 4, (t) => t), v: framesOf(scene.v, 4, (t) => t) };
    const turned = { k: turn(scene.k, rooms, keyOffset), v: turn(scene.v, rooms, keyOffset) };
    const keyRing = { t: true, y: true, x: true };
    const want = await launched(gpu, kernel, { ...given, ...inOrder });
    const got = await launched(gpu, kernel, { ...given, ...turned, keyExtent: extent, keyRing });
    expect(want.lse.some((x) => x > -100)).toBe(true);
    expect(got.output).toEqual(want.output);
    expect(got.lse).toEqual(want.lse);
  });

  it("need not be full, and unheld slots are not read", async () => {
    const clip = clipOf("frameCausal", [5, 5, 7], "small", 1);
    const { scene, kernel } = clip;
    for (const frame of [0, 2, 4]) {
      const { numbers } = numbersOf(scene, frame);
      const keys = { k: ringOf(scene.k, 31, 0, frame), v: ringOf(scene.v, 31, 0, frame) };
      const input = { ...numbers, ...keys, q: oneFrame(scene.q, frame), keyExtent: [frame + 1, 5, 7] };
      expectFrame(clip, frame, await launched(gpu, kernel, { ...input, keyRing: { t: true } }));
    }
  });
});

describe("with subgroups", () => {
  it.each([
    ["localWindow", [7, 5, 11], 3],
    ["lightCone", [7, 5, 11], 4],
    ["iFramesWindow", [6, 5, 7], 6],
  ] as const)("%s", async (variant, grid, room) => {
    const clip = clipOf(
      variant,
      grid,
      "small",
      3,
      kindOf("subgroups", process.env.MSCC_DRIVER === "swiftshader" ? 4 : 8),
    );
    const { scene, kernel } = clip;
    for (const frame of [1, grid[0] - 1]) {
      const { numbers, at } = numbersOf(scene, frame);
      const first = Math.max(0, frame - room + 1);
      const keyExtent = [frame - first + 1, ...grid.slice(1)];
      const keys = { k: ringOf(scene.k, room, first, frame), v: ringOf(scene.v, room, first, frame) };
      const input = { ...numbers, ...keys, q: oneFrame(scene.q, frame), keyOffset: at(first), keyExtent };
      for (const splits of [1, 2, 7]) {
        expectFrame(clip, frame, await launched(gpu, kernel, { ...input, keyRing: { t: true }, splits }));
      }
    }
  });
});

describe("the emitted module", () => {
  it("decodes with a ring and splits", async () => {
    const { load } = await import("../../generated/localWindow/index.js");
    const each: Case = {
      ...{ variant: "localWindow", sizes: "primes", headDim: 64, valueDim: 64, gqa: 1, batches: 1, layout: "dense" },
      ...{ offsets: "none", grid: "whole", params: "small" },
    };
    const scene = sceneOf(each, { q: [5, 3, 7], k: [5, 3, 7] });
    const { want } = expected("localWindow", scene);
    const { q, k, v } = { q: oneFrame(scene.q, 4), k: ringOf(scene.k, 3, 2, 4), v: ringOf(scene.v, 3, 2, 4) };
    const output = blank(gpu.device, ...q.shape);
    type Shape = readonly [number, number, number, number, number, number];
    const shaped = ({ buffer, shape }: Operand) => ({ buffer, shape: shape as unknown as Shape });
    const launch = (await load(gpu.device)).bind({
      ...{ q: shaped(operand(gpu.device, q)), k: shaped(operand(gpu.device, k)), v: shaped(operand(gpu.device, v)) },
      ...{ output: shaped(output), params: { frames: 2, radius: 1 }, splits: 3 },
      ...{ queryOffset: [4, 0, 0], keyOffset: [2, 0, 0], keyRing: { t: true } },
    });
    expect([launch.splits, launch.slabs]).toEqual([3, 1]);
    await launch.run();
    const rows = rowsOfFrame(want.output, scene.q.shape, 64, 4);
    expect(worst(await download(gpu.device, output.buffer), rows)).toBeLessThan(1e-5);
    launch.dispose();
  });
});

describe("slabs, rings and splits together", () => {
  it("gives the bits of one binding", async () => {
    const { scene, kernel } = clipOf("localWindow", [9, 11, 7], "small");
    const { numbers, at } = numbersOf(scene, 5);
    const keys = { k: ringOf(scene.k, 7, 1, 6), v: ringOf(scene.v, 7, 1, 6) };
    const q = framesOf(scene.q, 2, (slot) => 5 + slot);
    const input = { ...numbers, ...keys, q, keyOffset: at(1), keyExtent: [6, 11, 7], keyRing: { t: true }, splits: 3 };
    const whole = await launched(gpu, kernel, input);
    const sliced = await launched(gpu, kernel, { ...input, maxBindingSize: 24_000 });
    expect([whole.slabs, sliced.slabs > 3]).toEqual([1, true]);
    expect(sliced.output).toEqual(whole.output);
    expect(sliced.lse).toEqual(whole.lse);
  });
});

describe("queries that see nothing", () => {
  it("give 0 and the lowest LSE, however the keys are split", async () => {
    const { scene, kernel } = clipOf("localWindow", [7, 5, 11], "small");
    const { numbers, at } = numbersOf(scene, 0);
    const keys = { k: framesOf(scene.k, 3, (slot) => slot), v: framesOf(scene.v, 3, (slot) => slot) };
    for (const splits of [1, 2, 7]) {
      const input = { ...numbers, ...keys, q: oneFrame(scene.q, 0), keyOffset: at(4), splits };
      const got = await launched(gpu, kernel, input);
      expect(got.output.every((x) => x === 0)).toBe(true);
      expect(got.lse.every((x) => x === Math.fround(EMPTY_LSE))).toBe(true);
    }
  });
});
