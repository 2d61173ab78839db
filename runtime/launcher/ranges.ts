/** Bounds every integer expression that the manifest lists for the actual grid and params, before anything runs. */
import type { Manifest } from "../../compiler/plan/manifest.js";
import { between, type Interval, point, rangeOf, type Scope } from "./intervals.js";
import { type Problem, problem, type Subject } from "./messages.js";
import type { Grid } from "./numbers.js";
import type { Table } from "./types.js";

function valuesOf({ data }: Table): Interval {
  let [lo, hi] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let whole = data instanceof Int32Array;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (Number.isNaN(value)) return { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY, whole: false };
    if (value < lo) lo = value;
    if (value > hi) hi = value;
  }
  whole ||= lo === hi && Number.isInteger(lo);
  return { lo, hi, whole };
}

/** The range of every variable of the pattern, and those that the analysis adds: `q.<axis>.lo`, `origin.q.<axis>`, ... */
export function scopeOf(
  { tables: declared }: Pick<Manifest, "tables">,
  grid: Grid,
  params: ReadonlyMap<string, number>,
  tables: { readonly [name: string]: Table },
): Scope {
  const variables = new Map<string, Interval>([
    ["head", between(0, grid.heads - 1)],
    ["batch", between(0, grid.batches - 1)],
    ["s", { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY, whole: false }],
  ]);
  for (const side of ["q", "k"] as const) {
    const { axes, origin, extent, size } = grid[side];
    for (const [i, axis] of axes.entries()) {
      const [first, count] = [origin[i] as number, extent[i] as number];
      const range = between(first, first + count - 1);
      for (const end of ["", ".lo", ".hi"]) variables.set(`${side}.${axis}${end}`, range);
      variables.set(`origin.${side}.${axis}`, point(first));
      variables.set(`extent.${side}.${axis}`, point(count));
      variables.set(`size.${side}.${axis}`, point(size[i] as number));
    }
  }
  for (const [name, value] of params) variables.set(name, point(value));
  const sorted = new Set(
    declared.filter(({ sorted, labels }) => sorted && labels.length === 1).map(({ name }) => name),
  );
  const entries = Object.entries(tables).map(([name, table]) => {
    const known = { values: valuesOf(table), entries: table.shape.at(-1) as number };
    return [name, sorted.has(name) ? { ...known, sorted: table.data } : known] as const;
  });
  return { variables, tables: new Map(entries) };
}

export function checkRanges(
  checks: Manifest["checks"],
  scope: Scope,
  problems: Problem[],
  subject: Subject = "pattern",
): void {
  for (const { kind, text, isDerived = false, expression } of checks) {
    const { lo, hi } = rangeOf(expression, scope);
    if (kind === "nonzero") {
      if (lo <= 0 && hi >= 0) problems.push(problem("zero-divisor", text, isDerived, subject));
    } else if (lo < -(2 ** 31)) problems.push(problem("integer-overflow", text, isDerived, lo, subject));
    else if (hi > 2 ** 31 - 1) problems.push(problem("integer-overflow", text, isDerived, hi, subject));
  }
}
