/** Pairs counted by the loops are the pairs that a walk over everything finds; a strided pattern visits no frame off its lattice. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileAttention } from "../../compiler/compile.js";
import { UserError } from "../../compiler/diagnostics/diagnostic.js";
import { createReader } from "../../compiler/frontend/read.js";
import { evaluator } from "../../compiler/ir/evaluate.js";
import { countPairs } from "../../compiler/plan/count.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { positionsIn } from "../../compiler/plan/walk.js";
import { describeTrial, environmentOf, type Trial, trials } from "./random-patterns.js";

const target = { name: "test", queriesPerTile: 8, keysPerTile: 8 };
const reader = createReader();

function variant(file: string): AttentionPlan {
  const [pattern] = reader.read(`dsl/variants/${file}.ts`).patterns;
  if (!pattern) throw new Error(`no pattern in ${file}`);
  return compileAttention(pattern, { target }).plan;
}

/** The pattern evaluated for every pair. */
function bruteForce(trial: Trial): number {
  const { pattern, origin, extent, tables } = trial;
  const attends = evaluator(pattern.attend, tables);
  const environment = { ...environmentOf(trial), ...Object.fromEntries(trial.constants) };
  const box = (side: "q" | "k") => ({
    lo: origin[side],
    hi: origin[side].map((at, i) => at + (extent[side][i] as number) - 1),
    step: origin[side].map(() => 1),
  });
  let count = 0;
  positionsIn(box("q"), (query) => {
    for (const [i, axis] of pattern.axes.query.entries()) environment[`q.${axis}`] = query[i] as number;
    positionsIn(box("k"), (key) => {
      for (const [i, axis] of pattern.axes.key.entries()) environment[`k.${axis}`] = key[i] as number;
      count += attends(environment);
    });
  });
  return count;
}

test("random patterns: as many pairs as brute force finds", () => {
  fc.assert(
    fc.property(trials(), (trial) => {
      let plan: AttentionPlan;
      try {
        plan = compileAttention(trial.pattern, { target, constants: trial.constants, tiles: trial.tiles }).plan;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        expect(bruteForce(trial), describeTrial(trial)).toBe(0);
        return;
      }
      const { size, origin, extent, params, tables } = trial;
      const counted = countPairs(plan, { size, origin, extent, params, tables, head: 1 });
      expect(counted.useful, describeTrial(trial)).toBe(bruteForce(trial));
      expect(counted.visited).toBeGreaterThanOrEqual(counted.useful);
    }),
    { numRuns: 150 },
  );
});

test("the light cone on a grid of 3 x 5 x 7", () => {
  const size = { q: [3, 5, 7], k: [3, 5, 7] };
  const params = { frames: 2, radius: 1, speed: 1 };
  // Per axis: pairs within 1 (13 of 5, 19 of 7) and within 2 (19, 29); 3 frames see themselves, 2 one before.
  const useful = 3 * 13 * 19 + 2 * 19 * 29;
  const counted = countPairs(variant("light-cone"), { size, params });
  expect(counted).toMatchObject({ useful, dense: 105 * 105 });
  expect(counted.visited).toBe(64 * (counted.fullTiles + counted.partialTiles));
});

test("tiles that attend whole are counted as such", () => {
  const size = { q: [4, 4, 4], k: [4, 4, 4] };
  expect(countPairs(variant("dense"), { size })).toEqual({
    useful: 64 * 64,
    visited: 64 * 64,
    dense: 64 * 64,
    fullTiles: 64,
    partialTiles: 0,
  });
});

test("strided frames: no frame off the lattice is visited", () => {
  const size = { q: [9, 2, 4], k: [9, 2, 4] };
  const counted = countPairs(variant("strided-frames"), { size, params: { stride: 4 } });
  // Frames 0 to 8 see 1, 1, 1, 1, 2, 2, 2, 2, 3 frames, whole.
  expect(counted).toMatchObject({ useful: 15 * 64, visited: 15 * 64, partialTiles: 0 });
});

test("a box of a larger grid", () => {
  const plan = variant("frame-causal");
  const size = { q: [6, 3, 3], k: [6, 3, 3] };
  const origin = { q: [5, 0, 0], k: [2, 0, 0] };
  const extent = { q: [1, 3, 3], k: [4, 3, 3] };
  expect(countPairs(plan, { size, origin, extent })).toMatchObject({ useful: 9 * 36, dense: 9 * 36 });
  expect(countPairs(plan, { size, origin: { q: [0, 0, 0], k: [5, 0, 0] } }).useful).toBe(9 * 9);
});
