/** Bounds of a row -> claims: by them a query sees exactly the pairs of the region's condition. */
import { bool, type Expr, intVar, le, variablesOf } from "../ir/expression.js";
import { partsOfRow, type RowBounds } from "../plan/plan.js";
import { conjunction, type Statement } from "./statement.js";

/** `pair` says where the pair lies; `name` is how claims name the region. */
export function claimsOfRow(
  { row, attend }: { readonly row?: RowBounds; readonly attend: Expr },
  axis: string,
  pair: readonly Expr[],
  name: string,
): Statement[] {
  if (!row) return [];
  const at = intVar(`k.${axis}`);
  const { sees, lower, upper } = row;
  const byBounds = conjunction([sees, ...(lower ? [le(lower, at)] : []), ...(upper ? [le(at, upper)] : [])]);
  const standsStill = partsOfRow(row).every((part) => !variablesOf(part).has(`k.${axis}`));
  return [
    {
      kind: "tiles",
      text: `the bounds of a row${name} depend on its query and on the outer key axes alone`,
      assumptions: [],
      goal: bool(standsStill),
    },
    {
      kind: "tiles",
      text: `the bounds of a row${name} hold every pair that attends`,
      assumptions: [...pair, attend],
      goal: byBounds,
    },
    {
      kind: "tiles",
      text: `the bounds of a row${name} hold no other pair`,
      assumptions: [...pair, byBounds],
      goal: attend,
    },
  ];
}
