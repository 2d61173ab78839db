/** Parts of a pattern that one side of a pair decides alone: computed once per row or once per key, not once per pair. */
import { type Expr, nodesOf, operands, variable, variablesOf, withOperands } from "../../compiler/ir/expression.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { Scalar } from "./dialect.js";

export interface Part {
  /** How it is spelled: `row_0`, `column_0`. */
  readonly name: string;
  /** Its variable in the conditions: `row.0`, as no param can be called. */
  readonly variable: string;
  readonly e: Expr;
}

/** `document(q.i) === document(k.i)` -> `row_0 === column_0`. */
export interface Hoisted {
  readonly rows: readonly Part[];
  readonly columns: readonly Part[];
  /** One condition per region, over the variables of the parts too. */
  readonly attends: readonly Expr[];
}

const reads = (e: Expr, side: string) => [...variablesOf(e)].some((name) => name.startsWith(`${side}.`));
const readsTable = (e: Expr) => nodesOf(e).some(({ kind }) => kind === "lookup" || kind === "search");

/** A row's arithmetic is worth a name; a key's would be kept in an array, which only reading a table is worth. */
function sideOf(e: Expr): "row" | "column" | undefined {
  if (e.kind === "const" || e.kind === "var") return undefined;
  const [ofQuery, ofKey] = [reads(e, "q"), reads(e, "k")];
  if (ofQuery && !ofKey) return "row";
  return ofKey && !ofQuery && e.type !== "bool" && readsTable(e) ? "column" : undefined;
}

/** Takes the largest such parts out of the conditions of all regions. */
export function hoisted({ forward }: AttentionPlan): Hoisted {
  const parts = { row: new Map<Expr, Part>(), column: new Map<Expr, Part>() };
  const take = (e: Expr): Expr => {
    const side = sideOf(e);
    if (!side) return withOperands(e, operands(e).map(take));
    const { size } = parts[side];
    const known = parts[side].get(e) ?? { name: `${side}_${size}`, variable: `${side}.${size}`, e };
    parts[side].set(e, known);
    return variable(known.variable, e.type);
  };
  const attends = forward.regions.map(({ attend }) => take(attend));
  return { rows: [...parts.row.values()], columns: [...parts.column.values()], attends };
}

/** The type of a part in a kernel. */
export const typeOfPart = ({ e }: Part): Scalar => (({ int: "i32", float: "f32", bool: "bool" }) as const)[e.type];
