/** The gate's cases hold what they promise: every variant at every size class, all values on a variant of each kind, few kernels. */
import { expect, it } from "vitest";
import { GQA, GRIDS, gateCases, HEAD_DIMS, KINDS, LAYOUTS, OFFSETS, PARAMS, SIZE_CLASSES } from "./cases.js";
import { variants } from "./variants.js";

const cases = gateCases();

it("every variant at every size class", () => {
  const held = new Set(cases.map(({ variant, sizes }) => `${variant} ${sizes}`));
  const wanted = [...variants.keys()].flatMap((variant) => SIZE_CLASSES.map((sizes) => `${variant} ${sizes}`));
  expect(wanted.filter((each) => !held.has(each))).toEqual([]);
});

it("every head dim, GQA ratio, layout, offset, grid and kind of params on a variant of each kind", () => {
  const factors = { headDim: HEAD_DIMS, gqa: GQA, layout: LAYOUTS, offsets: OFFSETS, grid: GRIDS, params: PARAMS };
  for (const [factor, values] of Object.entries(factors)) {
    for (const variant of KINDS) {
      const own = cases.filter((each) => each.variant === variant).map((each) => each[factor as "headDim"]);
      expect(new Set(own), `${variant}, ${factor}`).toEqual(new Set<unknown>(values));
    }
  }
});

it("value dims both like and unlike the head dim, with few kernels to compile", () => {
  const unlike = cases.filter(({ headDim, valueDim }) => headDim !== valueDim);
  expect(new Set(unlike.map(({ variant }) => variant)).size).toBe(KINDS.length);
  const kernels = new Set(cases.map(({ variant, headDim, valueDim }) => `${variant} ${headDim} ${valueDim}`));
  console.log(`the gate: ${cases.length} cases, ${kernels.size} kernels`);
  expect(kernels.size).toBe(variants.size + KINDS.length * (HEAD_DIMS.length - 1));
});
