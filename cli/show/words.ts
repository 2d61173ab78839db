/** What a picture says in words: pattern, grid, params, query, numbers, and what its marks mean. */
import { numberText } from "../number-text.js";
import type { Setting, Subject, View } from "./view.js";

/** One picture, whatever it is drawn with. */
export interface Shown {
  readonly subject: Subject;
  readonly setting: Setting;
  readonly view: View;
  /** Tables that were not given, and were drawn. */
  readonly drawn: readonly string[];
  /** The pattern reads the head. */
  readonly byHead: boolean;
}

export const count = (n: number): string => n.toLocaleString("en-US");
export const plural = (n: number, word: string, words = `${word}s`): string => `${count(n)} ${n === 1 ? word : words}`;

export const placeText = (axes: readonly string[], place: readonly number[]): string =>
  axes.map((axis, i) => `${axis}=${place[i]}`).join(", ");

const boxText = (axes: readonly string[], lo: readonly number[], hi: readonly number[]) =>
  axes.map((axis, i) => `${axis}=${lo[i] === hi[i] ? lo[i] : `${lo[i]} to ${hi[i]}`}`).join(", ");

const isUniform = ({ subject, view }: Shown) => subject.pattern.score !== undefined && !view.shaded;

/** What must be known beside the numbers. */
export function notesOf(shown: Shown): string[] {
  const { drawn, view } = shown;
  const names = drawn.join(", ");
  const few = drawn.length === 1;
  return [
    ...(drawn.length > 0
      ? [
          `The values of ${few ? "table" : "tables"} ${names} are drawn at random, within what ${few ? "it promises" : "they promise"}.`,
        ]
      : []),
    ...(view.counts.seen === 0 ? ["The query sees no key at all: its output is 0."] : []),
    ...(isUniform(shown) && view.counts.seen > 0
      ? ["The score gives every key that the query sees the same weight where the dot product is 0."]
      : []),
  ];
}

/** The choices of a picture, name and value. */
export function choicesOf({ subject, setting, byHead }: Shown): [string, string][] {
  const { axes, params } = subject.pattern;
  const { size, query, head } = setting;
  const values = params.map(({ name }) => `${name}=${numberText(setting.params[name] as number)}`);
  return [
    ["grid", `${placeText(axes.query, size.q)}${axes.shared ? "" : " of the queries"}`],
    ...(axes.shared ? [] : [["", `${placeText(axes.key, size.k)} of the keys`] as [string, string]]),
    ...(values.length > 0 ? [["params", values.join(", ")] as [string, string]] : []),
    ...(byHead ? [["head", String(head)] as [string, string]] : []),
    ["query", placeText(axes.query, query)],
  ];
}

function kindsText({ whole, tested }: View["counts"]): string {
  if (whole === 0) return "in all of them each pair is tested";
  const masked = tested === 0 ? "" : `; in ${count(tested)} each pair is tested`;
  return `in ${tested === 0 ? "all of them" : count(whole)} every pair attends, so that no mask is evaluated${masked}`;
}

/** Tile, keys and boxes, name and value. */
export function numbersOf({ subject, view }: Shown): [string, string][] {
  const { axes } = subject.pattern;
  const { counts, tile } = view;
  const boxes = counts.whole + counts.tested;
  const percent = (100 * counts.visited) / counts.all;
  const share = percent > 0 && percent < 0.05 ? "less than 0.1 %" : `${percent.toFixed(1)} %`;
  return [
    ["sees", `${count(counts.seen)} of ${plural(counts.all, "key")}`],
    ["tile", `${boxText(axes.query, tile.lo, tile.hi)}: the queries that are computed together`],
    [
      "visits",
      `${plural(counts.visited, "key")} (${share}), in ${plural(boxes, "box", "boxes")} of up to ${subject.tiles.key.join(" x ")}`,
    ],
    ...(boxes > 0 ? [["", kindsText(counts)] as [string, string]] : []),
  ];
}

/** What the query's own place is to it. */
export const ownPlace = ({ subject, setting, view }: Shown, indexOf: (place: readonly number[]) => number): string =>
  !subject.pattern.axes.shared
    ? "the query"
    : `the query, which ${view.seen[indexOf(setting.query)] ? "sees" : "does not see"} its own place`;
