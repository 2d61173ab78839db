/** The extents that a declaration states for the free dimensions of its tables, computed by calling its own functions. */
import type { AnyAttention } from "./attention.js";
import type { Table } from "./tables.js";

/**
 * One entry per label: the declared extent, undefined where the label ties it or where nothing is declared.
 * @throws RangeError where what is declared is not one positive integer for each free dimension.
 */
export function declaredExtents(
  pattern: AnyAttention,
  name: string,
  params: { readonly [param: string]: number },
): readonly (number | undefined)[] {
  const { labels, extents } = pattern.tables[name] as Table;
  if (!extents) return labels.map(() => undefined);
  const axes = "query" in pattern.axes ? [...pattern.axes.query, ...pattern.axes.key] : pattern.axes;
  const tied: ReadonlySet<string> = new Set([...axes, "head", "batch"]);
  const free = labels.filter((label) => !tied.has(label));
  const ints = Object.entries(params).filter(([param]) => pattern.params[param]?.kind === "int");
  const values = [...extents(Object.fromEntries(ints) as never)];
  if (values.length !== free.length) {
    throw new RangeError(`table '${name}' declares ${values.length} extents, of ${free.length} free dimensions`);
  }
  const bad = values.findIndex((extent) => !(Number.isInteger(extent) && extent > 0));
  if (bad >= 0) {
    const what = `dimension '${free[bad]}' of table '${name}'`;
    throw new RangeError(`the declared extent of ${what} is ${values[bad]}, expected a positive integer`);
  }
  return labels.map((label) => (tied.has(label) ? undefined : values.shift()));
}
