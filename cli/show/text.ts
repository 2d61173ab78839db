/** A picture in characters: one per key, brackets around the tile of the query, a legend of the marks that occur. */
import { aligned, beside, indented, panelOf, readingOf } from "../panels.js";
import { cutOf, frameOf, interestOf, type Layout, layoutOf, placeOf, type Room, range } from "./layout.js";
import { indexOf, VISIT, type View } from "./view.js";
import { choicesOf, notesOf, numbersOf, ownPlace, placeText, type Shown } from "./words.js";

const WIDTH = 100;
const [MOST_ROWS, MOST_COLUMNS, MOST_BANDS] = [24, 48, 6];

/** As many panels as stand in a few bands, each as wide as a terminal. */
function roomFor(size: readonly number[]): Room {
  const columns = Math.min(size.at(-1) as number, MOST_COLUMNS);
  const perBand = Math.max(1, Math.floor(WIDTH / (2 * columns + 4)));
  return { columns: MOST_COLUMNS, rows: MOST_ROWS, panels: MOST_BANDS * perBand, blocks: 4, fold: 32 };
}

/** Codes of a terminal, by mark; weights are digits. */
const CODES: { readonly [mark: string]: string } = {
  Q: "1;7",
  "#": "1;33",
  "+": "33",
  "-": "36",
  ".": "2",
  "=": "1;36",
  "~": "36",
  o: "2",
};

type Mark = (place: readonly number[]) => string;

const within = ({ lo, hi }: View["tile"], place: readonly number[]) =>
  place.every((at, i) => at >= (lo[i] as number) && at <= (hi[i] as number));

/** A row of a panel, with brackets where the tile begins and ends. */
function rowOf(
  layout: Layout,
  outer: readonly number[],
  row: number,
  mark: Mark,
  tile: View["tile"] | undefined,
): string {
  const places = range(layout.columns).map((column) => placeOf(layout, outer, row, column));
  const isIn = places.map((place) => place !== undefined && tile !== undefined && within(tile, place));
  const cells = places.map((place, i) => {
    const before = isIn[i] === (isIn[i - 1] ?? false) ? " " : isIn[i] ? "[" : "]";
    return (i > 0 || tile ? before : "") + (place ? mark(place) : " ");
  });
  return cells.join("") + (tile ? (isIn.at(-1) ? "]" : " ") : "");
}

function linesOf(layout: Layout, mark: Mark, tile: View["tile"] | undefined): string[] {
  const { axes, rows, columns, panels, from } = layout;
  const width = 2 * columns - (tile ? -1 : 1);
  const panel = (outer: readonly number[]) => {
    const own = range(rows).map((row) => rowOf(layout, outer, row, mark, tile));
    const title = outer.length === 0 ? undefined : `${tile ? " " : ""}${axes[outer.length - 1]}=${outer.at(-1)}`;
    return panelOf(title, own, width);
  };
  if (axes.length === 1) {
    const starts = range(rows).map((row) => String((from[0] as number) + row * columns));
    const widest = Math.max(...starts.map((start) => start.length));
    return panel([]).lines.map((line, row) => `${(starts[row] as string).padStart(widest)} ${line}`.trimEnd());
  }
  if (axes.length < 4) return beside(panels.map(panel));
  const outermost = [...new Set(panels.map(([first]) => first as number))];
  return outermost.flatMap((first, i) => [
    ...(i === 0 ? [] : [""]),
    `${axes[0]}=${first}`,
    ...beside(panels.filter(([own]) => own === first).map(panel)),
  ]);
}

type Legend = readonly (readonly [marks: string, meaning: string])[];

/** The legend of the marks that were used. */
const used = (legend: Legend, found: ReadonlySet<string>): Legend =>
  legend.filter(([marks]) => marks.split(" to ").length > 1 || found.has(marks));

const isQuery = ({ subject, setting }: Shown, place: readonly number[]) =>
  subject.pattern.axes.shared && place.every((at, i) => at === setting.query[i]);

/** What is seen: by weight where there is one, else by the kind of box. */
function seenMarks(shown: Shown): { readonly mark: Mark; readonly legend: Legend } {
  const { view, setting } = shown;
  const { seen, visited, weight, shaded } = view;
  const at = (place: readonly number[]) => indexOf(place, setting.size.k);
  const mark = (place: readonly number[]) => {
    const key = at(place);
    if (isQuery(shown, place)) return "Q";
    if (seen[key] && shaded) return String(Math.max(1, Math.ceil(9 * (weight[key] as number))));
    if (seen[key]) return visited[key] === VISIT.whole ? "#" : "+";
    return visited[key] === VISIT.none ? "." : "-";
  };
  const weights: Legend = [["1 to 9", "keys that it sees; the larger, the more weight where the dot product is 0"]];
  const kinds: Legend = [
    ["#", "keys that it sees, in a box where every pair attends: no mask is evaluated"],
    ["+", "keys that it sees, in a box where each pair is tested"],
  ];
  return {
    mark,
    legend: [
      ["Q", ownPlace(shown, at)],
      ...(shaded ? weights : kinds),
      ["-", "keys that its tile visits, and that it does not see"],
      [".", "keys that are not visited"],
    ],
  };
}

function boxMarks({ view, setting }: Shown): { readonly mark: Mark; readonly legend: Legend } {
  return {
    mark: (place) => ["." as const, "~", "="][view.visited[indexOf(place, setting.size.k)] as number] ?? ".",
    legend: [
      ["=", "keys in a box where every pair attends: no mask is evaluated"],
      ["~", "keys in a box where each pair is tested"],
      [".", "keys that are not visited"],
    ],
  };
}

export type Paint = (text: string, code: string) => string;

/** One drawing of the grid of the keys, or of the queries, and the legend of what occurs in it. */
function drawing(
  title: string,
  layout: Layout,
  { mark, legend }: ReturnType<typeof boxMarks>,
  tile: View["tile"] | undefined,
  paint: Paint,
) {
  const found = new Set<string>();
  const marked = (place: readonly number[]) => {
    const own = mark(place);
    found.add(own);
    return paint(own, CODES[own] ?? "33");
  };
  const lines = linesOf(layout, marked, tile);
  const brackets: Legend = tile ? [["[ ]", "the queries that are computed together with it: its tile"]] : [];
  const [first, ...more] = used(legend, found);
  const all = first?.[0] === "Q" ? [first, ...brackets, ...more] : [...(first ? [first] : []), ...more, ...brackets];
  const cut = cutOf(layout);
  return [title, ...(cut === undefined ? [] : [cut]), "", ...indented(lines), "", ...indented(aligned(all)), ""];
}

/** The query in the frame of its own grid. */
function queryDrawing(shown: Shown, paint: Paint): string[] {
  const { subject, setting, view } = shown;
  const { query: axes } = subject.pattern.axes;
  const layout = frameOf(axes, setting.size.q, roomFor(setting.size.q), setting.query);
  const mark = (place: readonly number[]) => (place.every((at, i) => at === setting.query[i]) ? "Q" : "o");
  const legend: Legend = [
    ["Q", "the query"],
    ["o", "other queries"],
  ];
  const outer = axes.slice(0, -2);
  const where = outer.length > 0 ? ` at ${placeText(outer, setting.query)}` : "";
  const title = `The grid of the queries${where}: ${readingOf(axes.slice(-2))}.`;
  return drawing(title, layout, { mark, legend }, view.tile, paint);
}

/** The picture as lines. */
export function textOf(shown: Shown, paint: Paint): string[] {
  const { subject, setting, view } = shown;
  const { name, sentence, axes } = subject.pattern;
  const own = axes.shared ? setting.query : undefined;
  const layout = layoutOf(
    axes.key,
    setting.size.k,
    roomFor(setting.size.k),
    interestOf(setting.size.k, (i) => view.seen[i] === 1, own),
  );
  const grid = axes.shared ? "The grid" : "The grid of the keys";
  const tile = axes.shared ? view.tile : undefined;
  const reading = axes.key.length === 1 ? `${readingOf(axes.key)}, ${layout.columns} to a row` : readingOf(axes.key);
  return [
    `${paint(name, "1")}: ${sentence}`,
    "",
    ...indented(aligned([...choicesOf(shown), ...numbersOf(shown)])),
    "",
    ...notesOf(shown).flatMap((note) => [note, ""]),
    ...(axes.shared ? [] : queryDrawing(shown, paint)),
    ...drawing(`${grid}: ${reading}.`, layout, seenMarks(shown), tile, paint),
    ...(view.shaded ? drawing("The boxes that its tile visits:", layout, boxMarks(shown), tile, paint) : []),
  ].slice(0, -1);
}
