/** A picture as SVG: panels of keys with the boxes that are visited, what they mean, and the numbers. Runs in pages too. */
import { readingOf } from "../panels.js";
import { bandOf, type Content, gridOf, MARGIN, type Sized, sized } from "./grid.js";
import { cutOf, frameOf, interestOf, layoutOf, type Room } from "./layout.js";
import { boxes, color, legendOf, queryMark, shade, tileMark } from "./marks.js";
import { drawing, label, rectangle, type TextStyle, wrapped } from "./svg.js";
import { indexOf, VISIT } from "./view.js";
import { choicesOf, count, notesOf, numbersOf, type Shown } from "./words.js";

/** About as tall as a picture gets. */
const TALLEST = 2400;

/** Frames share the width, and stand in as many rows as the height allows; a single axis is folded. */
function roomFor(size: readonly number[]): Room {
  const fold = (size[0] as number) > 512 ? 64 : 32;
  if (size.length < 3) return { columns: 160, rows: 96, panels: 1, blocks: 1, fold };
  const [rows, columns] = [Math.min(size.at(-2) as number, 64), Math.min(size.at(-1) as number, 84)];
  const { height, perRow } = bandOf(rows, columns);
  const panels = Math.max(1, Math.floor(TALLEST / height)) * perRow;
  const blocks = Math.max(1, Math.floor(panels / Math.max(perRow, size.at(-3) as number)));
  return { columns, rows, panels, blocks, fold };
}

/** The width that texts have at least, and that of a grid of queries beside a grid of keys at most. */
const [NARROW, ASIDE] = [660, 420];

/** What is seen and visited of the keys. */
function keysOf({ subject, setting, view }: Shown): Content {
  const { axes } = subject.pattern;
  const { seen, visited, weight, shaded, tile } = view;
  const { k } = setting.size;
  const inPanel = k.slice(-2).reduce((so, extent) => so * extent, 1);
  const sum = (flags: Uint8Array, outer: readonly number[]) => {
    const first = indexOf(outer, k) * inPanel;
    return flags.subarray(first, first + inPanel).reduce((so, each) => so + (each > 0 ? 1 : 0), 0);
  };
  const noteOf = (outer: readonly number[]) => {
    const found = sum(seen, outer);
    if (found > 0) return `${count(found)} seen`;
    return sum(visited, outer) > 0 ? "none seen" : "not visited";
  };
  return {
    fillOf: (place) => {
      const key = indexOf(place, k);
      if (seen[key]) return shaded ? shade(weight[key] as number) : color.seen;
      return visited[key] === VISIT.none ? color.none : color.visited;
    },
    ...(axes.key.length > 2
      ? { titleOf: (outer) => [`${axes.key[outer.length - 1]}=${outer.at(-1)}`, noteOf(outer)] }
      : {}),
    over: (spots) => {
      const [tested, whole] = [false, true].map((kind) =>
        view.boxes.filter(({ full }) => full === kind).flatMap(spots),
      );
      const [own, query] = axes.shared ? [spots(tile), spots({ lo: setting.query, hi: setting.query })] : [[], []];
      return [boxes.tested(tested ?? []), boxes.whole(whole ?? []), tileMark(own), ...query.map(queryMark)].filter(
        Boolean,
      );
    },
  };
}

/** The query among the queries, where these have a grid of their own. */
const queriesOf = ({ setting: { query }, view }: Shown): Content => ({
  fillOf: () => color.none,
  over: (spots) => [tileMark(spots(view.tile)), ...spots({ lo: query, hi: query }).map(queryMark)],
});

interface Section {
  readonly reading: string;
  readonly grid: Sized;
  readonly content: Content;
}

function sectionsOf(shown: Shown): Section[] {
  const { subject, setting, view } = shown;
  const { axes } = subject.pattern;
  const { size, query: at } = setting;
  const interest = interestOf(size.k, (i) => view.seen[i] === 1, axes.shared ? at : undefined);
  const grid = sized(layoutOf(axes.key, size.k, roomFor(size.k), interest));
  const fold = axes.key.length === 1 ? `, ${grid.layout.columns} to a row` : "";
  const keys = { grid, content: keysOf(shown) };
  if (axes.shared) return [{ reading: `The grid: ${readingOf(axes.key)}${fold}.`, ...keys }];
  const outer = axes.query.slice(0, -2).map((axis, i) => `${axis}=${at[i]}`);
  const where = axes.query.length > 2 ? ` at ${outer.join(", ")}` : "";
  const frame = frameOf(axes.query, size.q, roomFor(size.q), at);
  return [
    {
      reading: `The grid of the queries${where}: ${readingOf(axes.query.slice(-2))}.`,
      grid: sized(frame, ASIDE),
      content: queriesOf(shown),
    },
    { reading: `The grid of the keys: ${readingOf(axes.key)}${fold}.`, ...keys },
  ];
}

export function pictureOf(shown: Shown): string {
  const { name, sentence } = shown.subject.pattern;
  const sections = sectionsOf(shown);
  const inner = Math.max(NARROW, ...sections.map(({ grid }) => grid.width));
  const parts: string[] = [];
  let y = MARGIN + 14;
  const write = (text: string, style: TextStyle, left = 0) => {
    for (const each of wrapped(text, inner - left, style.size)) {
      parts.push(label(MARGIN + left, y, each, style));
      y += (style.size ?? 13) + 7;
    }
  };
  const quiet = { color: color.quiet };
  write(name, { size: 20, bold: true, color: color.text });
  write(sentence, { size: 15, color: color.text });
  for (const { reading, grid, content } of sections) {
    y += 6;
    write(reading, quiet);
    const cut = cutOf(grid.layout);
    if (cut) write(cut, quiet);
    const drawn = gridOf(grid, content, y - 8);
    parts.push(...drawn.parts);
    y = drawn.bottom + 12;
  }
  const legend = legendOf(shown, MARGIN, y, inner);
  parts.push(...legend.parts);
  y += legend.height + 18;
  for (const [what, value] of [...choicesOf(shown), ...numbersOf(shown)]) {
    if (what !== "") parts.push(label(MARGIN, y, what, quiet));
    write(value, { color: color.text }, 64);
  }
  for (const note of notesOf(shown)) write(note, quiet);
  const [width, height] = [inner + 2 * MARGIN, y + MARGIN - 14];
  return drawing(width, height, `${name}: ${sentence}`, [
    rectangle(0, 0, width, height, { fill: color.ground }),
    ...parts,
  ]);
}
