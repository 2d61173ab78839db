/** Pattern -> subject of the derivation: constants put in, logic normalised, disjunctions split, dead parts removed. */
import { type Expr, FALSE, float, int, intVar, sub, substitute, TRUE } from "../ir/expression.js";
import { print } from "../ir/print.js";
import { simplify } from "../ir/simplify.js";
import type { Axes, Pattern } from "../plan/pattern.js";
import type { Fact, Scope } from "./bounds.js";
import { factsOf, sameForm } from "./facts.js";
import type { Interval } from "./interval.js";
import { all, any, type Conjunction, conjunctionsOf, normalised, partsOf } from "./logic.js";
import { latticeOf, type Subject } from "./loops.js";
import { fullOf, liveOf } from "./pair-tests.js";
import { differenceRange, rangesOf } from "./ranges.js";
import { solve } from "./solve.js";

/** Beyond so many conjunctions a disjunction is visited as one region: the hull of its parts, filtered by `live`. */
export const REGION_LIMIT = 8;

export interface Analysis {
  readonly subject: Subject;
  /** `attend` and `score` with constants put in. */
  readonly attend: Expr;
  readonly score: Expr | undefined;
  readonly verdict: Verdict;
}

/** Whether the pattern depends on the pair at all. */
export type Verdict =
  | { readonly kind: "sparse" }
  | { readonly kind: "always" }
  | { readonly kind: "never"; readonly reason: string };

/** Puts values of params in and writes the extents of a shared grid in one way. */
function specialise(e: Expr, pattern: Pattern, constants: ReadonlyMap<string, number>): Expr {
  return simplify(
    substitute(e, (name) => {
      const value = constants.get(name);
      const param = pattern.params.find((each) => each.name === name);
      if (value !== undefined && param) return param.type === "int" ? int(value) : float(Math.fround(value));
      return pattern.axes.shared && name.startsWith("size.k.") ? intVar(`size.q.${name.slice(7)}`) : undefined;
    }),
  );
}

/** Every position of both grids: what holds over this box holds for every pair. */
function gridScope(pattern: Pattern, axes: Axes, facts: readonly Fact[] = []): Scope {
  const end = (side: "q" | "k", axis: string): [string, Interval] => [
    `${side}.${axis}`,
    { lo: int(0), hi: sub(intVar(`size.${axes.shared ? "q" : side}.${axis}`), int(1)) },
  ];
  const box = new Map([...axes.query.map((axis) => end("q", axis)), ...axes.key.map((axis) => end("k", axis))]);
  return { box, facts, ranges: rangesOf(pattern), sorted: sortedTables(pattern), memo: new Map() };
}

const sortedTables = (pattern: Pattern) =>
  new Set(pattern.tables.filter((table) => table.sorted && table.labels.length === 1).map((table) => table.name));

/** Drops what holds for every pair and cuts what holds for none. */
function pruned(e: Expr, scope: Scope): Expr {
  if (e.kind === "binary" && e.op === "and") return all(partsOf(e, "and").map((part) => pruned(part, scope)));
  if (e.kind === "binary" && e.op === "or") return any(partsOf(e, "or").map((part) => pruned(part, scope)));
  if (fullOf(e, scope) === TRUE) return TRUE;
  return liveOf(e, scope) === FALSE ? FALSE : e;
}

/** The pattern's constants put in, its logic split into conjunctions that a derivation can solve. */
export function analyse(pattern: Pattern, constants: ReadonlyMap<string, number> = new Map()): Analysis {
  const { axes } = pattern;
  const bounded = { ...pattern, params: pattern.params.filter((param) => !constants.has(param.name)) };
  const attend = specialise(pattern.attend, pattern, constants);
  const score = pattern.score && specialise(pattern.score, pattern, constants);
  const scope = gridScope(bounded, axes);
  const logic = normalised(attend);
  const condition = pruned(logic, scope);
  const candidates = conjunctionsOf(condition, (or) => isWorthSplitting(or, axes, scope), REGION_LIMIT);
  const conflicts = candidates.map((own) => conflictOf(own, bounded));
  const conjunctions = withoutRepeats(candidates.filter((_, i) => conflicts[i] === undefined));
  const subject = { axes, ranges: scope.ranges, sorted: scope.sorted, conjunctions };
  return { subject, attend, score, verdict: verdictOf(condition, logic, scope, conflicts) };
}

function verdictOf(condition: Expr, logic: Expr, scope: Scope, conflicts: readonly (string | undefined)[]): Verdict {
  if (condition === TRUE) return { kind: "always" };
  if (condition === FALSE) return { kind: "never", reason: reasonFor(logic, scope) };
  const reasons = conflicts.filter((conflict) => conflict !== undefined);
  return reasons.length === conflicts.length ? { kind: "never", reason: reasons.join("; and ") } : { kind: "sparse" };
}

/** Which atom rules every pair out. */
function reasonFor(logic: Expr, scope: Scope): string {
  if (logic === FALSE) return "its parts exclude each other";
  const dead = [...partsOf(logic, "and")].find((part) => liveOf(part, scope) === FALSE);
  return dead ? `'${print(dead)}' holds for no pair of positions` : "no part of it holds for any pair of positions";
}

/** Two atoms of a conjunction that bound the same form apart, in words; undefined where there is none. */
function conflictOf(own: Conjunction, pattern: Pattern): string | undefined {
  const ranges = rangesOf(pattern);
  const known = own.flatMap((atom) => factsOf(atom).map((fact) => ({ atom, fact })));
  for (const { atom, fact } of known) {
    for (const other of known) {
      if (!fact.lo || !other.fact.hi || !sameForm(fact, other.fact)) continue;
      if (differenceRange(ranges, other.fact.hi, fact.lo)[1] < 0) {
        return atom === other.atom
          ? `'${print(atom)}' never holds`
          : `'${print(atom)}' and '${print(other.atom)}' exclude each other`;
      }
    }
  }
  return undefined;
}

/** A conjunction that says all that another one says adds no pair. */
function withoutRepeats(conjunctions: readonly Conjunction[]): Conjunction[] {
  return conjunctions.filter((own, i) =>
    conjunctions.every((other, j) => {
      if (i === j || !other.every((part) => own.includes(part))) return true;
      return other.length === own.length && i < j;
    }),
  );
}

/** Whether some branch bounds an axis or puts it on a lattice, so that visiting it by itself leaves tiles out. */
function isWorthSplitting(or: Expr, axes: Axes, scope: Scope): boolean {
  const unknowns = [...axes.key.map((axis) => `k.${axis}`), ...axes.query.map((axis) => `q.${axis}`)];
  return partsOf(or, "or").some((branch) =>
    unknowns.some((unknown) => {
      const { lo, hi } = solve(branch, { unknown, scopes: [scope] });
      const others = new Map([...scope.box].map(([name, ends]) => [name, { lo: ends.lo, hi: ends.lo }]));
      return lo || hi || latticeOf(partsOf(branch, "and"), unknown, { ...scope, box: others, memo: new Map() });
    }),
  );
}
