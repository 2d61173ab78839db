/** Spells expressions. Semantics are those of compiler/ir/evaluate.ts; what a language lacks, its backend supplies as functions. */
import { type BinaryOp, type Expr, nodesOf, type Type, type UnaryOp } from "../../compiler/ir/expression.js";
import type { Dialect } from "./dialect.js";
import { identifier } from "./identifier.js";

/** Spells a variable, such as `q.t` or a param. */
export type Names = (name: string) => string;

/** How tightly a spelled expression binds; WGSL mixes no other operators without parentheses. */
const [OR, AND, COMPARE, BITS, SHIFT, SUM, PRODUCT, SIGN, TIGHT] = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

interface Spelled {
  readonly text: string;
  readonly binds: number;
}

/** Operators between two operands: their symbol and precedence. */
const INFIX: { readonly [op in BinaryOp]?: readonly [symbol: string, binds: number] } = {
  or: ["||", OR],
  and: ["&&", AND],
  lt: ["<", COMPARE],
  le: ["<=", COMPARE],
  eq: ["==", COMPARE],
  ne: ["!=", COMPARE],
  bitAnd: ["&", BITS],
  bitOr: ["|", BITS],
  bitXor: ["^", BITS],
  add: ["+", SUM],
  sub: ["-", SUM],
  mul: ["*", PRODUCT],
  div: ["/", PRODUCT],
  truncDiv: ["/", PRODUCT],
  rem: ["%", PRODUCT],
};

const PREFIX: { readonly [op in UnaryOp]?: string } = { neg: "-", not: "!", bitNot: "~" };

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

const called = (name: string, ...parts: readonly string[]): Spelled => ({
  text: `${name}(${parts.join(", ")})`,
  binds: TIGHT,
});
const reading = (text: string): Spelled => ({ text, binds: TIGHT });
const within = ({ text, binds }: Spelled, atLeast: number) => (binds < atLeast ? `(${text})` : text);

function callOf(op: UnaryOp | BinaryOp, type: Type, { functions }: Dialect): string {
  const name = functions[op];
  if (name === undefined) throw new RangeError(`no spelling for operator '${op}'`);
  return typeof name === "string" ? name : name[type === "int" ? 0 : 1];
}

function spellBinary(op: BinaryOp, a: Spelled, b: Spelled, type: Type, dialect: Dialect): Spelled {
  if (op === "rem" && type === "float") return called("float_remainder", a.text, b.text);
  if (op === "shl" || op === "shr") {
    const symbol = op === "shl" ? "<<" : ">>";
    return { text: `${within(a, TIGHT)} ${symbol} (u32(${b.text}) & 31u)`, binds: SHIFT };
  }
  if (op === "ushr") return called("bitcast<i32>", `bitcast<u32>(${a.text}) >> (u32(${b.text}) & 31u)`);
  const infix = INFIX[op];
  if (!infix) return called(callOf(op, type, dialect), a.text, b.text);
  const [symbol, binds] = infix;
  // Only sums and products chain; logic, comparison and bit operators take parentheses unless alike on the left.
  const arithmetic = binds === SUM || binds === PRODUCT;
  const left = arithmetic || binds === COMPARE ? (binds === COMPARE ? SUM : binds) : TIGHT;
  const right = arithmetic ? binds + 1 : binds === COMPARE ? SUM : TIGHT;
  const logic = binds === OR || binds === AND;
  const wrap = (part: Spelled, least: number) =>
    logic && (part.binds === binds || part.binds === COMPARE) ? part.text : within(part, least);
  return { text: `${wrap(a, left)} ${symbol} ${wrap(b, right)}`, binds };
}

/** Beyond so many, `&&` and `||` are spelled `&` and `|`: as branches they take SwiftShader minutes to compile. */
const MOST_BRANCHES = 24;

interface How {
  readonly dialect: Dialect;
  readonly names: Names;
  /** Both sides of logic are evaluated. */
  readonly eager: boolean;
}

function spelled(e: Expr, how: How): Spelled {
  const { dialect, names } = how;
  switch (e.kind) {
    case "const": {
      const text = literal(e.type, e.value);
      return { text, binds: TIGHT };
    }
    case "var":
      return { text: names(e.name), binds: TIGHT };
    case "lookup":
      return reading(
        dialect.call(`table_${identifier(e.table)}`, ...e.indices.map((index) => spelled(index, how).text)),
      );
    case "search":
      return reading(
        dialect.call(`${e.strict ? "count_below" : "count_up_to"}_${identifier(e.table)}`, spelled(e.value, how).text),
      );
    case "unary": {
      const a = spelled(e.a, how);
      const sign = PREFIX[e.op];
      return sign ? { text: sign + within(a, TIGHT), binds: SIGN } : called(callOf(e.op, e.a.type, dialect), a.text);
    }
    case "binary":
      if (how.eager && (e.op === "and" || e.op === "or")) {
        const isChain = e.a.kind === "binary" && e.a.op === e.op;
        const [a, b] = [e.a, e.b].map((part) => spelled(part, how)) as [Spelled, Spelled];
        const symbol = e.op === "and" ? "&" : "|";
        return { text: `${isChain ? a.text : within(a, TIGHT)} ${symbol} ${within(b, TIGHT)}`, binds: BITS };
      }
      return spellBinary(e.op, spelled(e.a, how), spelled(e.b, how), e.a.type, dialect);
    case "select":
      return called("select", ...[e.b, e.a, e.condition].map((part) => spelled(part, how).text));
  }
}

/** One expression as it stands in a statement or an argument. */
export function spell(dialect: Dialect, e: Expr, names: Names): string {
  const logic = nodesOf(e).filter((node) => node.kind === "binary" && (node.op === "and" || node.op === "or"));
  return spelled(e, { dialect, names, eager: logic.length > MOST_BRANCHES || dialect.isEager(e) }).text;
}
