/** Claim -> verdict: asks a solver, looks for the smallest counterexample, and evaluates it before it is believed. */
import { type Environment, type Evaluator, evaluator, type TableValues } from "../ir/evaluate.js";
import type { Expr } from "../ir/expression.js";
import {
  type Claim,
  type Counterexample,
  entriesOf,
  type Model,
  type Outcome,
  type PartialTable,
  type Solver,
} from "../plan/claim.js";
import type { PatternTable } from "../plan/pattern.js";
import { lowered } from "./lowered.js";
import { nodesOfClaim, type Question } from "./question.js";

export type Verdict =
  /** `over` the reals where the claim has float arithmetic, whose rounding the proof does not see. */
  | { readonly kind: "proved"; readonly over: "integers" | "reals" }
  | { readonly kind: "refuted"; readonly counterexample: Counterexample }
  | { readonly kind: "unknown"; readonly reason: string };

/** Largest size of all numbers in a counterexample, tried in this order, so that the first one found is small. */
const BOUNDS = [1, 2, 3, 4, 5, 6, 8, 12, 16, 32, 64, 256, 4096, 2 ** 16, 2 ** 20, 2 ** 31 - 1];
/** A table with more entries than this is not written out. */
const TABLE_LIMIT = 2 ** 20;

type Operation = Extract<Expr, { kind: "unary" | "binary" }>;

const isArithmetic = (e: Expr): e is Operation => e.type === "float" && (e.kind === "unary" || e.kind === "binary");

const inBounds = (value: number, { min, max }: PatternTable) =>
  Math.min(Math.max(value, min ?? Number.NEGATIVE_INFINITY), max ?? Number.POSITIVE_INFINITY);

/** A whole table around the entries of a model; undefined where it would be too large to write out. */
function filled(
  table: PatternTable,
  { entries }: PartialTable,
  variables: Environment,
): TableValues[string] | undefined {
  const shape = table.labels.map((_, i) => variables[entriesOf(table.name, i)] ?? 1);
  const length = shape.reduce((product, extent) => product * extent, 1);
  if (length > TABLE_LIMIT) return undefined;
  const data = new Array<number>(length).fill(Number.NaN);
  const offset = (indices: readonly number[]) => indices.reduce((so, index, i) => so * (shape[i] as number) + index, 0);
  for (const { indices, value } of entries) data[offset(indices)] = table.type === "float" ? Math.fround(value) : value;
  // Between the entries of a sorted table the one before is repeated; before them, the first one.
  let before = table.sorted ? data.find((value) => !Number.isNaN(value)) : undefined;
  for (let i = 0; i < length; i++) {
    if (Number.isNaN(data[i])) data[i] = before ?? inBounds(0, table);
    else if (table.sorted) before = data[i];
  }
  return { shape, data };
}

/** The model as whole tables and 32-bit values; undefined where it has none. */
function valuesOf({ tables }: Claim, model: Model): Counterexample | undefined {
  const variables = Object.fromEntries(
    Object.entries(model.variables).map(([name, value]) => [
      name,
      Number.isInteger(value) ? value : Math.fround(value),
    ]),
  );
  const isLarge = (value: number) => Math.abs(value) > 2 ** 31 - 1;
  if (Object.values(variables).some(isLarge)) return undefined;
  const whole: { [name: string]: TableValues[string] } = {};
  for (const table of tables) {
    const found = model.tables.find(({ name }) => name === table.name) ?? { name: table.name, entries: [] };
    const values = filled(table, found, variables);
    if (!values || found.entries.some(({ value }) => isLarge(value))) return undefined;
    whole[table.name] = values;
  }
  return { variables, tables: whole };
}

const fitsInt32 = (value: number) => value >= -(2 ** 31) && value <= 2 ** 31 - 1;

/** Whether the claim fails for given values, in the arithmetic of the kernels. */
function failureOf(claim: Claim): (values: Counterexample) => boolean {
  const { assumptions, goal } = claim;
  // The launcher refuses values for which an integer leaves 32 bits; claims about that are for those very values.
  const integers = claim.kind === "integers" ? [] : nodesOfClaim(claim).filter((e) => e.type === "int");
  let prepared: { tables: TableValues; given: Evaluator[]; wanted: Evaluator; numbers: Evaluator[] } | undefined;
  return ({ variables, tables }) => {
    if (prepared?.tables !== tables) {
      prepared = {
        tables,
        given: assumptions.map((e) => evaluator(e, tables)),
        wanted: evaluator(goal, tables),
        numbers: integers.map((e) => evaluator(e, tables)),
      };
    }
    const { given, wanted, numbers } = prepared;
    const fails = given.every((holds) => holds(variables) === 1) && wanted(variables) !== 1;
    return fails && numbers.every((value) => fitsInt32(value(variables)));
  };
}

/** The counterexample of an outcome, if it stands up to evaluation, with numbers as small as they can be. */
function confirmed(claim: Claim, outcome: Outcome): Counterexample | undefined {
  if (outcome.kind !== "fails") return undefined;
  const values = valuesOf(claim, outcome.model);
  const fails = failureOf(claim);
  return values && fails(values) ? lowered(values, fails, claim.tables) : undefined;
}

/** Looks for a counterexample among ever larger numbers. */
async function smallest(
  { failure }: Question,
  solver: Solver,
  milliseconds: number,
): Promise<Counterexample | undefined> {
  const end = performance.now() + milliseconds;
  for (const bound of BOUNDS) {
    const [claim, left] = [failure(bound), end - performance.now()];
    if (!claim || left <= 0) return undefined;
    const found = confirmed(claim, await solver.solve(claim, left));
    if (found) return found;
  }
  return undefined;
}

/** Whether it matters that floats are no real numbers: they are computed with, or come from a table, which may hold NaN. */
const isOverReals = (claim: Claim) =>
  nodesOfClaim(claim).some((e) => isArithmetic(e) || (e.type === "float" && e.kind === "lookup"));

/** The counterexample with numbers of any size that an attempt at a proof gave. */
function ofAnySize({ failure }: Question, outcomes: readonly [Claim, Outcome][]): Counterexample | undefined {
  const claim = failure(Number.POSITIVE_INFINITY);
  return first(outcomes.map(([proof, outcome]) => (proof === claim ? confirmed(proof, outcome) : undefined)));
}

const first = <T>(values: readonly (T | undefined)[]): T | undefined => values.find((value) => value !== undefined);

/** Functions of which a solver knows little. */
const HARD: ReadonlySet<string> = new Set(["exp", "log", "log2", "tanh", "sin", "cos", "pow", "rem"]);

/** Why neither a proof nor a counterexample was found: what was tried, which limit was hit, what made it hard. */
function reasonFor(outcomes: readonly [Claim, Outcome][], milliseconds: number): string {
  const operations = outcomes.flatMap(([claim]) => nodesOfClaim(claim).filter(isArithmetic)).map(({ op }) => op);
  const hard = [...new Set(operations)].filter((op) => HARD.has(op)).map((op) => (op === "rem" ? "%" : `Math.${op}`));
  const ofFunctions = hard.length > 0 ? `; little is known of ${hard.join(", ")}` : "";
  if (outcomes.some(([, { kind }]) => kind === "fails")) {
    const numbers = operations.length > 0 ? "real numbers" : "integers of any size";
    return `it fails for ${numbers}, but no 32-bit values were found for which it does${ofFunctions}`;
  }
  const reasons = outcomes.map(([, outcome]) => (outcome.kind === "unknown" ? outcome.reason : "time"));
  const other = reasons.find((reason) => reason !== "time");
  const tried = other ? `the solver gave up: ${other}` : `the limit is ${milliseconds / 1000} s for either`;
  return `no proof and no counterexample; ${tried}${ofFunctions}`;
}

/** Decides a question, with at most so many milliseconds for each proof tried and as many for a counterexample. */
export async function decide(question: Question, solver: Solver, milliseconds: number): Promise<Verdict> {
  const outcomes: [Claim, Outcome][] = [];
  for (const claim of question.proofs) {
    const outcome = await solver.solve(claim, milliseconds);
    if (outcome.kind === "holds") return { kind: "proved", over: isOverReals(claim) ? "reals" : "integers" };
    outcomes.push([claim, outcome]);
  }
  const found = (await smallest(question, solver, milliseconds)) ?? ofAnySize(question, outcomes);
  if (found) return { kind: "refuted", counterexample: found };
  return { kind: "unknown", reason: reasonFor(outcomes, milliseconds) };
}
