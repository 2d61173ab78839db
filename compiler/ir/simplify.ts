/** Applies the rewrite rules and folds constants, bottom-up, until nothing changes. Keeps the meaning of every node. */
import { foldBinary, foldUnary } from "./evaluate.js";
import { constant, type Expr, operands, rebuild, substitute } from "./expression.js";
import { type Rule, rules } from "./rules.js";

const COMMUTATIVE: ReadonlySet<string> = new Set(["add", "mul", "min", "max", "and", "or", "eq", "ne"]);

type Bindings = Map<string, Expr>;

/** Matches an expression against a pattern; on success gives what the names with `?` stand for. */
function match(pattern: Expr, e: Expr, bound: Bindings): Bindings | undefined {
  if (pattern.kind === "var") {
    if (pattern.type !== e.type) return undefined;
    const known = bound.get(pattern.name);
    if (known) return known === e ? bound : undefined;
    return new Map(bound).set(pattern.name, e);
  }
  if (pattern.kind === "const") return pattern === e ? bound : undefined;
  if (pattern.kind === "unary" && e.kind === "unary") {
    return pattern.op === e.op ? match(pattern.a, e.a, bound) : undefined;
  }
  if (pattern.kind === "binary" && e.kind === "binary") {
    if (pattern.op !== e.op) return undefined;
    const inOrder = (a: Expr, b: Expr) => {
      const left = match(pattern.a, a, bound);
      return left && match(pattern.b, b, left);
    };
    return inOrder(e.a, e.b) ?? (COMMUTATIVE.has(e.op) ? inOrder(e.b, e.a) : undefined);
  }
  if (pattern.kind === "select" && e.kind === "select") {
    const parts = operands(pattern).map((part, i) => [part, operands(e)[i] as Expr] as const);
    return parts.reduce<Bindings | undefined>((so, [part, own]) => so && match(part, own, so), bound);
  }
  return undefined;
}

const headOf = (e: Expr) => `${e.kind} ${e.type} ${e.kind === "unary" || e.kind === "binary" ? e.op : ""}`;

const byHead = new Map<string, Rule[]>();
for (const rule of rules) byHead.set(headOf(rule.from), [...(byHead.get(headOf(rule.from)) ?? []), rule]);

function fold(e: Expr): Expr {
  if (e.kind === "unary" && e.a.kind === "const") {
    return constant(e.type, foldUnary(e.op, e.type, e.a.value));
  }
  if (e.kind === "binary" && e.a.kind === "const" && e.b.kind === "const") {
    const value = foldBinary(e.op, e.type, e.a.value, e.b.value);
    const safe = e.type !== "int" || (Number.isInteger(value) && Math.abs(value) <= 2 ** 31);
    return safe ? constant(e.type, value) : e;
  }
  return e;
}

/** One application at the root: a fold or the first rule that matches; the same object where nothing applies. */
export function rewriteOnce(e: Expr, from: ReadonlyMap<string, readonly Rule[]> = byHead): Expr {
  const folded = fold(e);
  if (folded !== e) return folded;
  for (const rule of from.get(headOf(e)) ?? []) {
    const bound = match(rule.from, e, new Map());
    if (bound) return substitute(rule.to, (name) => bound.get(name));
  }
  return e;
}

const simplified = new Map<Expr, Expr>();

/** The simplest form that the rules reach. */
export function simplify(root: Expr): Expr {
  return rebuild(
    root,
    (e) => {
      const next = rewriteOnce(e);
      return next === e ? e : simplify(next);
    },
    simplified,
  );
}
