/** Operators: what each means on ints, floats and booleans, and what it refuses. */
import { type Node, SyntaxKind } from "ts-morph";
import { type BinaryOp, bool, type Expr, unary } from "../ir/expression.js";
import { power } from "./builtins.js";
import { type Context, report, textOf } from "./context.js";
import { both, choice, either, negation, same, truth } from "./logic.js";
import { arithmetic, asFloat, asInt, compare, isConst, isHuge, isNumber, negate, numberOf } from "./numbers.js";
import { stripped } from "./syntax.js";
import { describe, FAULT, type Placed, record, scalar, type Value } from "./values.js";

/** The expression of a value that must be a number or a boolean; undefined once a fault is reported. */
export function scalarOf({ value, node }: Placed, context: Context): Expr | undefined {
  if (value.kind === "scalar") return value.expr;
  if (value.kind === "foreign") foreignValue(value, node, context);
  else if (value.kind !== "fault") report(context, "not-a-number", { found: describe(value) }, node);
  return undefined;
}

function foreignValue(value: Value & { kind: "foreign" }, node: Node, context: Context): void {
  if (value.from === undefined) report(context, "unknown-name", { name: value.name }, node);
  else
    report(
      context,
      "foreign-function",
      { name: value.name, from: value.from },
      node,
      value.specifier && [value.specifier],
    );
}

/** A number; a boolean is refused. */
export function numberIn(placed: Placed, operator: string, context: Context): Expr | undefined {
  const e = scalarOf(placed, context);
  if (e?.type !== "bool") return e;
  report(context, "type-mismatch", { operator }, placed.node);
  return undefined;
}

export function conditionOf(placed: Placed, context: Context): Expr | undefined {
  const e = scalarOf(placed, context);
  return e && truth(e);
}

/** An integer for a use that needs one: an index, `%`, bit operators. */
export function integerIn(placed: Placed, e: Expr, use: string, context: Context): Expr | undefined {
  const whole = asInt(e);
  if (!whole) report(context, "integer-needed", { use, text: textOf(stripped(placed.node)) }, placed.node);
  return whole;
}

const nonNegative = new Set(["mul", "add", "min", "max", "floorDiv", "truncDiv", "shr", "bitAnd", "bitOr"]);

/** Whether an integer is never negative, by the bounds of params; positions never are. */
export const isNatural =
  ({ params }: Context) =>
  (root: Expr): boolean => {
    const natural = (e: Expr): boolean => {
      if (isConst(e)) return e.value >= 0;
      if (e.kind === "var") return params.has(e.name) ? (params.get(e.name)?.min ?? -1) >= 0 : e.name !== "s";
      if (e.kind === "unary") return e.op === "abs" || e.op === "square";
      if (e.kind === "select") return natural(e.a) && natural(e.b);
      if (e.kind !== "binary") return false;
      if (e.op === "max" || e.op === "bitAnd") return natural(e.a) || natural(e.b);
      if (e.op === "rem" || e.op === "shr") return natural(e.a);
      return nonNegative.has(e.op) && natural(e.a) && natural(e.b);
    };
    return natural(root);
  };

/** Refuses a divisor that is 0, or a param whose bounds allow 0. Other divisors are bounded when a grid is known. */
export function checkDivisor(divisor: Expr, node: Node, whole: Node, context: Context): boolean {
  if (isNumber(divisor, 0)) {
    report(context, "zero-divisor", { text: textOf(whole) }, node);
    return false;
  }
  const inner = divisor.kind === "unary" && (divisor.op === "toFloat" || divisor.op === "neg") ? divisor.a : divisor;
  const param = inner.kind === "var" ? context.params.get(inner.name) : undefined;
  if (!param) return true;
  const { name, type, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = param;
  if (min > 0 || max < 0) return true;
  report(context, "divisor-may-be-zero", { name, type }, node);
  return false;
}

/** A folded constant as a value; reports what is infinite or not a number. */
export function finite(e: Expr, node: Node, context: Context): Value {
  if (!isConst(e) || Number.isFinite(e.value)) return scalar(e);
  return report(context, "not-finite", { text: textOf(node), value: String(e.value) }, node);
}

/** An integer outside int32 may meet floats only. */
function huge(a: Placed, b: Placed, x: Expr, y: Expr, context: Context): boolean {
  const [placed, e] = isHuge(x) && y.type === "int" && !isConst(y) ? [a, x] : [b, y];
  const other = e === x ? y : x;
  if (!isConst(e) || !isHuge(e) || other.type !== "int" || isConst(other)) return false;
  report(context, "integer-range", { text: textOf(placed.node), value: e.value }, placed.node);
  return true;
}

type Operator = (a: Placed, b: Placed, node: Node, context: Context) => Value;

const plain =
  (op: "add" | "sub" | "mul", operator: string): Operator =>
  (a, b, node, context) => {
    const [x, y] = [numberIn(a, operator, context), numberIn(b, operator, context)];
    if (!x || !y || huge(a, b, x, y, context)) return FAULT;
    return finite(arithmetic(op, x, y), node, context);
  };

const divide: Operator = (a, b, node, context) => {
  const [x, y] = [numberIn(a, "/", context), numberIn(b, "/", context)];
  if (!x || !y || !checkDivisor(y, b.node, node, context)) return FAULT;
  if (isConst(x) && isConst(y)) return finite(numberOf(x.value / y.value), node, context);
  if (x.type === "int" && y.type === "int" && context.mode !== "score" && context.mode !== "value") {
    return report(context, "integer-division", { text: textOf(node), inExtents: context.mode === "extents" }, node);
  }
  return scalar(arithmetic("div", asFloat(x), asFloat(y)));
};

const integral =
  (op: BinaryOp, operator: string): Operator =>
  (a, b, node, context) => {
    const [x, y] = [numberIn(a, operator, context), numberIn(b, operator, context)];
    if (!x || !y || (op === "rem" && !checkDivisor(y, b.node, node, context))) return FAULT;
    if (isConst(x) && isConst(y)) return finite(arithmetic(op, x, y), node, context);
    const [i, j] = [integerIn(a, x, `\`${operator}\``, context), integerIn(b, y, `\`${operator}\``, context)];
    return i && j ? scalar(arithmetic(op, i, j)) : FAULT;
  };

const raise: Operator = (a, b, node, context) => {
  const [x, y] = [numberIn(a, "**", context), numberIn(b, "**", context)];
  return x && y ? finite(power(x, y, isNatural(context)), node, context) : FAULT;
};

const ordered =
  (op: "lt" | "le", swap: boolean, operator: string): Operator =>
  (a, b, _node, context) => {
    const [x, y] = [numberIn(a, operator, context), numberIn(b, operator, context)];
    if (!x || !y || huge(a, b, x, y, context)) return FAULT;
    return scalar(swap ? compare(op, y, x) : compare(op, x, y));
  };

const equal =
  (op: "eq" | "ne", operator: string): Operator =>
  (a, b, node, context) => {
    const [x, y] = [scalarOf(a, context), scalarOf(b, context)];
    if (!x || !y) return FAULT;
    if (x.type === "bool" && y.type === "bool") return scalar(op === "eq" ? same(x, y) : negation(same(x, y)));
    if (x.type === "bool" || y.type === "bool") return report(context, "type-mismatch", { operator }, node);
    return huge(a, b, x, y, context) ? FAULT : scalar(compare(op, x, y));
  };

/** Every binary operator that patterns have, save `&&` and `||`. */
export const binaryOperators: { readonly [kind in SyntaxKind]?: Operator } = {
  [SyntaxKind.PlusToken]: plain("add", "+"),
  [SyntaxKind.MinusToken]: plain("sub", "-"),
  [SyntaxKind.AsteriskToken]: plain("mul", "*"),
  [SyntaxKind.SlashToken]: divide,
  [SyntaxKind.PercentToken]: integral("rem", "%"),
  [SyntaxKind.AsteriskAsteriskToken]: raise,
  [SyntaxKind.LessThanLessThanToken]: integral("shl", "<<"),
  [SyntaxKind.GreaterThanGreaterThanToken]: integral("shr", ">>"),
  [SyntaxKind.GreaterThanGreaterThanGreaterThanToken]: integral("ushr", ">>>"),
  [SyntaxKind.AmpersandToken]: integral("bitAnd", "&"),
  [SyntaxKind.BarToken]: integral("bitOr", "|"),
  [SyntaxKind.CaretToken]: integral("bitXor", "^"),
  [SyntaxKind.LessThanToken]: ordered("lt", false, "<"),
  [SyntaxKind.LessThanEqualsToken]: ordered("le", false, "<="),
  [SyntaxKind.GreaterThanToken]: ordered("lt", true, ">"),
  [SyntaxKind.GreaterThanEqualsToken]: ordered("le", true, ">="),
  [SyntaxKind.EqualsEqualsToken]: equal("eq", "=="),
  [SyntaxKind.EqualsEqualsEqualsToken]: equal("eq", "==="),
  [SyntaxKind.ExclamationEqualsToken]: equal("ne", "!="),
  [SyntaxKind.ExclamationEqualsEqualsToken]: equal("ne", "!=="),
};

type Prefix = (a: Placed, node: Node, context: Context) => Value;

/** Every prefix operator that patterns have. */
export const prefixOperators: { readonly [kind in SyntaxKind]?: Prefix } = {
  [SyntaxKind.PlusToken]: (a, _node, context) => {
    const e = scalarOf(a, context);
    if (!e) return FAULT;
    return scalar(e.type === "bool" ? (choice(e, numberOf(1), numberOf(0)) as Expr) : e);
  },
  [SyntaxKind.MinusToken]: (a, _node, context) => {
    const e = numberIn(a, "-", context);
    return e ? scalar(negate(e)) : FAULT;
  },
  [SyntaxKind.ExclamationToken]: (a, _node, context) => {
    const e = conditionOf(a, context);
    return e ? scalar(negation(e)) : FAULT;
  },
  [SyntaxKind.TildeToken]: (a, _node, context) => {
    const e = numberIn(a, "~", context);
    if (e && isConst(e)) return scalar(numberOf(~e.value));
    const i = e && integerIn(a, e, "`~`", context);
    return i ? scalar(unary("bitNot", i)) : FAULT;
  },
};

/** `a && b` and `a || b`: logic on booleans; on numbers, as JavaScript has it, one of the two. */
export function logical(operator: "&&" | "||", a: Placed, b: Placed, context: Context): Value {
  const [x, y] = [scalarOf(a, context), scalarOf(b, context)];
  if (!x || !y) return FAULT;
  if (x.type === "bool" && y.type === "bool") return scalar(operator === "&&" ? both(x, y) : either(x, y));
  const chosen = operator === "&&" ? choice(truth(x), y, x) : choice(truth(x), x, y);
  return chosen
    ? scalar(chosen)
    : report(context, "branches-differ", { a: describe(a.value), b: describe(b.value) }, b.node);
}

/** `condition ? a : b` on any values; records are chosen field by field. */
export function choose(condition: Expr, a: Placed, b: Placed, node: Node, context: Context): Value {
  const [x, y] = [a.value, b.value];
  if (condition === bool(true)) return x;
  if (condition === bool(false)) return y;
  if (x.kind === "fault" || y.kind === "fault") return FAULT;
  if (x.kind === "scalar" && y.kind === "scalar") {
    const chosen = choice(condition, x.expr, y.expr);
    if (chosen) return scalar(chosen);
  }
  if (x === y) return x;
  if (x.kind === "record" && y.kind === "record") {
    const shared = [...x.fields].flatMap(([name, own]) => {
      const other = y.fields.get(name);
      return other ? [[name, { value: choose(condition, own, other, node, context), node: own.node }] as const] : [];
    });
    return record(x.role === y.role ? x.role : "plain", shared);
  }
  return report(context, "branches-differ", { a: describe(x), b: describe(y) }, node);
}
