/** Numbers at the edge, as tests of one backend: NaN stays where it is, extreme logits and values end well. */
import { describe, expect, it } from "vitest";
import { positionsOf } from "../../cli/verify/scene.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { Case } from "./cases.js";
import { eachVisit } from "./counts.js";
import { lay } from "./layouts.js";
import type { Result } from "./plain.js";
import { type Backend, errorsOf, expected, storable, storingOf } from "./run.js";
import { type Scene, sceneOf } from "./scene.js";
import type { Stored } from "./sixteen-bit.js";
import { variantOf } from "./variants.js";

const caseOf = (variant: string): Case => ({
  ...{ variant, sizes: "primes", headDim: 8, valueDim: 8, gqa: 3, layout: "dense" },
  ...{ offsets: "none", grid: "whole", params: "small", batches: 2 },
});

/** Several tiles along every axis. */
const GRIDS: readonly (readonly number[])[] = [[], [150], [13, 27], [3, 9, 19]];

/** The plan of a variant as the backend tiles it. */
const planOf = (variant: string, { planFor }: Backend) => {
  const { plan } = variantOf(variant);
  return planFor?.(plan, 8, 8) ?? plan;
};

const run = (backend: Backend, variant: string, scene: Scene) =>
  backend.run(planOf(variant, backend), {
    ...scene,
    q: lay("dense", scene.q),
    k: lay("dense", scene.k),
    v: lay("dense", scene.v),
    outputLayout: "dense",
  });

type Operand = "q" | "k" | "v";

/** The scene with one NaN. */
function poisoned(scene: Scene, operand: Operand, index: number): Scene {
  const data = Float32Array.from(scene[operand].data);
  data[index] = Number.NaN;
  return { ...scene, [operand]: { ...scene[operand], data } };
}

const within = (at: number, lo: number, hi: number, step: number) => at >= lo && at <= hi && (at - lo) % step === 0;

/** Query rows whose tile visits a box that holds a key, by position; all positions of the grid in row-major order. */
function readersOf(plan: AttentionPlan, scene: Scene, key: readonly number[]): ReadonlySet<number> {
  const { axes } = plan.pattern;
  const extent = { q: scene.q.shape.slice(2, -1), k: scene.k.shape.slice(2, -1) };
  const positions = positionsOf(axes.query, extent.q, scene.queryOffset).map((at) =>
    axes.query.map((axis) => at[axis] as number),
  );
  const readers = new Set<number>();
  const { params, tables, size } = scene;
  eachVisit(plan, { size, extent, params, tables }, ({ tile, box }) => {
    const holds = key.every((at, i) => within(at, box.lo[i] as number, box.hi[i] as number, box.step[i] as number));
    if (!holds) return;
    for (const [row, position] of positions.entries()) {
      if (position.every((at, i) => within(at, tile.lo[i] as number, tile.hi[i] as number, 1))) readers.add(row);
    }
  });
  return readers;
}

/** Rows, over batch and heads, whose output or LSE differ in any bit. */
function changedRows(before: Result, after: Result, valueDim: number): number[] {
  const [a, b] = [before, after].map(({ output, lse }) => [output, lse].map((each) => new Int32Array(each.buffer)));
  const differs = (row: number) => {
    for (let i = row * valueDim; i < (row + 1) * valueDim; i++) if (a?.[0]?.[i] !== b?.[0]?.[i]) return true;
    return a?.[1]?.[row] !== b?.[1]?.[row];
  };
  return Array.from(before.lse.keys()).filter(differs);
}

function nanSuite(name: string, backend: () => Backend, variants: readonly string[]): void {
  describe(`NaN in the inputs of ${name}`, () => {
    it.each(variants)("%s: one key, value or query; only tiles that hold it change", async (variant) => {
      const plan = planOf(variant, backend());
      const extents = { q: GRIDS[plan.tiles.query.length] ?? [], k: GRIDS[plan.tiles.key.length] ?? [] };
      const scene = storable(sceneOf(caseOf(variant), extents), backend().dtype);
      const before = await run(backend(), variant, scene);
      const heads = scene.q.shape[1] as number;
      const [rows, keys] = [extents.q, extents.k].map((extent) => extent.reduce((total, n) => total * n, 1)) as [
        number,
        number,
      ];
      const group = heads / (scene.k.shape[1] as number);
      // The second batch, the second key head; a position in the middle of the grid.
      const [batch, keyHead] = [1, 1];
      const middle = Math.floor(keys / 2) + 1;
      const { key: axes } = plan.pattern.axes;
      const key = positionsOf(axes, extents.k, scene.keyOffset)[middle];
      const readers = readersOf(
        plan,
        scene,
        axes.map((axis) => key?.[axis] as number),
      );
      expect(readers.size).toBeGreaterThan(0);
      expect(readers.size).toBeLessThan(rows);
      const place = ((batch * (scene.k.shape[1] as number) + keyHead) * keys + middle) * 8 + 3;
      for (const operand of ["k", "v"] as const) {
        const after = await run(backend(), variant, poisoned(scene, operand, place));
        const changed = changedRows(before, after, 8);
        expect(changed.length).toBeGreaterThan(0);
        const stray = changed.filter((row) => {
          const [query, head, at] = [row % rows, Math.floor(row / rows) % heads, Math.floor(row / rows / heads)];
          return !(readers.has(query) && Math.floor(head / group) === keyHead && at === batch);
        });
        expect(stray, `NaN in ${operand}`).toEqual([]);
      }
      const query = (batch * heads + 4) * rows + Math.floor(rows / 2);
      const after = await run(backend(), variant, poisoned(scene, "q", query * 8 + 3));
      expect(
        changedRows(before, after, 8).filter((row) => row !== query),
        "NaN in q",
      ).toEqual([]);
    });
  });
}

/** A scene with other values. */
type Change = (scene: Scene) => Scene;
const scaled =
  (factors: { readonly [operand in Operand]?: number }): Change =>
  (scene) => {
    const operand = (name: Operand) => ({
      ...scene[name],
      data: Float32Array.from(scene[name].data, (value) => value * (factors[name] ?? 1)),
    });
    return { ...scene, q: operand("q"), k: operand("k"), v: operand("v") };
  };
const filled =
  (values: { readonly [operand in Operand]?: number }): Change =>
  (scene) => {
    const operand = (name: Operand) => ({
      ...scene[name],
      data: Float32Array.from(scene[name].data, (value) => values[name] ?? value),
    });
    return { ...scene, q: operand("q"), k: operand("k"), v: operand("v") };
  };

/** Values whose results can be told exactly enough. */
const EXTREMES: readonly (readonly [string, Change])[] = [
  ["logits up to 10,000", scaled({ q: 100, k: 100 })],
  ["equal logits", filled({ q: 0 })],
  ["equal logits of 10,000", filled({ q: 60, k: 60 })],
  ["equal logits of -10,000", filled({ q: 60, k: -60 })],
  ["zeros of either sign", filled({ q: -0, k: 0, v: -0 })],
  ["a scale of 0", (scene) => ({ ...scene, scale: 0 })],
  ["a negative scale", (scene) => ({ ...scene, scale: -2 })],
];
/** Those that no half can store. */
const BEYOND_HALVES: typeof EXTREMES = [
  ["values up to 2e30", scaled({ v: 1e30 })],
  ["values down to 2e-30", scaled({ v: 1e-30 })],
];

function extremeSuite(name: string, backend: () => Backend, variants: readonly string[], options: Options): void {
  const { isSplit = false, dtype = "f32" } = options;
  const extremes = dtype === "f16" ? EXTREMES : [...EXTREMES, ...BEYOND_HALVES];
  const all = variants.flatMap((variant) => extremes.map(([what, change]) => [variant, what, change] as const));
  describe(`extremes on ${name}`, () => {
    it.each(all)("%s: %s", async (variant, _, change) => {
      const scene = storable(change(sceneOf(caseOf(variant))), dtype);
      const { want, plain } = expected(variant, scene, backend());
      const got = await run(backend(), variant, scene);
      const output = errorsOf(got.output, plain.output, want.output, { spread: plain.spread });
      const lse = errorsOf(got.lse, plain.lse, want.lse);
      // Relative to the values: 1e-30 is as much as 1.
      const whole = Math.max(output.size, Number.MIN_VALUE);
      // Parts are weighed by their LSEs, which are rounded as the logits of so large a size would be, were they not equal.
      const rounding = isSplit ? 2 ** -23 * lse.size : 0;
      const allowed = (4 * output.plain) / whole + 1e-6 + rounding + storingOf(backend());
      expect(output.backend / whole, JSON.stringify(output)).toBeLessThanOrEqual(allowed);
      expect(lse.used, JSON.stringify(lse)).toBeLessThanOrEqual(1);
    });

    if (dtype === "f16") return;
    it.each(variants)("%s: denormals count as what they are or as 0", async (variant) => {
      const scene = scaled({ q: 1e-39, k: 1e-39, v: 1e-39 })(sceneOf(caseOf(variant)));
      const { want } = expected(variant, scene);
      const got = await run(backend(), variant, scene);
      for (const [i, value] of got.output.entries()) {
        expect(Math.abs(value - (want.output[i] as number))).toBeLessThanOrEqual(2 ** -126);
      }
    });

    it.each(variants)("%s: products beyond f32 end", async (variant) => {
      const scene = scaled({ q: 1e25, k: 1e25 })(sceneOf(caseOf(variant)));
      const { lse } = await run(backend(), variant, scene);
      expect(lse.length).toBeGreaterThan(0);
    });
  });
}

/** Whether keys are split over workgroups, and how the kernels store q, k, v and the output. */
interface Options {
  readonly isSplit?: boolean;
  readonly dtype?: Stored;
}

/** `variants` are few, since each is a kernel to compile: several regions, a window, a table. */
export function numbersSuite(name: string, backend: () => Backend, options: Options = {}): void {
  const variants = ["iFramesWindow", "localWindow", "documentMask"];
  nanSuite(name, backend, variants);
  extremeSuite(name, backend, ["iFramesWindow", "documentMask"], options);
}
