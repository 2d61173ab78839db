/** `sum`, `mean` and `max` in the value of an operation: their ranges, their body, and the variable that stands for the result. */
import type { CallExpression } from "ts-morph";
import { type Expr, int, intVar, nodesOf, substitute, variable } from "../ir/expression.js";
import type { Range, Reduction } from "../plan/tensor.js";
import { type Context, report, textOf } from "./context.js";
import { callFunction } from "./functions.js";
import { arithmetic, asFloat, isConst } from "./numbers.js";
import { numberIn, scalarOf } from "./operators.js";
import {
  describe,
  FAULT,
  type FunctionValue,
  type Intrinsic,
  type Placed,
  type Reducing,
  scalar,
  type Value,
} from "./values.js";

const REDUCING: ReadonlySet<string> = new Set<Reducing>(["sum", "mean", "max"]);

export const isReducing = (name: Intrinsic): name is Reducing => REDUCING.has(name);

/** Whether an extent is known where a launch is bound: of sizes and int params. */
const isBound = (e: Expr, { params }: Context): boolean =>
  e.type === "int" &&
  nodesOf(e).every((node) => {
    if (node.kind === "lookup" || node.type === "float") return false;
    return node.kind !== "var" || node.name.startsWith("size.") || params.has(node.name);
  });

function extentOf(name: string, placed: Placed, context: Context): Expr | undefined {
  const e = numberIn(placed, name, context);
  if (!e) return undefined;
  if (isBound(e, context) && !(isConst(e) && e.value < 1)) return e;
  report(
    context,
    "range-extent",
    { name, found: isConst(e) ? String(e.value) : `\`${textOf(placed.node)}\`` },
    placed.node,
  );
  return undefined;
}

/** The names that the body gives its indices, where they are plain; others are made up. */
function namesOf({ node }: FunctionValue, count: number): readonly string[] {
  const given = node.getParameters().map((each) => each.getName());
  return Array.from({ length: count }, (_, i) => {
    const own = given[i] ?? "";
    if (/^\w+$/.test(own)) return own;
    let made = `i${i}`;
    while (given.includes(made)) made += "_";
    return made;
  });
}

/** `sum0`, `max1`: in order, and not what a param is called. */
function nextName(op: Reduction["op"], { reductions, params }: Context): string {
  while (params.has(`${op}${reductions.next}`)) reductions.next++;
  return `${op}${reductions.next++}`;
}

/** One made before with the same ranges and body, under other names. */
function alike(reduction: Reduction, made: readonly Reduction[]): Reduction | undefined {
  return made.find(({ op, ranges, body }) => {
    if (op !== reduction.op || ranges.length !== reduction.ranges.length) return false;
    if (ranges.some(({ extent }, i) => extent !== reduction.ranges[i]?.extent)) return false;
    const own = new Map(reduction.ranges.map(({ name }, i) => [name, intVar((ranges[i] as Range).name)]));
    return substitute(reduction.body, (name) => own.get(name)) === body;
  });
}

/** Of one operation: each is compared with those before. */
const MOST_REDUCTIONS = 256;

/** Reads the body at the ranges' variables; the variable of the result, undefined once a fault is reported. */
function reduce(
  name: Reducing,
  extents: readonly Expr[],
  body: FunctionValue,
  call: CallExpression,
  context: Context,
): Expr | undefined {
  const { reductions } = context;
  if (reductions.made.length >= MOST_REDUCTIONS) {
    report(context, "too-large", { name }, call);
    return undefined;
  }
  const result = nextName(name === "max" ? "max" : "sum", context);
  const names = namesOf(body, extents.length);
  const ranges = extents.map((extent, i): Range => ({ name: `${result}.${names[i]}`, extent }));
  const indices = ranges.map((range): Placed => ({ value: scalar(intVar(range.name)), node: body.node }));
  const value = callFunction(body, indices, call, context);
  const e = scalarOf({ value, node: body.node }, context);
  if (e?.type === "bool") {
    report(context, "reduction-form", { name, found: "one that gives a boolean" }, body.node);
  }
  if (!e || e.type === "bool") return undefined;
  const reduction: Reduction = { name: result, op: name === "max" ? "max" : "sum", ranges, body: asFloat(e) };
  const known = alike(reduction, reductions.made);
  if (!known) reductions.made.push(reduction);
  return variable((known ?? reduction).name, "float");
}

export function callReduction(name: Reducing, args: readonly Placed[], call: CallExpression, context: Context): Value {
  const { mode, reduces } = context;
  if (mode !== "value" || !reduces) {
    const here = mode === "module" ? "a constant" : `\`${mode}\``;
    const place = mode === "value" ? "an operation that a pattern calls" : here;
    return report(context, "reduction-place", { name, place }, call);
  }
  if (args.some(({ value }) => value.kind === "fault")) return FAULT;
  const body = args.at(-1);
  const fn = body?.value.kind === "member" ? body.value.value : body?.value;
  const given = args.slice(0, -1);
  if (!body || fn?.kind !== "function" || given.length < 1 || given.length > 4) {
    const found = body && fn?.kind !== "function" ? `${describe(body.value)} at the end` : `${given.length} extents`;
    return report(context, "reduction-form", { name, found }, call, [call.getExpression(), ...call.getArguments()]);
  }
  const extents = given.flatMap((each) => extentOf(name, each, context) ?? []);
  if (extents.length < given.length) return FAULT;
  const result = reduce(name, extents, fn, call, context);
  if (!result) return FAULT;
  const count = asFloat(extents.reduce((a, b) => arithmetic("mul", a, b), int(1)));
  return scalar(name === "mean" ? arithmetic("div", result, count) : result);
}
