/**
 * A pattern over keys that lie in slots, in any order: the position of a slot along one axis is read from a table.
 *
 *   k.t <= q.t   becomes   slotOf_t(k.t) <= q.t   where k.t counts slots
 *
 * A cache that keeps whatever frames a pattern still needs is then one operand, and one kernel serves it.
 */
import { type Expr, intVar, lookup, rebuild } from "./ir/expression.js";
import type { Pattern } from "./plan/pattern.js";

/** The table of positions by slot. */
export const slotTable = (axis: string): string => `slotOf_${axis}`;

/** The pattern with keys in slots along an axis of its one grid. Extents of the grid are those of the queries' side. */
export function slotted(pattern: Pattern, axis: string): Pattern {
  const table = slotTable(axis);
  const placed = (e: Expr): Expr =>
    rebuild(e, (part) => {
      if (part.kind !== "var") return part;
      if (part.name === `k.${axis}`) return lookup(table, "int", [part]);
      return part.name.startsWith("size.k.") ? intVar(part.name.replace("size.k.", "size.q.")) : part;
    });
  return {
    ...pattern,
    name: `${pattern.name}Slots`,
    sentence: `${pattern.sentence} Keys lie in slots along ${axis}, in any order.`,
    axes: { ...pattern.axes, shared: false },
    tables: [
      ...pattern.tables,
      { name: table, type: "int", labels: [{ name: "slot", tie: "free" }], min: 0, sorted: false },
    ],
    attend: placed(pattern.attend),
    ...(pattern.score ? { score: placed(pattern.score) } : {}),
    texts: new Map([...pattern.texts].map(([e, text]) => [placed(e), text])),
  };
}
