/** What must hold for the actual grid and params: no integer leaves 32 bits and no divisor is 0. Evaluated by the launcher. */
import { add, type Expr, int, intVar, mul, nodesOf, sub } from "../ir/expression.js";
import { print } from "../ir/print.js";
import { simplify } from "../ir/simplify.js";
import type { JsonExpression, RangeCheck } from "./manifest.js";
import type { Pattern } from "./pattern.js";
import { type AttentionPlan, type Loop, type LoopNest, partsOfRow } from "./plan.js";

const GROWS = ["add", "sub", "mul", "neg", "square", "shl", "ushr", "ipow", "toInt"];
/** These leave 32 bits only for the smallest int32: its size, and its quotient by -1. */
const GROWS_ONCE = ["abs", "floorDiv", "truncDiv"];
const CAN_GROW: ReadonlySet<string> = new Set([...GROWS, ...GROWS_ONCE]);
const DIVIDES: ReadonlySet<string> = new Set(["rem", "floorDiv", "truncDiv"]);

/** An expression as JSON. `last.<side>.<axis>` is written as origin plus extent minus 1. */
export function jsonOf(e: Expr): JsonExpression {
  switch (e.kind) {
    case "const":
      return e.value;
    case "var": {
      const place = /^last\.(.*)$/.exec(e.name)?.[1];
      return place ? ["sub", ["add", `origin.${place}`, `extent.${place}`], 1] : e.name;
    }
    case "lookup":
      return ["lookup", e.table, ...e.indices.map(jsonOf)];
    case "search":
      return ["search", e.table, jsonOf(e.value), e.strict];
    case "unary":
      return [e.op, jsonOf(e.a)];
    case "binary":
      return [e.op, jsonOf(e.a), jsonOf(e.b)];
    case "select":
      return ["select", jsonOf(e.condition), jsonOf(e.a), jsonOf(e.b)];
  }
}

/** Every expression that a loop evaluates: its parts, how it finds its start on a lattice, and where it steps last. */
function expressionsOfLoop({ lower, upper, step, residue, live }: Loop, extent: number): Expr[] {
  const beyond = add(upper, mul(int(extent), step));
  const start = residue ? [simplify(sub(residue, lower)), simplify(add(lower, step))] : [];
  return [lower, upper, step, simplify(beyond), live, ...start];
}

/** Every expression that a loop nest evaluates; `extents` are those of its boxes. */
function expressionsOf({ regions }: LoopNest, extents: readonly number[]): Expr[] {
  return regions.flatMap(({ guard, loops, full, attend, row }) => [
    guard,
    ...loops.flatMap((loop, i) => expressionsOfLoop(loop, extents[i] as number)),
    full,
    attend,
    ...partsOfRow(row),
  ]);
}

/** The checks of a plan: first those of the declared functions, then those of what was derived from them. */
export function checksOf(plan: AttentionPlan): RangeCheck[] {
  const { pattern } = plan;
  const declared = nodesOf(pattern.attend, ...(pattern.score ? [pattern.score] : []));
  const tileEnds = pattern.axes.query.map((axis, i) =>
    add(intVar(`last.q.${axis}`), int(plan.tiles.query[i] as number)),
  );
  const derived = expressionsOf(plan.forward, plan.tiles.key);
  const nodes = new Set([...declared, ...nodesOf(...derived, ...tileEnds)]);
  return checksAmong(nodes, pattern);
}

/** What was declared, as far as checks need it: promises of params, and how integers were written. */
export type Declared = Pick<Pattern, "params" | "texts">;

/** The checks of some expressions, each once. */
export function checksAmong(nodes: Iterable<Expr>, declared: Declared): RangeCheck[] {
  const named = (e: Expr): Pick<RangeCheck, "text" | "isDerived"> => {
    const written = declared.texts.get(e)?.text;
    return written === undefined ? { text: print(e), isDerived: true } : { text: written };
  };
  const checks: RangeCheck[] = [];
  for (const e of nodes) {
    if (e.type === "int" && (e.kind === "unary" || e.kind === "binary") && CAN_GROW.has(e.op)) {
      checks.push({ kind: "int32", ...named(e), expression: jsonOf(e) });
    }
    if (e.type === "int" && e.kind === "binary" && DIVIDES.has(e.op) && !isPositive(e.b, declared)) {
      checks.push({ kind: "nonzero", ...named(e.b), expression: jsonOf(e.b) });
    }
  }
  const known = new Set<string>();
  return checks.filter(({ kind, expression }) => {
    const key = `${kind} ${JSON.stringify(expression)}`;
    return known.has(key) ? false : known.add(key);
  });
}

/** Divisors whose declared bounds already exclude 0. */
function isPositive(e: Expr, { params }: Declared): boolean {
  if (e.kind === "const") return e.value !== 0;
  const param = e.kind === "var" && params.find((each) => each.name === e.name);
  return Boolean(param && ((param.min ?? 0) >= 1 || (param.max ?? 0) <= -1));
}
