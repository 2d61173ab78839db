/** The panels of a grid as SVG: cells, lines between them, positions beside them. What is in them is said by `Content`. */
import { type Layout, partsOf, placeOf, type Rectangle, range, rectanglesOf } from "./layout.js";
import { color } from "./marks.js";
import { element, label, outline, type Spot } from "./svg.js";

/** Left edge of everything, and the room for positions beside the rows. */
export const MARGIN = 24;
/** Panels side by side take about this width at most. */
export const WIDE = 1060;
const [GUTTER, GAP, TITLE, TICKS, BLOCK] = [34, 22, 24, 26, 22];
const [SMALLEST, LARGEST] = [6, 22];
/** The title of a panel needs some room. */
const NARROWEST = 92;
const TICK = { size: 11, color: color.quiet };

/** A layout with the size of its cells. */
export interface Sized {
  readonly layout: Layout;
  readonly cell: number;
  /** Panels in a row, and what each takes of it. */
  readonly perRow: number;
  readonly slot: number;
  readonly width: number;
}

/** What is in the cells of a grid. */
export interface Content {
  readonly fillOf: (place: readonly number[]) => string;
  /** Above a panel, left and right; absent where nothing is. */
  readonly titleOf?: (outer: readonly number[]) => readonly [title: string, note: string];
  /** Marks above the cells; `spots` says where a box of positions lies in the panel. */
  readonly over: (spots: SpotsOf) => string[];
}

export type SpotsOf = (box: {
  readonly lo: readonly number[];
  readonly hi: readonly number[];
  readonly step?: readonly number[];
}) => Spot[];

/** Side of a cell where so many panels stand side by side. */
const cellFor = (columns: number, beside: number, most: number) =>
  Math.max(SMALLEST, Math.min(LARGEST, Math.floor((most - (beside - 1) * GAP) / (beside * columns))));
const slotFor = (columns: number, cell: number) => Math.max(columns * cell, NARROWEST);
const perRowOf = (slot: number) => Math.max(1, Math.floor((WIDE + GAP) / (slot + GAP)));

/** Cells as large as the width allows, within reason. */
export function sized(layout: Layout, most = WIDE): Sized {
  const { columns, panels } = layout;
  const cell = cellFor(columns, Math.min(panels.length, 4), most);
  const slot = slotFor(columns, cell);
  const perRow = Math.min(panels.length, perRowOf(slot));
  return { layout, cell, perRow, slot, width: GUTTER + perRow * (slot + GAP) - GAP };
}

/** How tall a row of many panels is, and how many stand in it. */
export function bandOf(rows: number, columns: number): { readonly height: number; readonly perRow: number } {
  const cell = cellFor(columns, 4, WIDE);
  return { height: TITLE + rows * cell + TICKS, perRow: perRowOf(slotFor(columns, cell)) };
}

/** Where every row of a folded axis begins, as far as there is room. */
function foldTicks({ layout: { from, rows, columns }, cell }: Sized, x: number, y: number): string[] {
  const every = Math.ceil(13 / cell);
  return range(rows)
    .filter((row) => row % every === 0)
    .map((row) => {
      const first = String((from[0] as number) + row * columns);
      return label(x - 6, y + (row + 0.5) * cell + 4, first, { ...TICK, anchor: "end" });
    });
}

/** The first and last position along rows and columns, and the names of the axes where there is room. */
function endTicks({ layout, cell }: Sized, x: number, y: number, isFirst: boolean): string[] {
  const { axes, from, rows, columns } = layout;
  const [top, left] = from.slice(-2) as [number, number];
  const [height, width] = [rows * cell, columns * cell];
  const ends = (first: number, count: number): (readonly [text: string, cells: number])[] => [
    [String(first), 0.5],
    ...(count > 1 ? [[String(first + count - 1), count - 0.5] as const] : []),
  ];
  const name = (axis: number, length: number, count: number) =>
    length > 60 ? [[axes.at(axis) as string, count / 2] as const] : [];
  const below = [...ends(left, columns), ...name(-1, width, columns)];
  const beside = isFirst ? [...ends(top, rows), ...name(-2, height, rows)] : [];
  return [
    ...below.map(([text, at]) => label(x + at * cell, y + height + 13, text, { ...TICK, anchor: "middle" })),
    ...beside.map(([text, at]) => label(x - 6, y + at * cell + 4, text, { ...TICK, anchor: "end" })),
  ];
}

/** Light lines between the cells. */
function latticeOf({ layout: { rows, columns }, cell }: Sized, x: number, y: number): string[] {
  if (rows * columns === 1) return [];
  const down = range(columns - 1).map((i) => `M${x + (i + 1) * cell} ${y}v${rows * cell}`);
  const across = range(rows - 1).map((i) => `M${x} ${y + (i + 1) * cell}h${columns * cell}`);
  const stroke = { stroke: color.ground, "stroke-width": cell > 9 ? 1 : 0.5 };
  return [element("path", { d: [...down, ...across].join(""), ...stroke })];
}

function panelOf(grid: Sized, content: Content, outer: readonly number[], x: number, y: number): string[] {
  const { layout, cell, slot } = grid;
  const spot = ({ row, column, rows, columns }: Rectangle): Spot => {
    return { x: x + column * cell, y: y + row * cell, width: columns * cell, height: rows * cell };
  };
  const fills = rectanglesOf(layout, (row, column) => {
    const place = placeOf(layout, outer, row, column);
    return place && content.fillOf(place);
  });
  const [title, note] = content.titleOf?.(outer) ?? [];
  return [
    ...(title ? [label(x, y - 8, title, { color: color.text, bold: true })] : []),
    ...(note ? [label(x + slot, y - 8, note, { size: 12, color: color.quiet, anchor: "end" })] : []),
    ...[...fills].map(([fill, list]) => element("path", { d: outline(list.map(spot)), fill })),
    ...latticeOf(grid, x, y),
    ...content.over(({ lo, hi, step = lo.map(() => 1) }) => partsOf(layout, outer, { lo, hi, step }).map(spot)),
  ];
}

/** All panels, with a heading before each block, and where they end. */
export function gridOf(
  grid: Sized,
  content: Content,
  top: number,
): { readonly parts: string[]; readonly bottom: number } {
  const { layout, cell, perRow, slot } = grid;
  const { axes, panels } = layout;
  const isBlocked = axes.length === 4;
  const blocks = isBlocked ? [...new Set(panels.map(([first]) => first))] : [undefined];
  const parts: string[] = [];
  let y = top;
  for (const block of blocks) {
    if (isBlocked)
      parts.push(label(MARGIN, y + 16, `${axes[0]}=${block}`, { size: 15, color: color.text, bold: true }));
    y += (isBlocked ? BLOCK : 0) + (content.titleOf ? TITLE : 0);
    const own = panels.filter(([first]) => block === undefined || first === block);
    for (const [i, outer] of own.entries()) {
      const isFirst = i % perRow === 0;
      if (i > 0 && isFirst) y += layout.rows * cell + TICKS + TITLE;
      const x = MARGIN + GUTTER + (i % perRow) * (slot + GAP);
      const ticks = axes.length === 1 ? foldTicks(grid, x, y) : endTicks(grid, x, y, isFirst);
      parts.push(...panelOf(grid, content, outer, x, y), ...ticks);
    }
    y += layout.rows * cell + TICKS;
  }
  return { parts, bottom: y };
}
