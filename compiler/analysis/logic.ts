/** The shape of a condition: negations pushed inward, conjunctions split into atoms, disjunctions into regions. */
import { and, binary, type Expr, FALSE, int, neg, not, or, select, sub, TRUE, variablesOf } from "../ir/expression.js";
import { simplify } from "../ir/simplify.js";

/**
 * Negation normal form: only `and`, `or` and atoms; `!(a < b)` is `b <= a` for integers; a choice between conditions
 * is a disjunction of conjunctions; `|x| <= c`, `max(a, b) <= c` and their like are conjunctions.
 */
export function normalised(e: Expr, negated = false): Expr {
  if (e.kind === "unary" && e.op === "not") return normalised(e.a, !negated);
  if (e.kind === "binary" && (e.op === "and" || e.op === "or")) {
    const join = (e.op === "and") !== negated ? and : or;
    return simplify(join(normalised(e.a, negated), normalised(e.b, negated)));
  }
  if (e.kind === "select" && e.type === "bool") {
    const yes = and(normalised(e.condition), normalised(e.a, negated));
    const no = and(normalised(e.condition, true), normalised(e.b, negated));
    return simplify(or(yes, no));
  }
  if (e.kind === "binary" && (e.op === "eq" || e.op === "ne") && e.a.type === "bool") {
    const same = (e.op === "eq") !== negated;
    return normalised(select(e.a, same ? e.b : not(e.b), same ? not(e.b) : e.b));
  }
  return splitAtom(simplify(negated ? not(e) : e));
}

/** `max(a, b) <= c`, `c <= min(a, b)` and `|x| <= c` become conjunctions; any other atom stays. */
function splitAtom(e: Expr): Expr {
  if (e.kind !== "binary" || (e.op !== "lt" && e.op !== "le") || e.a.type !== "int") return e;
  const compare = (a: Expr, b: Expr) => splitAtom(simplify(binary(e.op, a, b)));
  if (e.a.kind === "unary" && e.a.op === "abs") return and(compare(e.a.a, e.b), compare(neg(e.a.a), e.b));
  if (e.a.kind === "binary" && e.a.op === "max") return and(compare(e.a.a, e.b), compare(e.a.b, e.b));
  if (e.b.kind === "binary" && e.b.op === "min") return and(compare(e.a, e.b.a), compare(e.a, e.b.b));
  return e;
}

/** The parts of nested `and`s (or `or`s). */
export function partsOf(e: Expr, op: "and" | "or"): Expr[] {
  return e.kind === "binary" && e.op === op ? [...partsOf(e.a, op), ...partsOf(e.b, op)] : [e];
}

/** Conjunctions and disjunctions of lists. */
export const all = (parts: readonly Expr[]): Expr => simplify(parts.reduce(and, TRUE));
export const any = (parts: readonly Expr[]): Expr => simplify(parts.reduce(or, FALSE));

/** The integer expressions that an atom says are at least 0; none for an atom of another kind. */
export function atLeastZero(atom: Expr): Expr[] {
  if (atom.kind !== "binary" || atom.a.type !== "int") return [];
  if (atom.op === "lt") return [sub(sub(atom.b, atom.a), int(1))];
  if (atom.op === "le") return [sub(atom.b, atom.a)];
  if (atom.op === "eq") return [sub(atom.b, atom.a), sub(atom.a, atom.b)];
  return [];
}

/** One conjunction of a disjunction; a part may itself be an `or` that was not worth splitting. */
export type Conjunction = readonly Expr[];

/**
 * The conjunctions whose disjunction is a normalised condition. An `or` is split only where `worth` says so; where
 * more than `limit` would come out, nothing is split.
 */
export function conjunctionsOf(e: Expr, worth: (or: Expr) => boolean, limit: number): Conjunction[] {
  const expand = (part: Expr): Expr[][] | undefined => {
    if (part.kind === "binary" && part.op === "or") {
      const branches = partsOf(part, "or").map(expand);
      if (!branches.every((branch) => branch !== undefined)) return undefined;
      const flat = branches.flat();
      return flat.length > 1 && !worth(part) ? [[part]] : flat;
    }
    let product: Expr[][] = [[]];
    for (const factor of partsOf(part, "and")) {
      const choices = factor.kind === "binary" && factor.op === "or" ? expand(factor) : [[factor]];
      if (!choices) return undefined;
      product = product.flatMap((so) => choices.map((choice) => [...so, ...choice]));
      if (product.length > limit) return undefined;
    }
    return product;
  };
  const split = expand(e);
  const found = split && split.length <= limit ? split : [partsOf(e, "and")];
  return found.map((parts) => [...new Set(parts)]);
}

/** Whether two conjunctions cannot hold together because one has an atom that the other denies. */
export function contradict(a: Conjunction, b: Conjunction): boolean {
  return a.some((part) => b.includes(normalised(part, true)));
}

/** Whether an expression reads any position of a side. */
export const reads = (e: Expr, side: "q" | "k"): boolean =>
  [...variablesOf(e)].some((name) => name.startsWith(`${side}.`));
