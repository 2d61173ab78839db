/** What bodies become, in the notation of the IR's printer. */
import { expect, test } from "vitest";
import { type Expr, operands } from "../../compiler/ir/expression.js";
import { print } from "../../compiler/ir/print.js";
import { HEAD, patternOf } from "./sources.js";

const declaration = (rest: string) => `${HEAD}
const HALF = 1 / 2, THREE = 6 / 2;
export const near = attention({
  axes: ["t", "y"],
  params: { r: int({ min: 0 }), d: int({ min: 1 }), any: int(), g: float({ min: 0.5 }) },
  tables: { words: table.int("t"), noise: table("t") },
  ${rest}
});`;

const attends = (body: string) =>
  print(patternOf(declaration(`attend: ({ q, k, size, head, batch, r, d, any, g, words, noise }) => ${body},`)).attend);

/** Every operator by name, so that conversions between ints and floats show. */
const operators = (e: Expr): string => {
  if (e.kind === "const" || e.kind === "var") return `${"name" in e ? e.name : e.value}:${e.type}`;
  const head = e.kind === "unary" || e.kind === "binary" ? e.op : e.kind === "lookup" ? e.table : e.kind;
  return `(${[head, ...operands(e).map(operators)].join(" ")})`;
};

const scores = (body: string) => {
  const { score } = patternOf(declaration(`attend: () => true, score: ({ q, k, s, r, d, any, g, noise }) => ${body},`));
  return score ? print(score) : "s";
};

test.each([
  // Literals and constants.
  ["q.t < 0x10 + 1_000 + 1e2", "q.t < 1116"],
  ["q.t < THREE", "q.t < 3"],
  ["g < HALF", "g < 0.5"],
  ["q.t < HALF", "q.t < 0.5"],
  ["q.t <= 2.5 * 2", "q.t <= 5"],
  ["-q.t < -(-3)", "-q.t < 3"],
  ["g < 1e30 && g > 1e-7 && g > .5", "g < 1e+30 && 1e-7 < g && 0.5 < g"],
  ["(q.t & 0xffffffff) === ~0", "(q.t & -1) === -1"],
  // Comparisons and logic.
  ["q.t > k.t", "k.t < q.t"],
  ["q.t >= k.t", "k.t <= q.t"],
  ["q.t == k.t || q.t != k.y", "q.t === k.t || q.t !== k.y"],
  ["!(q.t < k.t)", "k.t <= q.t"],
  ["!(g < 1)", "!(g < 1)"],
  ["!(q.t === k.t && q.y === k.y)", "!(q.t === k.t && q.y === k.y)"],
  ["true && q.t < k.t || false", "q.t < k.t"],
  ["!!(q.t < k.t)", "q.t < k.t"],
  ["q.t < k.t ? true : q.y < k.y", "q.t < k.t || q.y < k.y"],
  ["q.t < k.t ? false : q.y < k.y", "k.t <= q.t && q.y < k.y"],
  ["q.t < k.t ? q.y < k.y : false", "q.t < k.t && q.y < k.y"],
  ["q.t < k.t ? q.y < k.y : true", "k.t <= q.t || q.y < k.y"],
  ["q.t < k.t ? q.y < 1 : k.y < 2", "q.t < k.t && q.y < 1 || k.t <= q.t && k.y < 2"],
  ["(q.t < k.t) === (q.y < k.y)", "q.t < k.t && q.y < k.y || k.t <= q.t && k.y <= q.y"],
  ["!(q.t % 2)", "q.t % 2 === 0"],
  ["(q.t < k.t ? q.y : k.y) < 3", "(q.t < k.t ? q.y : k.y) < 3"],
  // Arithmetic.
  ["q.t + 0 - 0 < 1 * k.t", "q.t < k.t"],
  ["q.t - q.t === 0", "true"],
  ["(q.t - k.t) * (q.t - k.t) < r * r", "(q.t - k.t) ** 2 < r ** 2"],
  ["q.t ** 3 + q.t ** 4 < 2 ** r", "q.t ** 2 * q.t + (q.t ** 2) ** 2 < 1 << r"],
  ["2 ** any > 3", "3 < pow(2, any)"],
  ["3 ** r > q.t", "q.t < pow(3, r)"],
  ["Math.pow(q.t, 2) < 4", "q.t ** 2 < 4"],
  ["q.t % d === 1", "q.t % d === 1"],
  ["Math.floor(q.t / d) === 0", "floorDiv(q.t, d) === 0"],
  ["Math.floor((q.t / 1)) === 0", "q.t === 0"],
  ["Math.ceil(q.t / d) === 0", "-floorDiv(-q.t, d) === 0"],
  ["Math.trunc(q.t / d) === 0", "truncDiv(q.t, d) === 0"],
  ["Math.round(q.t / 3) === 0", "floorDiv(2 * q.t + 3, 6) === 0"],
  ["Math.floor(q.t) === Math.round(7 / 2)", "q.t === 4"],
  ["Math.floor(g * q.t) === k.t", "floor(g * q.t) === k.t"],
  ["words(Math.floor(g)) < 2", "words(floor(g)) < 2"],
  ["Math.floor(g) % 2 === 0", "floor(g) % 2 === 0"],
  ["q.t + g < k.t", "q.t + g < k.t"],
  ["Math.max(q.t, 1, k.t) < Math.min(q.t, g)", "max(q.t, 1, k.t) < min(q.t, g)"],
  ["Math.hypot(q.t - k.t, q.y - k.y) <= r", "sqrt((q.t - k.t) ** 2 + (q.y - k.y) ** 2) <= r"],
  ["Math.sign(q.t - k.t) === 1", "sign(q.t - k.t) === 1"],
  ["(q.t << 1 >> 2 >>> 3 | k.t ^ 1) === ~q.y", "(q.t << 1 >> 2 >>> 3 | k.t ^ 1) === ~q.y"],
  // What is there.
  ["q.t < size.q.t && k.t < size.k.y", "q.t < size.q.t && k.t < size.k.y"],
  ["head + batch < 3", "head + batch < 3"],
  ["words(k.t) === 2 && noise(q.t) > 0.5", "words(k.t) === 2 && 0.5 < noise(q.t)"],
  // Statements.
  ["{ if (q.t < k.t) return false; return q.y < 2; }", "k.t <= q.t && q.y < 2"],
  ["{ if (q.t < k.t) return true; else return q.y < 2; }", "q.t < k.t || q.y < 2"],
  ["{ if (q.t < k.t) { if (q.y < 1) return true; } return k.y < 2; }", "q.t < k.t && q.y < 1 || k.y < 2"],
  ["{ const a = q.t; { const a = k.t; if (a > 3) return false; } return a < 2; }", "k.t <= 3 && q.t < 2"],
])("attend %s", (source, expected) => {
  expect(attends(source)).toBe(expected);
});

test.each([
  ["s", "s"],
  ["3", "3"],
  ["q.t - k.t", "q.t - k.t"],
  ["s + q.t / 2", "s + q.t / 2"],
  ["s + Math.floor(q.t / 2)", "s + floorDiv(q.t, 2)"],
  ["q.t < k.t ? s : -1e30", "q.t < k.t ? s : -1e+30"],
  ["g * Math.tanh(s / g)", "g * tanh(s / g)"],
  ["s * s + s ** 3 + s ** -1", "s ** 2 + s ** 2 * s + 1 / s"],
  ["s ** 0.5 + Math.sqrt(q.t)", "pow(s, 0.5) + sqrt(q.t)"],
  ["Math.abs(s) - noise(k.t) * Math.LN2", "abs(s) - noise(k.t) * 0.6931471805599453"],
  ["s || 2", "s !== 0 ? s : 2"],
])("score %s", (source, expected) => {
  expect(scores(source)).toBe(expected);
});

test.each([
  ["q.t < 2", "(lt q.t:int 2:int)"],
  ["q.t < 0.5", "(lt (toFloat q.t:int) 0.5:float)"],
  ["g < 2", "(lt g:float 2:float)"],
  ["q.t + g < k.t", "(lt (add (toFloat q.t:int) g:float) (toFloat k.t:int))"],
  ["Math.max(q.t, g) < 1", "(lt (max (toFloat q.t:int) g:float) 1:float)"],
  ["(q.t > 2 ? q.y : g) < 1", "(lt (select (lt 2:int q.t:int) (toFloat q.y:int) g:float) 1:float)"],
  ["words(Math.floor(g) + q.t) < 1", "(lt (words (toInt (add (floor g:float) (toFloat q.t:int)))) 1:int)"],
  ["noise(Math.min(2, Math.round(g))) < 1", "(lt (noise (toInt (min 2:float (round g:float)))) 1:float)"],
  ["(Math.floor(g) & 3) === q.t", "(eq (bitAnd (toInt (floor g:float)) 3:int) q.t:int)"],
  ["Math.hypot(q.t, k.t) < 1", "(lt (sqrt (toFloat (add (square q.t:int) (square k.t:int)))) 1:float)"],
  ["Math.sqrt(q.t) < 1", "(lt (sqrt (toFloat q.t:int)) 1:float)"],
])("types of %s", (source, expected) => {
  const { attend } = patternOf(declaration(`attend: ({ q, k, g, words, noise }) => ${source},`));
  expect(operators(attend)).toBe(expected);
});
