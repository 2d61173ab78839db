/** The prover against enumeration: on random patterns neither its proofs nor its counterexamples contradict small grids. */
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { loadZ3 } from "../../backends/smt/z3.js";
import { wgslTarget } from "../../backends/wgsl/index.js";
import { proofsOf } from "../../cli/prove/proofs.js";
import { sparing } from "../../cli/prove/solver.js";
import { compileAttention } from "../../compiler/compile.js";
import { type Environment, evaluator, type TableValues } from "../../compiler/ir/evaluate.js";
import type { Expr } from "../../compiler/ir/expression.js";
import { print } from "../../compiler/ir/print.js";
import type { Counterexample } from "../../compiler/plan/claim.js";
import type { Axes } from "../../compiler/plan/pattern.js";
import { decide, type Verdict } from "../../compiler/proof/decide.js";
import { obligationsOf } from "../../compiler/proof/obligations.js";
import { asked, type Question } from "../../compiler/proof/question.js";
import { isCausal, isDisjoint, isNonempty, isWithin } from "../../compiler/proof/questions.js";
import { conditions, environmentOf, patternOf, SEED, type Trial, trials } from "./random-patterns.js";

/** Patterns tried; each is asked four questions and has some thirty claims about its loops. */
const RUNS = Number(process.env.MSCC_PROVER_RUNS ?? 8);
const LIMIT = 5000;

const solver = sparing("z3", loadZ3, proofsOf("z3"));
afterAll(() => solver.close());

type Position = readonly number[];

const positions = (extents: readonly number[]): Position[] =>
  extents.reduce<number[][]>(
    (so, extent) => so.flatMap((at) => Array.from({ length: extent }, (_, i) => [...at, i])),
    [[]],
  );

/** One grid with params and tables: what enumeration goes through. */
interface Grid {
  readonly axes: Axes;
  readonly environment: Environment;
  readonly tables: TableValues;
}

const sizesOf = ({ axes, environment }: Grid, side: "q" | "k") =>
  (side === "q" ? axes.query : axes.key).map(
    (axis) => (environment[`size.${axes.shared ? "q" : side}.${axis}`] ?? 1) as number,
  );

const gridOf = (trial: Trial): Grid => ({
  axes: trial.pattern.axes,
  environment: environmentOf(trial),
  tables: trial.tables,
});

/** The grid of a counterexample; what it does not name does not matter. */
const gridOfCounterexample = (trial: Trial, { variables, tables }: Counterexample): Grid => {
  const sizes = Object.entries(variables).filter(([name]) => name.startsWith("size.q."));
  const mirrored = trial.pattern.axes.shared ? sizes.map(([name, size]) => [`size.k.${name.slice(7)}`, size]) : [];
  const environment = { ...environmentOf(trial), ...variables, ...Object.fromEntries(mirrored) };
  return { axes: trial.pattern.axes, environment, tables: { ...trial.tables, ...tables } };
};

/** Whether a condition holds for a query and a key of the grid. */
function attendsIn({ axes, environment, tables }: Grid, condition: Expr) {
  const holds = evaluator(condition, tables);
  const here = { ...environment };
  return (q: Position, k: Position): boolean => {
    for (const [i, axis] of axes.query.entries()) here[`q.${axis}`] = q[i] as number;
    for (const [i, axis] of axes.key.entries()) here[`k.${axis}`] = k[i] as number;
    return holds(here) === 1;
  };
}

interface Asked {
  readonly question: Question;
  /** Whether it is so on one grid, by enumeration. */
  readonly isSoOn: (grid: Grid) => boolean;
}

function questionsOf({ pattern }: Trial, other: Expr): Asked[] {
  const constants = new Map<string, number>();
  const [subject, second] = [
    { pattern, constants },
    { pattern: patternOf(pattern.axes, other), constants },
  ];
  const everyPair = (holds: (mine: boolean, his: boolean, q: Position, k: Position) => boolean) => (grid: Grid) => {
    const [mine, his] = [attendsIn(grid, pattern.attend), attendsIn(grid, other)];
    const keys = positions(sizesOf(grid, "k"));
    return positions(sizesOf(grid, "q")).every((q) => keys.every((k) => holds(mine(q, k), his(q, k), q, k)));
  };
  return [
    {
      question: isCausal(subject, "t"),
      isSoOn: everyPair((mine, _, q, k) => !mine || (k[0] as number) <= (q[0] as number)),
    },
    { question: isWithin(subject, second), isSoOn: everyPair((mine, his) => !mine || his) },
    { question: isDisjoint(subject, second), isSoOn: everyPair((mine, his) => !mine || !his) },
    {
      question: isNonempty(subject),
      isSoOn: (grid) => {
        const attends = attendsIn(grid, pattern.attend);
        return positions(sizesOf(grid, "q")).every((q) => positions(sizesOf(grid, "k")).some((k) => attends(q, k)));
      },
    },
  ];
}

type Tally = { [verdict in Verdict["kind"]]: number };

const empty = (): Tally => ({ proved: 0, refuted: 0, unknown: 0 });
const shareDecided = ({ proved, refuted, unknown }: Tally) => (proved + refuted) / (proved + refuted + unknown);

/** Trials with a second condition over the same axes. */
const pairs = trials().chain((trial) => conditions(trial.pattern.axes).map((other) => ({ trial, other })));

test(
  `${RUNS} random patterns: proofs hold on small grids, counterexamples are real, most questions are decided`,
  async () => {
    const tally = { questions: empty(), claims: empty(), patterns: { decided: 0, all: 0 } };
    for (const { trial, other } of fc.sample(pairs, { numRuns: RUNS, seed: SEED })) {
      for (const { question, isSoOn } of questionsOf(trial, other)) {
        const verdict = await decide(question, solver, LIMIT);
        tally.questions[verdict.kind]++;
        const said = `${question.text} for ${print(trial.pattern.attend)} and ${print(other)}`;
        if (verdict.kind === "proved") expect(isSoOn(gridOf(trial)), `proved, and false on a grid: ${said}`).toBe(true);
        if (verdict.kind === "refuted") {
          const grid = gridOfCounterexample(trial, verdict.counterexample);
          expect(isSoOn(grid), `refuted, and true on the counterexample's grid: ${said}`).toBe(false);
        }
      }
      if (!isSparse(trial)) continue;
      tally.patterns.all++;
      let unknown = 0;
      for (const claim of obligationsOf(planOf(trial))) {
        const verdict = await decide(asked(claim), solver, LIMIT);
        tally.claims[verdict.kind]++;
        if (verdict.kind === "unknown") unknown++;
        // The analysis is right (test/compiler/loops.test.ts), so that nothing but a random index can be refuted.
        const text = `${claim.text}, for ${print(trial.pattern.attend)}`;
        if (claim.kind !== "tables") expect(verdict.kind, text).not.toBe("refuted");
      }
      if (unknown === 0) tally.patterns.decided++;
    }
    console.log(`seed ${SEED}: ${JSON.stringify(tally)}`);
    expect(shareDecided(tally.questions)).toBeGreaterThanOrEqual(0.9);
    expect(shareDecided(tally.claims)).toBeGreaterThanOrEqual(0.9);
  },
  Math.max(120_000, RUNS * 30_000),
);

const planOf = (trial: Trial) =>
  compileAttention(trial.pattern, { target: wgslTarget, tiles: trial.tiles, constants: trial.constants }).plan;

/** Patterns that hold for no pair are refused by the compiler. */
function isSparse(trial: Trial): boolean {
  try {
    planOf(trial);
    return true;
  } catch {
    return false;
  }
}
