/** The SMT translation means what the evaluator computes: every operator, tables, and random expressions at fixed values. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emitScript } from "../../backends/smt/emit.js";
import { loadZ3 } from "../../backends/smt/z3.js";
import { type Environment, evaluator, type TableValues } from "../../compiler/ir/evaluate.js";
import {
  and,
  type BinaryOp,
  binary,
  constant,
  type Expr,
  eq,
  float,
  int,
  intVar,
  le,
  lookup,
  not,
  search,
  TRUE,
  type Type,
  type UnaryOp,
  unary,
  variable,
  variablesOf,
} from "../../compiler/ir/expression.js";
import { print } from "../../compiler/ir/print.js";
import { type Claim, entriesOf, type Solver } from "../../compiler/plan/claim.js";
import type { PatternTable } from "../../compiler/plan/pattern.js";
import { integers, SEED, trials } from "../compiler/random-patterns.js";

let solver: Solver;
beforeAll(async () => {
  solver = await loadZ3();
});
afterAll(() => solver.close());

const claimOf = (assumptions: readonly Expr[], goal: Expr, tables: readonly PatternTable[] = []): Claim => ({
  kind: "question",
  text: print(goal),
  assumptions,
  goal,
  tables,
});

const all = (parts: readonly Expr[]) => parts.reduce(and, TRUE);

/** That an expression has the value that the evaluator computes for it. */
const hasItsValue = (e: Expr, environment: Environment, tables: TableValues = {}): Expr =>
  eq(e, constant(e.type, evaluator(e, tables)(environment)));

const INTEGERS = [-2147483648, -7, -4, -3, -1, 0, 1, 2, 3, 5, 8, 31, 1023];
const INT_UNARY: readonly UnaryOp[] = ["neg", "bitNot", "abs", "sign", "square", "isqrt"];
const INT_BINARY: readonly BinaryOp[] = ["add", "sub", "mul", "min", "max", "lt", "le", "eq", "ne"];
const DIVISIONS: readonly BinaryOp[] = ["floorDiv", "truncDiv", "rem"];
const BITS: readonly BinaryOp[] = ["bitAnd", "bitOr", "bitXor"];
const SHIFTS: readonly BinaryOp[] = ["shl", "shr", "ushr"];

/** Applies an operator to every pair of numbers, the second of them a variable or a constant. */
function everyPair(op: BinaryOp, left: readonly number[], right: readonly number[], asConstant: boolean): Claim {
  const environment: Environment = {};
  const given: Expr[] = [];
  const named = (name: string, value: number) => {
    environment[name] = value;
    given.push(eq(intVar(name), int(value)));
    return intVar(name);
  };
  const goals = left.flatMap((x, i) =>
    right.map((y, j) => {
      const b = asConstant ? int(y) : named(`y${j}`, y);
      return hasItsValue(binary(op, named(`x${i}`, x), b), environment);
    }),
  );
  return claimOf([...new Set(given)], all(goals));
}

async function expectProved(claim: Claim, milliseconds = 20_000) {
  const outcome = await solver.solve(claim, milliseconds);
  expect(outcome, emitScript(claim).text.slice(0, 4000)).toEqual({ kind: "holds" });
}

test.each(INT_UNARY)("%s", async (op) => {
  const values = op === "square" ? INTEGERS.slice(1) : INTEGERS;
  const given = values.map((value, i) => eq(intVar(`x${i}`), int(value)));
  const environment = Object.fromEntries(values.map((value, i) => [`x${i}`, value]));
  await expectProved(claimOf(given, all(values.map((_, i) => hasItsValue(unary(op, intVar(`x${i}`)), environment)))));
});

test.each(INT_BINARY)("%s", async (op) => {
  await expectProved(everyPair(op, INTEGERS, [-3, 0, 1, 5], false));
  await expectProved(everyPair(op, INTEGERS, [-3, 0, 1, 5], true));
});

test.each(DIVISIONS)(
  "%s rounds as the evaluator does, for divisors of both signs, constant and symbolic",
  async (op) => {
    await expectProved(everyPair(op, INTEGERS, [-5, -2, -1, 1, 2, 3, 7], true));
    await expectProved(everyPair(op, INTEGERS.slice(1), [-5, -2, 1, 3], false));
  },
);

test.each(BITS)("%s with a constant, of either sign", async (op) => {
  await expectProved(everyPair(op, INTEGERS, [-1, -8, 0, 1, 5, 6, 1023, 2147483647], true));
});

test.each(BITS)("%s of two variables: what is stated is true, and gives the range", async (op) => {
  const [x, y] = [intVar("x"), intVar("y")];
  const values = [-2147483648, -7, -1, 0, 5, 12, 2147483647];
  for (const a of values) {
    for (const b of values) {
      const given = [
        eq(x, int(a)),
        eq(y, int(b)),
        eq(binary(op, x, y), int(evaluator(binary(op, x, y))({ x: a, y: b }))),
      ];
      expect((await solver.solve(claimOf(given, constant("bool", 0)), 5000)).kind, `${a} ${op} ${b}`).toBe("fails");
    }
  }
  const fits = (e: Expr) => and(le(int(-(2 ** 31)), e), le(e, int(2 ** 31 - 1)));
  await expectProved(claimOf([fits(x), fits(y)], fits(binary(op, x, y))));
});

test.each(SHIFTS)("%s within 32 bits", async (op) => {
  const small = op === "shl" ? INTEGERS.slice(1) : INTEGERS;
  await expectProved(everyPair(op, small, op === "ushr" ? [1, 2, 31] : [0, 1, 2, 20], true));
  await expectProved(everyPair(op, small, op === "ushr" ? [1, 4] : [0, 1, 4], false));
});

test("logic, choices and powers", async () => {
  const [x, y] = [intVar("x"), intVar("y")];
  const environment = { x: -3, y: 4 };
  const given = [eq(x, int(-3)), eq(y, int(4))];
  const cases = [binary("ipow", x, int(3)), binary("ipow", y, int(1)), not(le(x, y)), binary("or", le(y, x), le(x, y))];
  await expectProved(claimOf(given, all(cases.map((e) => hasItsValue(e, environment)))));
});

test("floats are real numbers: exact where f32 is", async () => {
  const values = [-2.5, -0.5, 0, 0.25, 1.5, 3];
  const x = (i: number) => variable(`x${i}`, "float");
  const given = values.map((value, i) => eq(x(i), float(value)));
  const environment = Object.fromEntries(values.map((value, i) => [`x${i}`, value]));
  const ops: UnaryOp[] = ["neg", "abs", "sign", "floor", "ceil", "trunc", "round", "square"];
  const goals = values.flatMap((_, i) => [
    ...ops.map((op) => hasItsValue(unary(op, x(i)), environment)),
    ...(["add", "sub", "mul", "min", "max", "lt", "le"] as const).map((op) =>
      hasItsValue(binary(op, x(i), x((i + 2) % values.length)), environment),
    ),
    hasItsValue(binary("div", x(i), float(4)), environment),
    hasItsValue(unary("toInt", unary("floor", x(i))), environment),
    hasItsValue(unary("toFloat", unary("toInt", unary("floor", x(i)))), environment),
  ]);
  await expectProved(claimOf(given, all(goals)));
});

const FUNCTIONS: readonly (readonly [UnaryOp, readonly number[]])[] = [
  ["sqrt", [0, 0.25, 1, 2, 9]],
  ["exp", [-3, -0.5, 0, 0.5, 2]],
  ["log", [0.1, 1, 2, 9]],
  ["log2", [0.5, 1, 2, 3]],
  ["tanh", [-2, -0.5, 0, 1]],
  ["sin", [-2, 0, 1]],
  ["cos", [-2, 0, 1]],
];

/** Bounds around the value of a function, wider than the rounding of a float. */
const around = (e: Expr, value: number): Expr => and(le(float(value - 1e-3), e), le(e, float(value + 1e-3)));

test.each(FUNCTIONS)("%s: what is stated of it is true of the function", async (op, values) => {
  const x = (i: number) => variable(`x${i}`, "float");
  const given = values.flatMap((value, i) => [
    eq(x(i), float(value)),
    around(unary(op, x(i)), Math[op as "exp"](value)),
  ]);
  // Were a fact wrong, the values would contradict it, and anything would follow.
  const outcome = await solver.solve(claimOf(given, constant("bool", 0)), 10_000);
  expect(outcome.kind).not.toBe("holds");
});

test("facts about functions prove claims, and no more than that", async () => {
  const [x, y] = [variable("x", "float"), variable("y", "float")];
  const [zero, one] = [float(0), float(1)];
  await expectProved(claimOf([le(zero, x), le(unary("sqrt", x), y), le(zero, y)], le(x, binary("mul", y, y))));
  await expectProved(claimOf([le(x, y)], le(unary("exp", x), unary("exp", y))));
  await expectProved(claimOf([le(one, x)], le(zero, unary("log", x))));
  await expectProved(claimOf([eq(x, zero)], eq(unary("exp", x), one)));
  await expectProved(claimOf([], le(unary("cos", x), one)));
  for (const wrong of [
    le(unary("exp", x), one),
    le(unary("sqrt", x), x),
    le(unary("log", x), zero),
    eq(unary("sin", x), zero),
  ])
    expect((await solver.solve(claimOf([le(zero, x)], wrong), 10_000)).kind).not.toBe("holds");
  expect([...emitScript(claimOf([], le(binary("pow", x, y), one))).opaque]).toEqual(["pow"]);
});

const table = (name: string, sorted: boolean, type: Type = "int"): PatternTable => ({
  name,
  type: type === "float" ? "float" : "int",
  labels: [{ name: "i", tie: "free" }],
  sorted,
});

/** Says what a table holds, entry by entry. */
const holds = (name: string, data: readonly number[]): Expr[] => [
  eq(intVar(entriesOf(name, 0)), int(data.length)),
  ...data.map((value, i) => eq(lookup(name, "int", [int(i)]), int(value))),
];

test("a sorted table: clamped indices, and searches that count entries below or at most a value", async () => {
  const data = [-3, 0, 0, 2, 7, 7];
  const tables = { rising: { shape: [data.length], data } };
  const reads = [-5, 0, 3, 6, 99].map((i) => lookup("rising", "int", [int(i)]));
  const searches = [-9, -3, 0, 1, 7, 8].flatMap((v) => [true, false].map((strict) => search("rising", int(v), strict)));
  const goals = [...reads, ...searches].map((e) => hasItsValue(e, {}, tables));
  await expectProved(claimOf(holds("rising", data), all(goals), [table("rising", true)]));
});

test("a search is determined by its table: models of it are never spurious", async () => {
  const [v, count] = [intVar("v"), search("rising", intVar("v"), true)];
  const claim = claimOf([le(int(1), intVar(entriesOf("rising", 0)))], le(lookup("rising", "int", [count]), v), [
    table("rising", true),
  ]);
  const outcome = await solver.solve(claim, 5000);
  expect(outcome.kind).toBe("fails");
  // Where every entry is below the value, the clamped index reads the last one.
  await expectProved({ ...claim, assumptions: [...claim.assumptions, eq(count, intVar(entriesOf("rising", 0)))] });
});

const RUNS = 60;

test(`${RUNS} random expressions`, async () => {
  const cases = trials().chain((trial) => integers(trial.pattern.axes).map((e) => ({ trial, e })));
  for (const { trial, e } of fc.sample(cases, { numRuns: RUNS, seed: SEED })) {
    const environment: Environment = { ...trial.params, head: 1 };
    for (const name of variablesOf(e)) environment[name] ??= (name.length * 7) % 5;
    const value = evaluator(e, trial.tables)(environment);
    if (Math.abs(value) > 2 ** 31) continue;
    const given = [...variablesOf(e)].map((name) => eq(intVar(name), int(environment[name] as number)));
    const contents = Object.entries(trial.tables).flatMap(([name, { data }]) => holds(name, Array.from(data)));
    const claim = claimOf([...given, ...contents], hasItsValue(e, environment, trial.tables), trial.pattern.tables);
    const outcome = await solver.solve(claim, 10_000);
    expect(outcome, `seed ${SEED}: ${print(e)} at ${JSON.stringify(environment)}`).toEqual({ kind: "holds" });
  }
}, 300_000);
