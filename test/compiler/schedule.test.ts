/** Tile shapes: counts equal those of a walk over every tile, and the chosen shapes are the cheapest of all legal ones. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyse } from "../../compiler/analysis/analyse.js";
import { deriveLoops } from "../../compiler/analysis/loops.js";
import { compileAttention } from "../../compiler/compile.js";
import { UserError } from "../../compiler/diagnostics/diagnostic.js";
import { createReader } from "../../compiler/frontend/read.js";
import { countPairs, environmentOf } from "../../compiler/plan/count.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { chooseTiles, REPORTED, type ScheduleInput } from "../../compiler/schedule/choose.js";
import { costOf, weightsFor } from "../../compiler/schedule/cost.js";
import { candidatesFor, shapesOf } from "../../compiler/schedule/shapes.js";
import { defaultTiles } from "../../compiler/schedule/tiles.js";
import { type Counted, visitCounter } from "../../compiler/schedule/visits.js";
import { describeTrial, trials } from "./random-patterns.js";

const target = { name: "test", queriesPerTile: 8, keysPerTile: 8 };
const reader = createReader();
const LIMITLESS = () => ({ steps: 0, limit: Number.POSITIVE_INFINITY });

function variant(file: string): Pattern {
  const [pattern] = reader.read(`dsl/variants/${file}.ts`).patterns;
  if (!pattern) throw new Error(`no pattern in ${file}`);
  return pattern;
}

const product = (extents: readonly number[]) => extents.reduce((so, extent) => so * extent, 1);

test("shapes are all the ways to write a volume as a product", () => {
  expect(shapesOf(1, 8)).toEqual([[8]]);
  expect(shapesOf(2, 8)).toEqual([
    [1, 8],
    [2, 4],
    [4, 2],
    [8, 1],
  ]);
  expect(shapesOf(3, 32)).toHaveLength(21);
  expect(new Set(shapesOf(3, 32).map(product))).toEqual(new Set([32]));
});

test("shapes twice as long as the grid are left out, unless no other is legal", () => {
  const shapes = (grid: readonly number[]) => candidatesFor({ q: grid, k: [64] }, target).map(({ query }) => query);
  expect(shapes([3, 64])).toEqual([
    [1, 8],
    [2, 4],
    [4, 2],
  ]);
  expect(shapes([1, 2])).toHaveLength(4);
});

test("random patterns: counts over a whole grid are those of a walk over its tiles", () => {
  fc.assert(
    fc.property(trials(), (trial) => {
      const { pattern, constants, tiles, size, params, tables, origin, extent } = trial;
      const input = { size, origin, extent, params, tables, head: 1 };
      let plan: AttentionPlan;
      try {
        ({ plan } = compileAttention(pattern, { target, constants, tiles }));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return;
      }
      const walked = countPairs(plan, input);
      const environment = environmentOf(plan, input, origin, extent);
      const count = (counted: Counted, shapes = tiles) => {
        const nest = deriveLoops(analyse(pattern, constants).subject, shapes, "query-tile");
        return visitCounter(nest, pattern.axes, shapes, counted, { tables, meter: LIMITLESS() })({ ...environment });
      };
      const units = { query: tiles.query.map(() => 1), key: tiles.key.map(() => 1) };
      expect(count("full"), describeTrial(trial)).toBe(walked.fullTiles);
      expect(count("boxes"), describeTrial(trial)).toBe(walked.fullTiles + walked.partialTiles);
      expect(count("pairs", units), describeTrial(trial)).toBe(walked.useful);
    }),
    { numRuns: 200 },
  );
});

/** Every legal pair of shapes, walked tile by tile. */
function byBruteForce(pattern: Pattern, { size, params = {}, tables = {} }: ScheduleInput) {
  return candidatesFor(size, target).map((tiles) => {
    const { plan } = compileAttention(pattern, { target, tiles });
    const { fullTiles: fullBoxes, partialTiles, useful } = countPairs(plan, { size, params, tables });
    const queryTiles = product(size.q.map((extent, i) => Math.ceil(extent / (tiles.query[i] as number))));
    const visits = { queryTiles, boxes: fullBoxes + partialTiles, fullBoxes };
    return { tiles, ...visits, cost: costOf(visits, weightsFor(target)), useful };
  });
}

const grid = (...extents: number[]) => ({ q: extents, k: extents });
const CASES: readonly (readonly [file: string, input: ScheduleInput])[] = [
  ["dense", { size: grid(2, 3, 5) }],
  ["frame-causal", { size: grid(5, 3, 4) }],
  ["local-window", { size: grid(4, 7, 6), params: { frames: 2, radius: 1 } }],
  ["local-window", { size: grid(9, 4, 3), params: { frames: 5, radius: 9 } }],
  ["light-cone", { size: grid(5, 6, 7), params: { frames: 3, radius: 1, speed: 1 } }],
  ["shifted-window", { size: grid(3, 7, 8), params: { frames: 2, radius: 2 } }],
  ["strided-frames", { size: grid(9, 3, 4), params: { stride: 4 } }],
  ["i-frames-window", { size: grid(8, 4, 5), params: { gop: 3, frames: 2, radius: 1 } }],
  ["sinks-window", { size: grid(8, 4, 5), params: { sinks: 1, frames: 2, radius: 1 } }],
  ["disc", { size: grid(2, 8, 9), params: { frames: 2, radius: 2 } }],
  ["cross-grid", { size: { q: [3, 8, 8], k: [3, 4, 4] }, params: { r: 2, reach: 3 } }],
  [
    "document-mask",
    { size: grid(40), tables: { document: { shape: [40], data: [...Array(40).keys()].map((i) => i >> 3) } } },
  ],
];

describe("the choice is the cheapest of all legal shapes", () => {
  test.each(CASES)("%s %j", (file, input) => {
    const pattern = variant(file);
    const all = byBruteForce(pattern, input);
    const choice = chooseTiles(pattern, target, input);
    const [best] = choice.candidates;
    expect(best?.cost).toBe(Math.min(...all.map(({ cost }) => cost)));
    expect(choice).toMatchObject({ tiles: best?.tiles, missing: [], cropped: false, useful: all[0]?.useful });
    for (const found of choice.candidates) {
      const walked = all.find(({ tiles }) => JSON.stringify(tiles) === JSON.stringify(found.tiles));
      if (walked) expect({ ...found, useful: choice.useful }).toEqual(walked);
    }
    const cheapest = all.map(({ cost }) => cost).sort((a, b) => a - b);
    const listed = choice.candidates.slice(0, REPORTED).map(({ cost }) => cost);
    expect(listed).toEqual(cheapest.slice(0, listed.length));
    expect(choice.fallback?.tiles).toEqual(defaultTiles(pattern.axes, target));
  });
});

test("without values nothing is counted, and the tiles are the default ones", () => {
  const wide = { name: "test", queriesPerTile: 32, keysPerTile: 32 };
  const choice = chooseTiles(variant("light-cone"), wide, { size: grid(8, 32, 32), params: { radius: 2 } });
  expect(choice).toMatchObject({ missing: ["frames", "speed"], candidates: [], compared: 324 });
  expect(choice.tiles).toEqual({ query: [1, 4, 8], key: [1, 4, 8] });
  const constants = new Map(Object.entries({ frames: 3, radius: 2, speed: 1 }));
  const counted = chooseTiles(variant("light-cone"), wide, { size: grid(8, 32, 32), constants });
  expect(counted).toMatchObject({ missing: [], compared: 324 });
  expect(chooseTiles(variant("document-mask"), wide, { size: grid(64) }).missing).toEqual(["document"]);
});

test("a grid that would take too long is counted on a crop of it", () => {
  const { size, params } = { size: grid(4000, 60, 4000), params: { frames: 4, radius: 9 } };
  const choice = chooseTiles(variant("disc"), target, { size, params }, 500_000);
  expect(choice).toMatchObject({ cropped: true, counted: { q: [16, 16, 16], k: [16, 16, 16] } });
  const ofCrop = chooseTiles(variant("disc"), target, { size: choice.counted, params });
  expect(choice).toEqual({ ...ofCrop, cropped: true });
});

test("time does not grow with the product of the axes where the pattern does not tie them together", () => {
  const params = { frames: 4, radius: 9 };
  const choice = chooseTiles(variant("local-window"), target, { size: grid(100, 3000, 3000), params });
  expect(choice).toMatchObject({ cropped: false, useful: (100 * 4 - 6) * (3000 * 19 - 90) ** 2 });
});
