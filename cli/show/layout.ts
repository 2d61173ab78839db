/** Which part of a grid a picture has room for, and where its positions lie: panels of rows and columns. */
import type { VisitedBox } from "../../compiler/plan/walk.js";

/** How much a medium has room for. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
  /** Panels along the axis before the last two, and blocks of them along the first of four. */
  readonly panels: number;
  readonly blocks: number;
  /** Columns into which a single axis is folded. */
  readonly fold: number;
}

/** What should be seen of a grid: a box of it, and the position in it that matters most. */
export interface Interest {
  readonly lo: readonly number[];
  readonly hi: readonly number[];
  readonly at: readonly number[];
}

export interface Layout {
  readonly axes: readonly string[];
  /** Extents of the whole grid. */
  readonly size: readonly number[];
  /** Per axis the first position that is drawn, and how many are. */
  readonly from: readonly number[];
  readonly extent: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** Per panel its position on the axes before the last two, in order. */
  readonly panels: readonly (readonly number[])[];
}

/** A rectangle of cells in a panel. */
export interface Rectangle {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const isFolded = ({ axes }: Pick<Layout, "axes">) => axes.length === 1;

/** The box around the positions and one more that a predicate holds for. */
export function interestOf(
  size: readonly number[],
  holds: (index: number) => boolean,
  at: readonly number[] | undefined,
): Interest {
  const [lo, hi] = [size.map((extent) => extent - 1), size.map(() => 0)];
  const include = (place: readonly number[]) => {
    for (const [i, position] of place.entries()) {
      lo[i] = Math.min(lo[i] as number, position);
      hi[i] = Math.max(hi[i] as number, position);
    }
  };
  const all = size.reduce((so, extent) => so * extent, 1);
  const place = size.map(() => 0);
  for (let index = 0; index < all; index++) {
    if (holds(index)) include(place);
    for (let i = size.length - 1; i >= 0; i--) {
      place[i] = ((place[i] as number) + 1) % (size[i] as number);
      if (place[i] !== 0) break;
    }
  }
  if (at) include(at);
  if ((lo[0] as number) > (hi[0] as number)) return { lo: size.map(() => 0), hi: size.map(() => 0), at: place };
  return { lo, hi, at: at ?? hi };
}

/** What stands around the part of interest where not all of an axis is drawn: frames, and rows or columns. */
const AROUND = { outer: 1, inner: 8 } as const;

/** All of an axis, else what is of interest and a little around it, else what lies around the query, more before it than behind. */
function part(extent: number, most: number, { lo, hi, at }: { lo: number; hi: number; at: number }, isOuter: boolean) {
  if (extent <= most) return { from: 0, extent };
  const around = isOuter ? AROUND.outer : AROUND.inner;
  const fits = hi - lo + 1 <= most;
  const count = fits ? Math.min(hi - lo + 1 + 2 * around, most) : most;
  const start = fits ? Math.ceil((lo + hi + 1 - count) / 2) : at - Math.floor(most * (isOuter ? 0.8 : 0.5));
  const from = Math.max(0, Math.min(extent - count, start));
  return { from, extent: count };
}

export function layoutOf(axes: readonly string[], size: readonly number[], room: Room, interest: Interest): Layout {
  const rank = axes.length;
  const most = rank === 1 ? [room.fold * room.rows] : [room.blocks, room.panels, room.rows, room.columns].slice(-rank);
  const parts = size.map((extent, i) => {
    const own = { lo: interest.lo[i] as number, hi: interest.hi[i] as number, at: interest.at[i] as number };
    return part(extent, most[i] as number, own, i < rank - 2);
  });
  const [from, extent] = [parts.map((each) => each.from), parts.map((each) => each.extent)];
  if (rank === 1) {
    // A fold begins at a multiple, so that tiles of queries fill rows.
    const first = (from[0] as number) - ((from[0] as number) % room.fold);
    const count = Math.min((size[0] as number) - first, room.fold * room.rows);
    const columns = Math.min(room.fold, size[0] as number);
    return { axes, size, from: [first], extent: [count], rows: Math.ceil(count / columns), columns, panels: [[]] };
  }
  const panels = range(rank - 2).reduce<number[][]>(
    (so, axis) =>
      so.flatMap((outer) => range(extent[axis] as number).map((i) => [...outer, i + (from[axis] as number)])),
    [[]],
  );
  const [rows, columns] = extent.slice(-2) as [number, number];
  return { axes, size, from, extent, rows, columns, panels };
}

/** The one panel of a grid that holds a position. Of the outer axes nothing is left out: its place is said in words. */
export function frameOf(axes: readonly string[], size: readonly number[], room: Room, at: readonly number[]): Layout {
  const outer = axes.length - 2;
  const frame = layoutOf(axes, size, { ...room, panels: 1, blocks: 1 }, { lo: at, hi: at, at });
  return { ...frame, size: size.map((extent, i) => (i < outer ? 1 : extent)) };
}

/** The position of a cell; undefined behind the end of a folded axis. */
export function placeOf(layout: Layout, outer: readonly number[], row: number, column: number) {
  const { from, extent, columns } = layout;
  if (isFolded(layout)) {
    const at = row * columns + column;
    return at < (extent[0] as number) ? [(from[0] as number) + at] : undefined;
  }
  const [y, x] = from.slice(-2) as [number, number];
  return [...outer, y + row, x + column];
}

/** Positions of a box along one axis as runs of neighbours, from the first that is drawn on. */
function runsOf(lo: number, hi: number, step: number, from: number, extent: number): [first: number, count: number][] {
  const [first, last] = [Math.max(lo, from), Math.min(hi, from + extent - 1)];
  if (last < first) return [];
  if (step === 1) return [[first - from, last - first + 1]];
  return range(Math.floor((hi - lo) / step) + 1)
    .map((i) => lo + i * step)
    .filter((at) => at >= first && at <= last)
    .map((at) => [at - from, 1]);
}

/** The parts of a box that lie in a panel. */
export function partsOf(
  layout: Layout,
  outer: readonly number[],
  { lo, hi, step }: Pick<VisitedBox, "lo" | "hi" | "step">,
): Rectangle[] {
  const { from, extent, columns } = layout;
  const runs = lo.map((first, i) =>
    runsOf(first, hi[i] as number, step[i] as number, from[i] as number, extent[i] as number),
  );
  if (isFolded(layout)) {
    return (runs[0] ?? []).flatMap(([first, count]) => {
      const [top, bottom] = [Math.floor(first / columns), Math.floor((first + count - 1) / columns)];
      return range(bottom - top + 1).map((i) => {
        const row = top + i;
        const start = Math.max(first, row * columns);
        const end = Math.min(first + count, (row + 1) * columns);
        return { row, column: start - row * columns, rows: 1, columns: end - start };
      });
    });
  }
  const isHere = outer.every((at, i) => {
    const [first, last, distance] = [lo[i] as number, hi[i] as number, step[i] as number];
    return at >= first && at <= last && (at - first) % distance === 0;
  });
  const [down = [], across = []] = runs.slice(-2);
  if (!isHere) return [];
  return down.flatMap(([row, rows]) => across.map(([column, count]) => ({ row, column, rows, columns: count })));
}

/** Cells of equal kind as few rectangles, by kind; cells without one are left out. */
export function rectanglesOf(
  { rows, columns }: Pick<Layout, "rows" | "columns">,
  kindOf: (row: number, column: number) => string | undefined,
): ReadonlyMap<string, Rectangle[]> {
  const found = new Map<string, Rectangle[]>();
  let above = new Map<string, { rectangle: Rectangle; list: Rectangle[] }>();
  for (const row of range(rows)) {
    const here: typeof above = new Map();
    for (let column = 0; column < columns; ) {
      const kind = kindOf(row, column);
      let end = column + 1;
      while (end < columns && kindOf(row, end) === kind) end++;
      if (kind !== undefined) {
        const key = `${kind} ${column} ${end}`;
        const list = above.get(key)?.list ?? found.get(kind) ?? [];
        const before = above.get(key)?.rectangle;
        const rectangle = before
          ? { ...before, rows: before.rows + 1 }
          : { row, column, rows: 1, columns: end - column };
        if (before) list[list.indexOf(before)] = rectangle;
        else list.push(rectangle);
        found.set(kind, list);
        here.set(key, { rectangle, list });
      }
      column = end;
    }
    above = here;
  }
  return found;
}

/** What is left out, as a sentence; undefined where the whole grid is drawn. */
export function cutOf({ axes, size, from, extent }: Layout): string | undefined {
  const cut = axes.flatMap((axis, i) => {
    const [first, count, whole] = [from[i] as number, extent[i] as number, size[i] as number];
    if (count === whole) return [];
    return [`${axis}=${first}${count > 1 ? ` to ${first + count - 1}` : ""} of ${whole}`];
  });
  if (cut.length === 0) return undefined;
  return `Only a part of the grid is drawn: ${cut.join(", ")}. All numbers are of the whole grid.`;
}
