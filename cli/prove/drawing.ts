/** Draws what the query of a counterexample sees: panels of the outermost axis side by side, letters for query and keys. */
import { beside, panelOf, readingOf } from "../panels.js";
import type { Scene } from "./scene.js";

export interface Drawing {
  /** How the picture is to be read. */
  readonly caption: string;
  readonly lines: readonly string[];
  /** The letters that occur, with what they stand for. */
  readonly legend: readonly (readonly [mark: string, meaning: string])[];
}

const MOST_KEYS = 400;
const MOST_COLUMNS = 100;

/** Whether the query sees its own place, in each of the patterns. */
function ownText([inMine, inOther = inMine]: readonly boolean[], [mine, other]: readonly string[]): string {
  if (other !== undefined) {
    const both = inMine ? "both patterns" : "neither pattern";
    return `which sees its own place in ${inMine === inOther ? both : `${inMine ? mine : other} only`}`;
  }
  return inMine ? "which sees its own place" : "which does not see its own place";
}

/** What a letter stands for; `names` are the patterns: one, or two that are compared. */
function meaningOf(mark: string, { key, query, axes, sees }: Scene, names: readonly string[]): string {
  const [mine = "", other = ""] = names;
  const isOwn = axes.shared && key !== undefined && axes.key.every((axis) => key[axis] === query[axis]);
  const ownPlace = axes.key.map((axis) => query[axis] as number);
  const further = key === undefined || isOwn ? "keys" : "other keys";
  switch (mark) {
    case "Q":
      if (isOwn) return "the query, whose own place is the key";
      return `the query, ${ownText(
        sees.map((each) => each(ownPlace)),
        names,
      )}`;
    case "K":
      return "the key";
    case "#":
      return names.length > 1 ? `${further} that the query sees in both patterns` : `${further} that the query sees`;
    case "+":
      return `${further} that the query sees in ${mine} only`;
    case "-":
      return `${further} that the query sees in ${other} only`;
    default:
      return names.length > 1 ? "keys that the query sees in neither pattern" : "keys that the query does not see";
  }
}

function markAt({ axes, query, key, sees }: Scene, place: readonly number[]): string {
  const isAt = (other: Scene["query"] | undefined) => other && axes.key.every((axis, i) => other[axis] === place[i]);
  if (axes.shared && isAt(query)) return "Q";
  if (isAt(key)) return "K";
  const [mine, other = mine] = sees.map((each) => each(place));
  if (mine) return other ? "#" : "+";
  return other ? "-" : ".";
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** One panel: the two innermost axes as rows and columns, under the position on the axis before them. */
function panel(extents: readonly number[], title: string | undefined, mark: (place: readonly number[]) => string) {
  const [rows, columns] = extents.length > 1 ? extents : [undefined, extents[0]];
  const across = (place: readonly number[]) =>
    range(columns as number)
      .map((x) => mark([...place, x]))
      .join(" ");
  const cells = rows === undefined ? [across([])] : range(rows).map((y) => across([y]));
  return panelOf(title, cells, 2 * (columns as number) - 1);
}

const captionOf = ({ axes: { key, shared } }: Scene) =>
  `${shared ? "The grid" : "The grid of the keys"}: ${readingOf(key)}.`;

/** A sentence in place of a drawing where the grid is too large for one. */
export function drawingOf(scene: Scene, names: readonly string[]): Drawing | string {
  const { key: axes } = scene.axes;
  const extents = axes.map((axis) => scene.keyGrid[axis] as number);
  const keys = extents.reduce((product, extent) => product * extent, 1);
  const columns = 2 * (extents.at(-1) as number) - 1;
  if (keys > MOST_KEYS || columns > MOST_COLUMNS) return `The grid has ${keys} keys, too many to draw.`;
  const found = new Set<string>();
  const mark = (place: readonly number[]) => {
    const letter = markAt(scene, place);
    found.add(letter);
    return letter;
  };
  const inner = extents.slice(-2);
  const [before, outer] = [axes.at(-3), axes.at(-4)];
  const panels = (outside: readonly number[]) => {
    if (before === undefined) return beside([panel(inner, undefined, (place) => mark([...outside, ...place]))]);
    const count = extents.at(-3) as number;
    const each = (t: number) => panel(inner, `${before}=${t}`, (place) => mark([...outside, t, ...place]));
    return beside(range(count).map(each));
  };
  const blocks = (a: number) => [...(a === 0 ? [] : [""]), `${outer}=${a}`, ...panels([a])];
  const lines = outer === undefined ? panels([]) : range(extents[0] as number).flatMap(blocks);
  const legend = ["Q", "K", "#", "+", "-", "."].filter((each) => found.has(each));
  return {
    caption: captionOf(scene),
    lines,
    legend: legend.map((each) => [each, meaningOf(each, scene, names)] as const),
  };
}
