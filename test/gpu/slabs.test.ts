/** Operands larger than a binding: a launch in slabs gives the bits of the whole one, whatever the layout, and encodes as one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Gpu, openGpu } from "../../runtime/index.js";
import type { Case, Layout } from "../conformance/cases.js";
import { lay, layoutsOf } from "../conformance/layouts.js";
import { kernelOf } from "../conformance/on-gpu.js";
import { sceneOf } from "../conformance/scene.js";
import { variantOf } from "../conformance/variants.js";
import { launched } from "../runtime/launched.js";
import { faultOf } from "../runtime/on-device.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

const shared = (...grid: readonly number[]) => ({ q: grid, k: grid });
const cases: readonly {
  readonly variant: string;
  readonly grid: { readonly q: readonly number[]; readonly k: readonly number[] };
  readonly layout: Layout;
  readonly offsets?: Case["offsets"];
  /** Bytes of a binding, each of which makes other slabs. */
  readonly limits: readonly number[];
}[] = [
  { variant: "localWindow", grid: shared(7, 5, 9), layout: "dense", limits: [40_000, 15_000] },
  { variant: "localWindow", grid: shared(7, 5, 9), layout: "tokens first", offsets: "queries", limits: [100_000] },
  { variant: "localWindow", grid: shared(7, 5, 6), layout: "inside", offsets: "both", limits: [48_000] },
  { variant: "lightCone", grid: shared(6, 5, 6), layout: "inside", offsets: "keys", limits: [80_000, 50_000] },
  { variant: "frameCausal", grid: shared(5, 5, 7), layout: "dense", limits: [40_000] },
  { variant: "documentMask", grid: shared(307), layout: "dense", limits: [16_000, 10_000] },
  { variant: "crossGrid", grid: { q: [3, 9, 9], k: [2, 3, 5] }, layout: "dense", limits: [20_000] },
];

describe("slabs", () => {
  it.each(cases)(
    "$variant, $layout, in bindings of $limits bytes",
    async ({ variant, grid, layout, offsets, limits }) => {
      const { plan } = variantOf(variant);
      const scene = sceneOf(
        {
          ...{ variant, sizes: "primes", headDim: 8, valueDim: 12, gqa: 3, batches: 2, layout },
          ...{ offsets: offsets ?? "none", grid: "whole", params: "small" },
        },
        grid,
      );
      const [ofQ, ofK, ofV] = layoutsOf(layout);
      const arrays = { ...scene, q: lay(ofQ, scene.q), k: lay(ofK, scene.k), v: lay(ofV, scene.v) };
      const compiled = kernelOf(plan, 8, 12);
      const whole = await launched(gpu, compiled, arrays);
      expect(whole.slabs).toBe(1);
      const counts: number[] = [];
      for (const maxBindingSize of limits) {
        const by = maxBindingSize === limits[0] ? "run" : "encode";
        const sliced = await launched(gpu, compiled, { ...arrays, maxBindingSize }, by);
        counts.push(sliced.slabs);
        expect(sliced.output).toEqual(whole.output);
        expect(sliced.lse).toEqual(whole.lse);
      }
      expect(Math.min(...counts)).toBeGreaterThan(1);
    },
  );

  const denseScene = (dim: 8 | 64, ...grid: readonly number[]) => {
    const scene = sceneOf(
      {
        ...{ variant: "dense", sizes: "primes", headDim: dim, valueDim: dim, gqa: 1, batches: 1, layout: "dense" },
        ...{ offsets: "none", grid: "whole", params: "small" },
      },
      shared(...grid),
    );
    return { ...scene, q: lay("dense", scene.q), k: lay("dense", scene.k), v: lay("dense", scene.v) };
  };

  it("says which operand has a hull that fits no binding", async () => {
    const kernel = kernelOf(variantOf("dense").plan, 8, 8);
    const error = await faultOf(() => launched(gpu, kernel, { ...denseScene(8, 5, 7, 9), maxBindingSize: 8192 }));
    expect(error.message).toBe(
      "mscc dense (baseline, d8): what one tile of queries needs of k spans 10080 bytes, a binding holds at most 8192 (maxBindingSize, as given to bind)\n" +
        "  help: give bind no maxBindingSize, or one of 10080 or more, or bind less: a shorter window, fewer frames of keys in an operand, or a smaller grid",
    );
  });

  it("take no splits that nobody asked for where those fit no binding", async () => {
    const kernel = kernelOf(variantOf("dense").plan, 64, 64);
    const scene = denseScene(64, 1, 4, 96);
    const own = await launched(gpu, kernel, scene);
    const bound = await launched(gpu, kernel, { ...scene, maxBindingSize: 150_000 });
    expect([own.splits > 1, bound.splits]).toEqual([true, 1]);
  });
});
