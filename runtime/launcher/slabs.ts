/**
 * Cuts a launch into slabs where an operand is larger than a binding: a slab is a run of query tiles whose queries,
 * results and hull of keys each fit one. Nothing is kept but the slabs themselves.
 */

import { problem } from "./attention-messages.js";
import type { BindingLimit } from "./binding-limit.js";
import { hullOf, type Part, positionsOf } from "./hull.js";
import type { Scope } from "./intervals.js";
import { type Binding, bindingOf, type Layout, wholeOf } from "./layout.js";
import type { Problem } from "./messages.js";
import type { Grid } from "./numbers.js";
import { type Range, slotsOf } from "./ring.js";
import { tilesPerAxis } from "./tiles.js";
import type { CompiledKernel } from "./types.js";

export interface Slab {
  /** Tiles from the first up to, and without, the end. */
  readonly first: number;
  readonly end: number;
  /** First and last index per dimension of the results: batch, head, axes. */
  readonly rows: readonly Range[];
  readonly bindings: { readonly [operand: string]: Binding };
}

/** What a launch is cut by. */
export interface Cut {
  readonly compiled: CompiledKernel;
  readonly grid: Grid;
  readonly scope: Scope;
  /** By name; those of keys are `k` and `v`, all others have a row per query. */
  readonly layouts: { readonly [operand: string]: Layout };
  readonly limit: BindingLimit;
  /** What the offset of a binding is a multiple of. */
  readonly alignment: number;
  readonly splits: number;
}

interface Place {
  readonly rows: readonly Range[];
  readonly bindings: { readonly [operand: string]: Binding };
  /** The operand that does not fit, if any. */
  readonly over: string | undefined;
}

/** Indices of the keys that a part reads, by batch, key head and axis: the hull of the keys, or one key where it reads none. */
function keysOf({ compiled: { manifest, kernel }, grid, scope }: Cut, part: Part): Range[] {
  const perKeyHead = grid.heads / grid.keyHeads;
  const heads = part.head.map((head) => Math.floor(head / perKeyHead)) as unknown as Range;
  const hull = hullOf(manifest, grid, kernel.queryTile, part, scope);
  return [
    part.batch,
    heads,
    ...grid.k.axes.map((_, i): Range => (hull ? slotsOf(grid.k, i, hull[i] as Range) : [0, 0])),
  ];
}

/** What a part of a launch binds. */
function placeOf(cut: Cut, part: Part): Place {
  const { compiled, grid, layouts, limit, alignment } = cut;
  const queries = part.tiles.map((tiles, i): Range => {
    const [first, last] = positionsOf(grid, compiled.kernel.queryTile, i, tiles);
    const origin = grid.q.origin[i] as number;
    return [first - origin, last - origin];
  });
  const rows = [part.batch, part.head, ...queries];
  const keys = keysOf(cut, part);
  const bindings = Object.entries(layouts).map(([name, layout]) => {
    const box = name === "k" || name === "v" ? keys : rows;
    return [name, bindingOf(layout, [...box, ...wholeOf(layout).slice(box.length)], alignment)] as const;
  });
  const over = bindings.find(([, { bindingSize }]) => bindingSize > limit.bytes)?.[0];
  return { rows, bindings: Object.fromEntries(bindings), over };
}

/** The part whose outer digits are given, whose next one runs over a range, and whose others run over all that there is. */
function partOf(counts: readonly number[], outer: readonly number[], range: Range): Part {
  const digits = counts.map((count, level): Range => {
    const digit = outer[level];
    if (digit !== undefined) return [digit, digit];
    return level === outer.length ? range : [0, count - 1];
  });
  const [batch, head, ...tiles] = digits as [Range, Range, ...Range[]];
  return { batch, head, tiles };
}

/** The largest end for which a range fits, found by halving: a larger part never binds less. */
function longest(first: number, count: number, fits: (last: number) => boolean): number {
  let [low, high] = [first, count - 1];
  if (fits(high)) return high;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * The slabs of a launch, in the order of its tiles; one where everything fits. Work and memory grow with the number of
 * slabs, never with that of tiles.
 */
export function slabsOf(cut: Cut, problems: Problem[]): Slab[] {
  const { compiled, grid, limit } = cut;
  const counts = [grid.batches, grid.heads, ...tilesPerAxis(compiled.kernel, grid)];
  const slabs: Slab[] = [];
  const tilesWithin = (level: number) => counts.slice(level + 1).reduce((product, count) => product * count, 1);
  const divide = (outer: readonly number[], before: number): boolean => {
    const level = outer.length;
    const count = counts[level] as number;
    const each = tilesWithin(level);
    const place = (first: number, last: number) => placeOf(cut, partOf(counts, outer, [first, last]));
    for (let first = 0; first < count; ) {
      const one = place(first, first);
      if (one.over !== undefined && level === counts.length - 1) {
        const { bindingSize } = one.bindings[one.over] as Binding;
        const isPart = one.over === "parts" || one.over === "part_lse";
        problems.push(
          isPart
            ? problem("splits-unbindable", cut.splits, bindingSize, limit)
            : problem("slab-too-large", one.over, bindingSize, limit),
        );
        return false;
      }
      if (one.over !== undefined) {
        if (!divide([...outer, first], before + first * each)) return false;
        first += 1;
        continue;
      }
      const last = longest(first, count, (end) => place(first, end).over === undefined);
      const { rows, bindings } = place(first, last);
      slabs.push({ first: before + first * each, end: before + (last + 1) * each, rows, bindings });
      first = last + 1;
    }
    return true;
  };
  const whole = placeOf(cut, partOf(counts, [], [0, grid.batches - 1]));
  const all = Object.fromEntries(
    Object.entries(cut.layouts).map(([name, layout]) => [name, bindingOf(layout, wholeOf(layout), cut.alignment)]),
  );
  // What fits whole is bound whole.
  if (Object.values(all).every(({ bindingSize }) => bindingSize <= limit.bytes)) {
    return [{ first: 0, end: grid.batches * tilesWithin(0), rows: whole.rows, bindings: all }];
  }
  divide([], 0);
  return slabs;
}
