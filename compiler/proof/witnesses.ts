/** Keys that a query may see, as expressions of the query: candidates for showing that every query sees one. */
import { deriveLoops, type Subject } from "../analysis/loops.js";
import { add, binary, type Expr, int, intVar, max, min, sub, substitute } from "../ir/expression.js";
import { simplify } from "../ir/simplify.js";
import type { Axes } from "../plan/pattern.js";
import type { Loop, Region } from "../plan/plan.js";
import { sizeName } from "./premises.js";

/** One expression per key axis. */
type Key = readonly Expr[];

/** Where in its range a key is taken along each axis. */
type Choice = (first: Expr, last: Expr, own: Expr) => Expr;

const CHOICES: readonly Choice[] = [
  (first, last, own) => max(first, min(own, last)),
  (first) => first,
  (_, last) => last,
];

const modulo = (a: Expr, by: Expr) => binary("rem", add(binary("rem", a, by), by), by);

/** The first and the last position of a loop for a single query, on its lattice, given the positions outside it. */
function endsOf({ lower, upper, step, residue }: Loop, at: (e: Expr) => Expr): [Expr, Expr] {
  const [first, last] = [at(lower), at(upper)];
  if (!residue) return [first, last];
  const [start, by] = [at(residue), at(step)];
  return [add(first, modulo(sub(start, first), by)), sub(last, modulo(sub(last, start), by))];
}

/** The query's own position on an axis, moved into the grid of keys; 0 where queries have no such axis. */
const ownOf = ({ query }: Axes, axis: string): Expr => (query.includes(axis) ? intVar(`q.${axis}`) : int(0));

/** Walks a region's loops with one choice per axis. */
function keyOf({ loops }: Region, axes: Axes, choose: Choice): Key {
  const chosen = new Map<string, Expr>();
  const at = (e: Expr): Expr =>
    substitute(e, (name) => {
      const [head, side, axis] = name.split(".") as [string, "q" | "k" | undefined, string];
      // A param has no side, whatever it is called.
      if (side === undefined) return undefined;
      if (head === "origin") return int(0);
      if (head === "last") return sub(intVar(sizeName(axes, side, axis)), int(1));
      if (head === "q" && axis !== undefined) return intVar(`q.${side}`);
      return head === "k" ? chosen.get(side) : undefined;
    });
  for (const loop of loops) {
    const [first, last] = endsOf(loop, at);
    chosen.set(loop.axis, simplify(choose(first, last, ownOf(axes, loop.axis))));
  }
  return loops.map(({ axis }) => chosen.get(axis) as Expr);
}

/** Rounds of keys to try: first the query's own place, then for every region its place clamped, first and last keys. */
export function keysToTry(axes: Axes, subject: Subject): Key[][] {
  const single = { query: axes.query.map(() => 1), key: axes.key.map(() => 1) };
  const { regions } = deriveLoops(subject, single, "query-tile");
  const own = axes.key.map((axis) => ownOf(axes, axis));
  return [[own], [own, ...regions.flatMap((region) => CHOICES.map((choose) => keyOf(region, axes, choose)))]];
}
