/** Prints expressions the way a reader would write them in the source. */
import type { BinaryOp, Expr, UnaryOp } from "./expression.js";

type Spelling = { readonly infix: string; readonly precedence: number } | { readonly call: string };

const BINARY: { readonly [op in BinaryOp]: Spelling } = {
  or: { infix: "||", precedence: 1 },
  and: { infix: "&&", precedence: 2 },
  bitOr: { infix: "|", precedence: 3 },
  bitXor: { infix: "^", precedence: 4 },
  bitAnd: { infix: "&", precedence: 5 },
  eq: { infix: "===", precedence: 6 },
  ne: { infix: "!==", precedence: 6 },
  lt: { infix: "<", precedence: 7 },
  le: { infix: "<=", precedence: 7 },
  shl: { infix: "<<", precedence: 8 },
  shr: { infix: ">>", precedence: 8 },
  ushr: { infix: ">>>", precedence: 8 },
  add: { infix: "+", precedence: 9 },
  sub: { infix: "-", precedence: 9 },
  mul: { infix: "*", precedence: 10 },
  div: { infix: "/", precedence: 10 },
  rem: { infix: "%", precedence: 10 },
  floorDiv: { call: "floorDiv" },
  truncDiv: { call: "truncDiv" },
  pow: { call: "pow" },
  ipow: { call: "pow" },
  min: { call: "min" },
  max: { call: "max" },
};

const PREFIX: { readonly [op in UnaryOp]?: string } = { neg: "-", not: "!", bitNot: "~" };
const UNARY_PRECEDENCE = 11;

function printAt(e: Expr, precedence: number): string {
  const wrap = (own: number, text: string) => (own < precedence ? `(${text})` : text);
  switch (e.kind) {
    case "const":
      if (e.type === "bool") return e.value ? "true" : "false";
      return wrap(e.value < 0 ? UNARY_PRECEDENCE : 99, String(e.value));
    case "var":
      return e.name;
    case "lookup":
      return `${e.table}(${e.indices.map((index) => printAt(index, 0)).join(", ")})`;
    case "search":
      return `${e.strict ? "countBelow" : "countUpTo"}(${e.table}, ${printAt(e.value, 0)})`;
    case "unary": {
      const sign = PREFIX[e.op];
      if (sign) return wrap(UNARY_PRECEDENCE, sign + printAt(e.a, UNARY_PRECEDENCE + 1));
      if (e.op === "toFloat" || e.op === "toInt") return printAt(e.a, precedence);
      if (e.op === "square") return wrap(UNARY_PRECEDENCE, `${printAt(e.a, 99)} ** 2`);
      return `${e.op}(${printAt(e.a, 0)})`;
    }
    case "binary": {
      const spelling = BINARY[e.op];
      if ("call" in spelling) {
        const flat = e.op === "min" || e.op === "max" ? flatten(e, e.op) : [e.a, e.b];
        return `${spelling.call}(${flat.map((part) => printAt(part, 0)).join(", ")})`;
      }
      const { infix, precedence: own } = spelling;
      return wrap(own, `${printAt(e.a, own)} ${infix} ${printAt(e.b, own + 1)}`);
    }
    case "select":
      return wrap(0.5, `${printAt(e.condition, 1)} ? ${printAt(e.a, 1)} : ${printAt(e.b, 0.5)}`);
  }
}

function flatten(e: Expr, op: BinaryOp): Expr[] {
  return e.kind === "binary" && e.op === op ? [...flatten(e.a, op), ...flatten(e.b, op)] : [e];
}

/** One line of text for an expression, in the notation of the source. */
export const print = (e: Expr): string => printAt(e, 0);
