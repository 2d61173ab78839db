/** Interval arithmetic in C against that of the launcher in JavaScript: the same expressions over the same ranges give the same ends. */
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { rangeFunctionsFor } from "../../backends/cuda/host/interval-functions.js";
import { type RangeScope, rangeWriter } from "../../backends/cuda/host/ranges.js";
import { doubleLiteral } from "../../backends/cuda/host/variant.js";
import type { JsonExpression } from "../../compiler/plan/manifest.js";
import { type Interval, rangeOf, rules } from "../../runtime/launcher/intervals.js";
import { runQuietly, scratchFolder, toolVersion } from "./host-stub.js";

const TRUTHS = ["not", "and", "or"];
const OF_FLOATS = [
  "div",
  "pow",
  "floor",
  "ceil",
  "trunc",
  "round",
  "toInt",
  "sqrt",
  "exp",
  "log",
  "log2",
  "tanh",
  "sin",
  "cos",
];

const between = (lo: number, hi: number, whole = true): Interval => ({ lo, hi, whole });
const [LOW, HIGH] = [-(2 ** 31), 2 ** 31 - 1];
const WHOLE: readonly Interval[] = [
  ...[between(0, 0), between(-7, -7), between(3, 3), between(0, 9), between(-5, 4), between(2, 31), between(-40, -3)],
  ...[between(LOW, HIGH), between(1, HIGH), between(LOW, -1), between(100, 1_000_000), between(33, 70)],
  between(-(2 ** 40), 2 ** 40),
];
const REAL: readonly Interval[] = [
  ...[between(0.5, 0.5, false), between(-2.5, 3.25, false), between(0, 1, false), between(0.1, 7.7, false)],
  ...[between(-9.5, -0.25, false), between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, false), between(2, 8)],
];
const BOOLS: readonly Interval[] = [between(0, 0), between(1, 1), between(0, 1)];

interface Samples {
  readonly expression: JsonExpression;
  /** Ranges of a, b and c. */
  readonly operands: readonly (readonly Interval[])[];
}

const NAMES = ["a", "b", "c"];

function samplesOf(operator: string): Samples {
  const values = TRUTHS.includes(operator) ? BOOLS : OF_FLOATS.includes(operator) ? REAL : WHOLE;
  const arity =
    operator === "select"
      ? 3
      : (rules[operator]?.length ?? 0) >= 2 || ["floorDiv", "truncDiv"].includes(operator)
        ? 2
        : 1;
  const expression: JsonExpression = [operator, ...NAMES.slice(0, arity)];
  if (arity === 1) return { expression, operands: values.map((a) => [a]) };
  const first = operator === "select" ? BOOLS : values;
  const last = arity === 2 ? [] : [between(-1, 12)];
  return { expression, operands: first.flatMap((a) => values.map((b) => [a, b, ...last])) };
}

const variablesOf = (operands: readonly Interval[]): ReadonlyMap<string, Interval> =>
  new Map(operands.map((operand, i) => [NAMES[i] as string, operand]));

const number = (value: number) => doubleLiteral(value);
const literal = ({ lo, hi, whole }: Interval) => `{${number(lo)}, ${number(hi)}, ${whole}}`;

/** A function per operator, and a loop over what it is called with. */
function programOf(all: readonly Samples[]): string {
  const none = () => "";
  const functions = all.map(({ expression, operands }, i) => {
    const scope: RangeScope = { variable: (name) => name, values: none, entries: none };
    const writer = rangeWriter(scope);
    const name = writer.nameOf(expression);
    const parameters = NAMES.slice(0, operands[0]?.length).map((each) => `Range ${each}`);
    return `static Range apply_${i}(${parameters.join(", ")}) {
  ${[...writer.take(), `return ${name};`].join("\n  ")}
}`;
  });
  const loops = all.map(({ operands }, i) => {
    const arity = operands[0]?.length as number;
    const rows = operands.map((row) => `{${row.map(literal).join(", ")}}`);
    const given = NAMES.slice(0, arity).map((_, operand) => `row[${operand}]`);
    return `  static const Range rows_${i}[][${arity}] = {${rows.join(", ")}};
  for (const auto &row : rows_${i}) print(apply_${i}(${given.join(", ")}));`;
  });
  const body = `${functions.join("\n\n")}\n`;
  return `#include <float.h>
#include <math.h>
#include <stdio.h>
${rangeFunctionsFor(body)}
${body}
static void print(Range range) { printf("%.17g %.17g %d\\n", range.lo, range.hi, range.whole); }
int main() {
${loops.join("\n")}
}
`;
}

const near = (a: number, b: number) => a === b || Math.abs(a - b) <= 1e-12 * Math.abs(a);

it.skipIf(toolVersion("g++") === undefined)("C and JavaScript agree on every operator", () => {
  const all = Object.keys(rules).map(samplesOf);
  const samples = all.flatMap(({ expression, operands }) =>
    operands.map((row) => ({ expression, variables: variablesOf(row) })),
  );
  const work = scratchFolder({ "intervals.cpp": programOf(all) });
  afterAll(work.remove);
  runQuietly(
    "g++",
    ["-std=c++17", "-O0", "-Wall", "-Wextra", "-Werror", "intervals.cpp", "-o", "intervals"],
    work.folder,
  );
  const lines = runQuietly(join(work.folder, "intervals"), [], work.folder).trimEnd().split("\n");
  expect(lines).toHaveLength(samples.length);
  const differences = samples.flatMap(({ expression, variables }, i) => {
    const want = rangeOf(expression, { variables, tables: new Map() });
    const [lo = Number.NaN, hi = Number.NaN, whole] = (lines[i] as string)
      .split(" ")
      .map((text) => Number(text.replace("inf", "Infinity")));
    if (near(want.lo, lo) && near(want.hi, hi) && want.whole === (whole === 1)) return [];
    return [
      `${JSON.stringify(expression)} over ${JSON.stringify([...variables.values()])}: ${lines[i]}, expected ${JSON.stringify(want)}`,
    ];
  });
  expect(differences).toEqual([]);
});
