/** Derived bounds are close to the exact hull of the live pairs, so that "scan everything" cannot pass for an analysis. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyse } from "../../compiler/analysis/analyse.js";
import { deriveLoops } from "../../compiler/analysis/loops.js";
import { evaluator } from "../../compiler/ir/evaluate.js";
import { add, and, type Expr, int, intVar, le, mul, sub, unary } from "../../compiler/ir/expression.js";
import type { Axes } from "../../compiler/plan/pattern.js";
import { positionsIn, walkOf } from "../../compiler/plan/walk.js";
import { describeTrial, environmentOf, RUNS, SEED, type Trial, trials } from "./random-patterns.js";

const CASES = RUNS / 4;

/**
 * Conjunctions in which every atom bounds one key axis by the queries and outer key axes: a window around the query of
 * constant reach, or of a reach that grows with the distance along an outer axis, and half-planes.
 */
const affinePatterns =
  (steepest: number) =>
  (axes: Axes): fc.Arbitrary<Expr> => {
    const distance = (axis: string) => sub(intVar(`q.${axis}`), intVar(`k.${axis}`));
    const scalar = fc.oneof(fc.integer({ min: 0, max: 3 }).map(int), fc.constantFrom(intVar("n"), intVar("m")));
    const factor = fc.integer({ min: -steepest, max: steepest }).map(int);
    /** One affine function below the key's position, one above it, or both. */
    const halfPlanes = (axis: string, outer: readonly string[]): fc.Arbitrary<Expr> => {
      const others = [...axes.query.map((each) => intVar(`q.${each}`)), ...outer.map((each) => intVar(`k.${each}`))];
      const affine = fc
        .tuple(scalar, ...others.map(() => factor))
        .map(([base, ...factors]) =>
          factors.reduce((sum, each, i) => add(sum, mul(each, others[i] as Expr)), base as Expr),
        );
      const key = intVar(`k.${axis}`);
      return fc.oneof(
        affine.map((high) => le(key, high)),
        affine.map((low) => le(low, key)),
        fc.tuple(affine, affine).map(([low, high]) => and(le(low, key), le(key, high))),
      );
    };
    const own = axes.key.filter((axis) => axes.query.includes(axis));
    const atoms = own.map((axis, depth) => {
      const outer = own.slice(0, depth);
      const reach =
        outer.length === 0
          ? scalar
          : fc.oneof(
              scalar,
              fc
                .tuple(scalar, fc.constantFrom<Expr>(int(1), int(2), intVar("n")), fc.constantFrom(...outer))
                .map(([base, slope, other]) => add(base, mul(slope, distance(other)))),
            );
      return fc.oneof(
        fc.tuple(reach).map(([r]) => le(unary("abs", distance(axis)), r)),
        fc.tuple(scalar, reach).map(([a, r]) => and(le(int(0), add(distance(axis), a)), le(distance(axis), r))),
        halfPlanes(axis, outer),
      );
    });
    return fc.tuple(...atoms).map((parts) => parts.reduce(and));
  };

const gridAxes = fc
  .integer({ min: 1, max: 2 })
  .map((rank): Axes => ({ query: ["t", "y"].slice(0, rank), key: ["t", "y"].slice(0, rank), shared: true }));

interface Looseness {
  beyond: number;
  visited: number;
  scanned: number;
}

/** Visited positions per innermost run against the hull of the live ones, for each query tile and outer boxes. */
function measure(trial: Trial, totals: Looseness, steepest: number): void {
  const { pattern, tiles, origin, extent } = trial;
  const nest = deriveLoops(analyse(pattern).subject, tiles, "query-tile");
  const walk = walkOf(nest, pattern.axes, tiles, trial.tables);
  const truth = evaluator(pattern.attend, trial.tables);
  const environment = environmentOf(trial);
  const last = (side: "q" | "k") => origin[side].map((at, i) => at + (extent[side][i] as number) - 1);
  positionsIn({ lo: origin.q, hi: last("q"), step: tiles.query }, (corner) => {
    const end = corner.map((at, i) => Math.min(at + (tiles.query[i] as number) - 1, last("q")[i] as number));
    for (const [i, axis] of pattern.axes.query.entries()) {
      environment[`q.${axis}.lo`] = corner[i] as number;
      environment[`q.${axis}.hi`] = end[i] as number;
    }
    const runs = new Map<string, { lo: number; hi: number }>();
    walk(environment, (box) => {
      const inner = box.lo.length - 1;
      const key = JSON.stringify([box.lo.slice(0, inner), box.hi.slice(0, inner)]);
      const run = runs.get(key);
      const [lo, hi] = [box.lo[inner] as number, box.hi[inner] as number];
      runs.set(key, { lo: Math.min(run?.lo ?? lo, lo), hi: Math.max(run?.hi ?? hi, hi) });
    });
    for (const [key, run] of runs) {
      const [lo, hi] = JSON.parse(key) as [number[], number[]];
      const inner = lo.length;
      let [first, final] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      const keys = {
        lo: [...lo, origin.k[inner] as number],
        hi: [...hi, last("k")[inner] as number],
        step: [...lo, 0].map(() => 1),
      };
      positionsIn({ lo: corner, hi: end, step: corner.map(() => 1) }, (row) => {
        for (const [i, axis] of pattern.axes.query.entries()) environment[`q.${axis}`] = row[i] as number;
        positionsIn(keys, (column) => {
          for (const [i, axis] of pattern.axes.key.entries()) environment[`k.${axis}`] = column[i] as number;
          if (!truth(environment)) return;
          first = Math.min(first, column[inner] as number);
          final = Math.max(final, column[inner] as number);
        });
      });
      const slack = steepest * Math.max(tiles.query[inner] as number, tiles.key[inner] as number);
      const isDead = final < first;
      const [before, after] = isDead ? [0, run.hi - run.lo + 1] : [first - run.lo, run.hi - final];
      totals.visited += run.hi - run.lo + 1;
      totals.beyond += before + after;
      totals.scanned += extent.k[inner] as number;
      const message = `${before} and ${after} positions beyond the hull of [${lo}]..[${hi}]: ${describeTrial(trial)}`;
      // Where nothing is live there is no hull to compare with; the totals below count what is visited then.
      if (!isDead && Math.max(before, after) > slack) throw new Error(message);
    }
  });
}

describe("derived bounds of affine patterns", () => {
  // A bound of slope 3 sees a tile three times as long.
  for (const steepest of [1, 3]) {
    it(`of slopes to ${steepest} are at most one tile looser than the hull of the live pairs at each end (${CASES} cases, seed ${SEED})`, () => {
      const totals = { beyond: 0, visited: 0, scanned: 0 };
      const cases = trials(affinePatterns(steepest), gridAxes, 14);
      fc.assert(
        fc.property(cases, (trial) => measure(trial, totals, steepest)),
        { numRuns: CASES, seed: SEED },
      );
      const { visited, beyond, scanned } = totals;
      console.log(
        `slopes to ${steepest}: visited ${visited} positions, ${beyond} beyond the hull; a scan visits ${scanned}`,
      );
      expect(visited).toBeLessThan(scanned);
      expect(beyond).toBeLessThan(visited / 50);
    }, 3_600_000);
  }
});
