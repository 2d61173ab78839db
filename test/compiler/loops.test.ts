/** The derived loops of random patterns visit every live pair exactly once, in both roles; `full` and `live` tell the truth. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyse } from "../../compiler/analysis/analyse.js";
import { deriveLoops } from "../../compiler/analysis/loops.js";
import { evaluator } from "../../compiler/ir/evaluate.js";
import type { LoopNest } from "../../compiler/plan/plan.js";
import { positionsIn, walkOf } from "../../compiler/plan/walk.js";
import { describeTrial, environmentOf, RUNS, SEED, type Trial, trials } from "./random-patterns.js";

const boxOf = (origin: readonly number[], extent: readonly number[], steps?: readonly number[]) => ({
  lo: origin,
  hi: origin.map((at, i) => at + (extent[i] as number) - 1),
  step: steps ?? origin.map(() => 1),
});

function checkRole(trial: Trial, role: LoopNest["role"]): void {
  const { pattern, tiles } = trial;
  const nest = deriveLoops(analyse(pattern, trial.constants).subject, tiles, role);
  const walk = walkOf(nest, pattern.axes, tiles, trial.tables);
  const [tile, looped] = role === "query-tile" ? (["q", "k"] as const) : (["k", "q"] as const);
  const axesOf = { q: pattern.axes.query, k: pattern.axes.key };
  const extents = role === "query-tile" ? tiles.query : tiles.key;
  const truth = evaluator(pattern.attend, trial.tables);
  const inRegion = nest.regions.map((region) => evaluator(region.attend, trial.tables));
  const environment = environmentOf(trial);
  const place = (side: "q" | "k", position: readonly number[]) => {
    for (const [i, axis] of axesOf[side].entries()) environment[`${side}.${axis}`] = position[i] as number;
  };
  const whole = {
    [tile]: boxOf(trial.origin[tile], trial.extent[tile]),
    [looped]: boxOf(trial.origin[looped], trial.extent[looped]),
  };
  positionsIn({ ...boxOf(trial.origin[tile], trial.extent[tile]), step: extents }, (corner) => {
    const end = corner.map((at, i) => Math.min(at + (extents[i] as number) - 1, whole[tile]?.hi[i] as number));
    for (const [i, axis] of axesOf[tile].entries()) {
      environment[`${tile}.${axis}.lo`] = corner[i] as number;
      environment[`${tile}.${axis}.hi`] = end[i] as number;
    }
    const rows = { lo: [...corner], hi: end, step: corner.map(() => 1) };
    const visits = new Map<string, number>();
    walk(environment, (box) => {
      positionsIn(box, (column) => {
        place(looped, column);
        positionsIn(rows, (row) => {
          place(tile, row);
          const attends = inRegion[box.region]?.(environment) === 1;
          if (box.full) expect(attends, "full, but a pair does not attend").toBe(true);
          if (attends) visits.set(`${row} ${column}`, (visits.get(`${row} ${column}`) ?? 0) + 1);
        });
      });
    });
    positionsIn(boxOf(trial.origin[looped], trial.extent[looped]), (column) => {
      place(looped, column);
      positionsIn(rows, (row) => {
        place(tile, row);
        const expected = truth(environment);
        if ((visits.get(`${row} ${column}`) ?? 0) !== expected) {
          throw new Error(
            `pair ${row} | ${column} visited ${visits.get(`${row} ${column}`) ?? 0} times, not ${expected}\n${describeTrial(trial)}`,
          );
        }
      });
    });
  });
}

describe("derived loops of random patterns", () => {
  it(`visit each live pair once for a tile of queries and of keys (${RUNS} cases, seed ${SEED})`, () => {
    fc.assert(
      fc.property(trials(), (trial) => {
        checkRole(trial, "query-tile");
        checkRole(trial, "key-tile");
      }),
      { numRuns: RUNS, seed: SEED },
    );
  }, 3_600_000);
});
