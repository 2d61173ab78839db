/** The box of keys that a part of a launch can read, by interval arithmetic on the ends of the kernel's loops: never too small. */
import type { KeyHull, Manifest } from "../../compiler/plan/manifest.js";
import { between, type Interval, rangeOf, type Scope } from "./intervals.js";
import type { Grid } from "./numbers.js";
import type { Range } from "./ring.js";

/** A part of a launch: batches, query heads, and query tiles along each axis. */
export interface Part {
  readonly batch: Range;
  readonly head: Range;
  readonly tiles: readonly Range[];
}

/** Positions of the queries of a part along one axis. */
export function positionsOf({ q }: Grid, queryTile: readonly number[], axis: number, tiles: Range): Range {
  const [origin, extent, step] = [q.origin[axis] as number, q.extent[axis] as number, queryTile[axis] as number];
  return [origin + tiles[0] * step, Math.min(origin + (tiles[1] + 1) * step, origin + extent) - 1];
}

/** The scope of a launch, narrowed to a part of its queries. */
function scopeOfPart(grid: Grid, queryTile: readonly number[], { batch, head, tiles }: Part, scope: Scope) {
  const variables = new Map(scope.variables);
  variables.set("batch", between(...batch)).set("head", between(...head));
  for (const [i, axis] of grid.q.axes.entries()) {
    const range = tiles[i] as Range;
    const [first, last] = positionsOf(grid, queryTile, i, range);
    const step = queryTile[i] as number;
    variables.set(`q.${axis}`, between(first, last));
    // Every tile but the last of an axis is whole.
    variables.set(`q.${axis}.lo`, between(first, first + (range[1] - range[0]) * step));
    variables.set(`q.${axis}.hi`, between(Math.min(first + step - 1, last), last));
  }
  return { ...scope, variables };
}

/** Sets what inner loops may read of the box along an axis of the keys. */
function setKeys(variables: Map<string, Interval>, axis: string, [first, last]: Range) {
  for (const end of ["", ".lo", ".hi"]) variables.set(`k.${axis}${end}`, between(first, last));
}

/** The keys that one region's loops visit, per key axis; undefined where they visit none. */
function visited(hull: KeyHull, { k }: Grid, { variables, tables }: ReturnType<typeof scopeOfPart>) {
  const box: Range[] = [];
  for (const [i, axis] of k.axes.entries()) {
    const { first, last } = hull[i] as KeyHull[number];
    const [origin, extent] = [k.origin[i] as number, k.extent[i] as number];
    const lo = Math.max(rangeOf(first, { variables, tables }).lo, origin);
    const hi = Math.min(rangeOf(last, { variables, tables }).hi, origin + extent - 1);
    if (lo > hi) return undefined;
    box.push([lo, hi]);
    setKeys(variables, axis, [lo, hi]);
  }
  return box;
}

/** Positions per key axis of all keys that a part of a launch can read; undefined where it reads none. */
export function hullOf(
  { hulls }: Pick<Manifest, "hulls">,
  grid: Grid,
  queryTile: readonly number[],
  part: Part,
  scope: Scope,
): readonly Range[] | undefined {
  if (!hulls) return grid.k.origin.map((origin, i) => [origin, origin + (grid.k.extent[i] as number) - 1]);
  let box: readonly Range[] | undefined;
  const narrowed = scopeOfPart(grid, queryTile, part, scope);
  for (const hull of hulls) {
    const more = visited(hull, grid, narrowed);
    const joined = (more ?? []).map(([lo, hi], i): Range => {
      const before = box?.[i];
      return before ? [Math.min(lo, before[0]), Math.max(hi, before[1])] : [lo, hi];
    });
    if (more) box = joined;
  }
  return box;
}
