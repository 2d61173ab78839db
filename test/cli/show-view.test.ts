/** The numbers of pictures against the declared functions, pair by pair, and against the counts of whole plans. */
import { expect, it } from "vitest";
import { type Tables, tablesOf } from "../../cli/show/tables.js";
import { indexOf, type Setting, VISIT, type View, viewOf } from "../../cli/show/view.js";
import { positionsOf, product } from "../../cli/verify/scene.js";
import { countPairs } from "../../compiler/plan/count.js";
import { positionsIn } from "../../compiler/plan/walk.js";
import type { AnyAttention } from "../../dsl/index.js";
import { variantOf } from "../conformance/variants.js";

interface Case {
  readonly name: string;
  readonly q: readonly number[];
  readonly k?: readonly number[];
  readonly params?: Setting["params"];
}

const cases: readonly Case[] = [
  { name: "lightCone", q: [3, 6, 11], params: { frames: 3, radius: 1, speed: 1 } },
  { name: "stridedFrames", q: [4, 3, 9], params: { stride: 2 } },
  { name: "iFramesWindow", q: [4, 5, 9], params: { gop: 3, frames: 2, radius: 1 } },
  { name: "crossGrid", q: [3, 6, 10], k: [3, 3, 5], params: { r: 2, reach: 3 } },
  { name: "documentMask", q: [71] },
  { name: "relativeBias", q: [9, 11], params: { radius: 2 } },
  { name: "noiseAware", q: [3, 4, 5], params: { alpha: 2 } },
];

type Named = { readonly [axis: string]: number };

/** What the declaration itself says of a query: which keys it sees, and their logits where the dot product is 0. */
function declared(pattern: AnyAttention, { size, query, params, head }: Setting, tables: Tables) {
  const axes = "query" in pattern.axes ? pattern.axes : { query: pattern.axes, key: pattern.axes };
  const named = (names: readonly string[], at: readonly number[]): Named =>
    Object.fromEntries(names.map((name, i) => [name, at[i] as number]));
  const lookups = Object.entries(tables).map(([name, { shape, data }]) => {
    return [name, (...indices: number[]) => data[indexOf(indices, shape)] as number] as const;
  });
  const sizes = { q: named(axes.query, size.q), k: named(axes.key, size.k) };
  const keys = positionsOf(
    axes.key,
    size.k,
    size.k.map(() => 0),
  );
  return keys.map((k) => {
    const at = {
      q: named(axes.query, query),
      k,
      size: sizes,
      head,
      batch: 0,
      s: 0,
      ...params,
      ...Object.fromEntries(lookups),
    };
    const sees = pattern.attend(at as never);
    return { sees, logit: sees ? (pattern.score?.(at as never) ?? 0) : 0 };
  });
}

/** What is visited follows from the boxes alone; it holds all that is seen, and boxes that attend whole hold nothing else. */
function expectBoxes({ boxes, visited, seen, counts }: View, size: readonly number[]): void {
  const found = new Uint8Array(seen.length);
  for (const box of boxes) {
    positionsIn(box, (place) => {
      const key = indexOf(place, size);
      found[key] = Math.max(found[key] as number, box.full ? VISIT.whole : VISIT.tested);
    });
  }
  expect([...visited]).toEqual([...found]);
  const keys = [...found.keys()];
  expect(counts.visited).toBe(keys.filter((key) => found[key] !== VISIT.none).length);
  expect(keys.filter((key) => seen[key] && found[key] === VISIT.none)).toEqual([]);
  expect(keys.filter((key) => !seen[key] && found[key] === VISIT.whole)).toEqual([]);
}

it.each(cases)("of $name are those of its declaration", ({ name, q, k = q, params = {} }) => {
  const { plan, declaration } = variantOf(name);
  const start: Setting = { size: { q, k }, query: q.map(() => 0), params, head: 0 };
  const tables = tablesOf(plan, start, {});
  let useful = 0;
  const tiles = new Map<string, View>();
  for (const at of positionsOf(
    plan.pattern.axes.query,
    q,
    q.map(() => 0),
  )) {
    const setting = { ...start, query: plan.pattern.axes.query.map((axis) => at[axis] as number) };
    const view = viewOf(plan, setting, tables);
    const want = declared(declaration, setting, tables);
    expect([...view.seen]).toEqual(want.map(({ sees }) => (sees ? 1 : 0)));
    expect(view.counts.seen).toBe(want.filter(({ sees }) => sees).length);
    const largest = Math.max(...want.filter(({ sees }) => sees).map(({ logit }) => logit));
    const weights = want.map(({ sees, logit }) => (sees ? Math.exp(logit - largest) : 0));
    expect(Math.max(...weights.map((weight, i) => Math.abs(weight - (view.weight[i] as number))))).toBeLessThan(1e-5);
    expectBoxes(view, k);
    useful += view.counts.seen;
    tiles.set(view.tile.lo.join(), view);
  }
  const counts = countPairs(plan, { size: { q, k }, params, tables });
  const sum = (of: (view: View) => number) => [...tiles.values()].reduce((so, view) => so + of(view), 0);
  expect(useful).toBe(counts.useful);
  expect(sum(({ counts: { whole } }) => whole)).toBe(counts.fullTiles);
  expect(sum(({ counts: { tested } }) => tested)).toBe(counts.partialTiles);
  expect(sum(({ boxes }) => boxes.length * product(plan.tiles.query) * product(plan.tiles.key))).toBe(counts.visited);
});

it("of a score that is not finite leave that key without weight", () => {
  const { plan } = variantOf("noiseAware");
  const setting: Setting = { size: { q: [2, 1, 2], k: [2, 1, 2] }, query: [1, 0, 0], params: { alpha: 1 }, head: 0 };
  const noise = { shape: [2], data: Float32Array.of(Number.NaN, 0.5) };
  const { weight, shaded, counts } = viewOf(plan, setting, { noise });
  expect([[...weight], shaded, counts.seen]).toEqual([[0, 0, 1, 1], true, 4]);
});
