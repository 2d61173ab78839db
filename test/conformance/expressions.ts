/** Expressions on a backend, one value per pair: every query sees one key, so that its LSE is its score. */
import type { Expr } from "../../compiler/ir/expression.js";
import { binary, eq, int, intVar, lookup, lt, select, unary, variable } from "../../compiler/ir/expression.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { Scene } from "./scene.js";

const sequence = (name: string, type: "int" | "float") => ({
  name,
  type,
  labels: [{ name: "i", tie: "axis" as const }],
  sorted: false,
});

/** Variables of the expressions: two ints, two floats, and the scaled logit, which is a float too. */
export const VARIABLES = {
  a: lookup("a", "int", [intVar("k.i")]),
  b: lookup("b", "int", [intVar("k.i")]),
  x: lookup("x", "float", [intVar("k.i")]),
  y: lookup("y", "float", [intVar("k.i")]),
  s: variable("s", "float"),
} as const;

/** Chooses by head among expressions, in few levels. */
function chosen(scores: readonly Expr[], from = 0): Expr {
  if (scores.length === 1) return scores[0] as Expr;
  const half = scores.length >> 1;
  return select(
    lt(intVar("head"), int(from + half)),
    chosen(scores.slice(0, half), from),
    chosen(scores.slice(half), from + half),
  );
}

/** The pattern whose head `h` has the score `scores[h]`. */
export const scorePattern = (name: string, scores: readonly Expr[]): Pattern => ({
  name,
  sentence: "A token sees itself, with a score that its head chooses.",
  place: { file: "expressions.ts", line: 1, column: 1, length: 1, source: "" },
  axes: { query: ["i"], key: ["i"], shared: true },
  params: [],
  tables: [sequence("a", "int"), sequence("b", "int"), sequence("x", "float"), sequence("y", "float")],
  attend: eq(intVar("q.i"), intVar("k.i")),
  score: chosen(scores),
  texts: new Map(),
});

/** The halves of an integer as floats, which hold them exactly. */
export const halvesOf = (e: Expr): readonly [low: Expr, high: Expr] => [
  unary("toFloat", binary("bitAnd", e, int(65535))),
  unary("toFloat", binary("shr", e, int(16))),
];
/** A launch with one query, one key and one logit `s` per position, for each head. */
export function scoreScene(heads: number, s: Float32Array<ArrayBuffer>, tables: Scene["tables"]): Scene {
  const count = s.length;
  const all = Float32Array.from({ length: heads * count }, (_, i) => s[i % count] as number);
  const ones = { shape: [1, 1, count, 1], data: new Float32Array(count).fill(1) };
  return {
    q: { shape: [1, heads, count, 1], data: all },
    k: ones,
    v: ones,
    tables,
    params: {},
    size: { q: [count], k: [count] },
    queryOffset: [0],
    keyOffset: [0],
    scale: 1,
  };
}
