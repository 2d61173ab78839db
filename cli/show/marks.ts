/** Colours and outlines of a picture, told apart by lightness and line too, and the legend that names them. Runs in pages too. */
import { type Attributes, element, label, outline, rectangle, type Spot, widthOf } from "./svg.js";
import type { Shown } from "./words.js";

/** Okabe and Ito's colours for the colour-blind: orange to vermillion for what is seen, blues for what is visited. */
export const color = {
  ground: "#ffffff",
  text: "#1b1f24",
  quiet: "#59626d",
  seen: "#e69f00",
  visited: "#cbe5f6",
  none: "#eceef1",
  box: "#0072b2",
  query: "#000000",
};

const LEVELS = 12;

/** Faint yellow to vermillion; the root makes small weights visible. */
export function shade(weight: number): string {
  const strength = Math.round(Math.sqrt(weight) * LEVELS) / LEVELS;
  const mix = (low: number, high: number) =>
    Math.round(low + (high - low) * strength)
      .toString(16)
      .padStart(2, "0");
  return `#${mix(255, 213)}${mix(243, 94)}${mix(201, 0)}`;
}

/** Outlines of spots as one path; nothing where there are none. */
const lines = (spots: readonly Spot[], inset: number, style: Attributes) =>
  spots.length === 0 ? "" : element("path", { d: outline(spots, inset), fill: "none", ...style });

export const boxes = {
  whole: (spots: readonly Spot[]) => lines(spots, 1.5, { stroke: color.box, "stroke-width": 2 }),
  tested: (spots: readonly Spot[]) =>
    lines(spots, 1.5, { stroke: color.box, "stroke-width": 1.2, "stroke-dasharray": "3 3" }),
};

export const tileMark = (spots: readonly Spot[]): string => lines(spots, 0, { stroke: color.query, "stroke-width": 2 });

/** A white square with dark edges, so that it shows on any ground. */
export const queryMark = ({ x, y, width, height }: Spot): string =>
  [
    { stroke: color.query, "stroke-width": 5 },
    { stroke: color.ground, "stroke-width": 2 },
  ]
    .map((line) => rectangle(x, y, width, height, { fill: "none", ...line }))
    .join("");

interface Entry {
  readonly drawn: (spot: Spot) => string;
  readonly words: string;
}

const fill = (value: string) => (spot: Spot) => rectangle(spot.x, spot.y, spot.width, spot.height, { fill: value });
const ramp = ({ x, y, width, height }: Spot) =>
  Array.from({ length: LEVELS }, (_, i) => {
    const step = (width * 3) / LEVELS;
    return rectangle(x - 2 * width + i * step, y, step + 0.3, height, { fill: shade(((i + 1) / LEVELS) ** 2) });
  }).join("");

/** What occurs in the picture. */
function entriesOf({ view, subject }: Shown): Entry[] {
  const { counts, shaded } = view;
  const onBox = (mark: (spots: readonly Spot[]) => string) => (spot: Spot) => fill(color.visited)(spot) + mark([spot]);
  const hidden = view.visited.some((each, i) => each > 0 && view.seen[i] === 0);
  const entry = (isThere: boolean, words: string, drawn: Entry["drawn"]): Entry[] =>
    isThere ? [{ drawn, words }] : [];
  const queries = subject.pattern.axes.shared
    ? "the queries that are computed together with it"
    : "its tile of queries";
  return [
    ...entry(
      true,
      "the query",
      (spot) => fill(color.none)(spot) + queryMark({ x: spot.x + 2, y: spot.y + 2, width: 10, height: 10 }),
    ),
    ...entry(true, queries, (spot) => fill(color.none)(spot) + tileMark([spot])),
    ...entry(counts.seen > 0 && !shaded, "keys that it sees", fill(color.seen)),
    ...entry(
      counts.seen > 0 && shaded,
      "keys that it sees: the redder, the more weight where the dot product is 0",
      ramp,
    ),
    ...entry(hidden, "keys that are visited for its tile, but not seen by it", fill(color.visited)),
    ...entry(counts.visited < counts.all, "keys that are not visited", fill(color.none)),
    ...entry(counts.whole > 0, "visited box in which every pair attends: no mask is evaluated", onBox(boxes.whole)),
    ...entry(counts.tested > 0, "visited box in which each pair is tested", onBox(boxes.tested)),
  ];
}

const [LINE, SWATCH, GAP] = [24, 14, 22];

/** The legend in as many lines as the width needs, and its height. */
export function legendOf(shown: Shown, left: number, top: number, width: number) {
  let [x, y] = [left, top];
  const parts = entriesOf(shown).flatMap(({ drawn, words }) => {
    const before = drawn === ramp ? 2 * SWATCH : 0;
    const needed = before + SWATCH + 8 + widthOf(words) + GAP;
    if (x > left && x + needed - GAP > left + width) [x, y] = [left, y + LINE];
    const spot = { x: x + before, y, width: SWATCH, height: SWATCH };
    const own = [drawn(spot), label(x + before + SWATCH + 8, y + 12, words, { color: color.text })];
    x += needed;
    return own;
  });
  return { parts, height: y + LINE - top };
}
