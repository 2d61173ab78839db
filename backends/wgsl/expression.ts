/** Spells expressions in WGSL. Semantics are those of compiler/ir/evaluate.ts; helpers come from builtins.ts. */
import type { BinaryOp, Expr, Type, UnaryOp } from "../../compiler/ir/expression.js";
import { identifier } from "./interface.js";

/** Spells a variable, such as `q.t` or a param. */
export type Names = (name: string) => string;

type Spell1 = (a: string, type: Type) => string;
type Spell2 = (a: string, b: string, type: Type) => string;

const call =
  (name: string): Spell1 =>
  (a) =>
    `${name}(${a})`;
const call2 =
  (name: string): Spell2 =>
  (a, b) =>
    `${name}(${a}, ${b})`;
const infix =
  (symbol: string): Spell2 =>
  (a, b) =>
    `(${a} ${symbol} ${b})`;

const UNARY: { readonly [op in UnaryOp]: Spell1 } = {
  neg: (a) => `(-${a})`,
  not: (a) => `!${a}`,
  bitNot: (a) => `(~${a})`,
  abs: call("abs"),
  sign: call("sign"),
  square: (a, type) => (type === "int" ? `square_i32(${a})` : `square_f32(${a})`),
  isqrt: call("integer_root"),
  floor: call("floor"),
  ceil: call("ceil"),
  trunc: call("trunc"),
  round: call("round_half_up"),
  toFloat: call("f32"),
  toInt: call("i32"),
  sqrt: call("sqrt"),
  exp: call("exp"),
  log: call("log"),
  log2: call("log2"),
  tanh: call("bounded_tanh"),
  sin: call("reduced_sin"),
  cos: call("reduced_cos"),
};

const BINARY: { readonly [op in BinaryOp]: Spell2 } = {
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  div: infix("/"),
  floorDiv: call2("floor_div"),
  truncDiv: infix("/"),
  rem: (a, b, type) => (type === "int" ? `(${a} % ${b})` : `float_remainder(${a}, ${b})`),
  pow: call2("power"),
  min: call2("min"),
  max: call2("max"),
  bitAnd: infix("&"),
  bitOr: infix("|"),
  bitXor: infix("^"),
  shl: (a, b) => `(${a} << (u32(${b}) & 31u))`,
  shr: (a, b) => `(${a} >> (u32(${b}) & 31u))`,
  ushr: (a, b) => `bitcast<i32>(bitcast<u32>(${a}) >> (u32(${b}) & 31u))`,
  lt: infix("<"),
  le: infix("<="),
  eq: infix("=="),
  ne: infix("!="),
  and: infix("&&"),
  or: infix("||"),
};

const LARGEST = 3.4028234663852886e38;

/** A literal that reads back as the same number. */
function literal(type: Type, value: number): string {
  if (type === "bool") return value ? "true" : "false";
  if (type === "int") return value < 0 ? `i32(${value})` : String(value);
  const finite = Math.min(Math.max(Math.fround(value), -LARGEST), LARGEST);
  const text = String(finite);
  const spelled = /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
  return finite < 0 ? `(${spelled})` : spelled;
}

/** One WGSL expression, parenthesised so that it can stand anywhere. */
export function spell(e: Expr, names: Names): string {
  switch (e.kind) {
    case "const":
      return literal(e.type, e.value);
    case "var":
      return names(e.name);
    case "lookup":
      return `table_${identifier(e.table)}(${e.indices.map((index) => spell(index, names)).join(", ")})`;
    case "search":
      return `${e.strict ? "count_below" : "count_up_to"}_${identifier(e.table)}(${spell(e.value, names)})`;
    case "unary":
      return UNARY[e.op](spell(e.a, names), e.a.type);
    case "binary":
      return BINARY[e.op](spell(e.a, names), spell(e.b, names), e.a.type);
    case "select":
      return `select(${spell(e.b, names)}, ${spell(e.a, names)}, ${spell(e.condition, names)})`;
  }
}

/** The same without the parentheses that only enclose the whole. */
export function spellStatement(e: Expr, names: Names): string {
  const text = spell(e, names);
  if (!text.startsWith("(")) return text;
  let depth = 0;
  for (const [i, character] of [...text].entries()) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (depth === 0) return i === text.length - 1 ? text.slice(1, -1) : text;
  }
  return text;
}
