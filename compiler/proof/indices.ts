/** Plan -> claims: wherever a pair that attends reads a table, it reads it within its extents. */
import { and, type Expr, int, intVar, le, lt, not, operands, or, TRUE } from "../ir/expression.js";
import { print } from "../ir/print.js";
import { type Claim, entriesOf } from "../plan/claim.js";
import type { Domain } from "./premises.js";
import { closed, conjunction, disjunction } from "./statement.js";

type Lookup = Extract<Expr, { kind: "lookup" }>;

/** The lookups of an expression with the conditions under which it reads them: `&&`, `||` and choices read in part. */
function readsOf(root: Expr): Map<Lookup, Expr[]> {
  const found = new Map<Lookup, Expr[]>();
  const seen = new Map<Expr, Set<Expr>>();
  const visit = (e: Expr, path: Expr): void => {
    const paths = seen.get(e) ?? new Set();
    if (paths.has(path) || paths.has(TRUE)) return;
    seen.set(e, paths.add(path));
    const under = (part: Expr, condition: Expr) => visit(part, path === TRUE ? condition : and(path, condition));
    if (e.kind === "lookup") found.set(e, [...(found.get(e) ?? []), path]);
    if (e.kind === "binary" && (e.op === "and" || e.op === "or")) {
      visit(e.a, path);
      under(e.b, e.op === "and" ? e.a : not(e.a));
    } else if (e.kind === "select") {
      visit(e.condition, path);
      under(e.a, e.condition);
      under(e.b, not(e.condition));
    } else for (const part of operands(e)) visit(part, path);
  };
  visit(root, TRUE);
  return found;
}

const within = ({ table, indices }: Lookup): Expr =>
  conjunction(indices.flatMap((index, i) => [le(int(0), index), lt(index, intVar(entriesOf(table, i)))]));

/** What the claims about tables prove: a condition whose pairs attend reads its tables within their extents. */
export const readsWithin = (attend: Expr): Expr[] =>
  [...readsOf(attend)].map(([e, paths]) => (paths.includes(TRUE) ? within(e) : or(not(disjunction(paths)), within(e))));

/** One claim per lookup of the condition and the score. */
export function claimsOfIndices(attend: Expr, score: Expr, domain: Domain): Claim[] {
  const reads = [...readsOf(attend), ...readsOf(score)];
  return reads.map(([e, paths]) => {
    const text = `every pair that attends reads \`${print(e)}\` within the table`;
    const assumptions = [attend, ...(paths.includes(TRUE) ? [] : [disjunction(paths)])];
    return closed({ kind: "tables", text, assumptions, goal: within(e) }, domain);
  });
}
