/** Calls: functions of the project are inlined, `Math` becomes operators, tables and inputs become lookups. */
import { type CallExpression, type Expression, Node, SyntaxKind } from "ts-morph";
import { type Expr, lookup } from "../ir/expression.js";
import { builtins, isRounding } from "./builtins.js";
import { type Context, report, textOf } from "./context.js";
import { callFunction } from "./functions.js";
import { callIntrinsic } from "./intrinsics.js";
import { isConst, roundedQuotient } from "./numbers.js";
import { checkDivisor, finite, integerIn, isNatural, numberIn } from "./operators.js";
import { callReduction, isReducing } from "./reductions.js";
import { refuse } from "./refusals.js";
import { stripped } from "./syntax.js";
import {
  describe,
  FAULT,
  type MemberValue,
  type Placed,
  type Scope,
  scalar,
  type TableValue,
  type Value,
} from "./values.js";

const evaluate = (node: Expression, scope: Scope, context: Context) => context.session.evaluate(node, scope, context);

export function evaluateCall(call: CallExpression, scope: Scope, context: Context): Value {
  const question = call.getQuestionDotTokenNode();
  if (question) return refuse(question, context);
  const target = call.getExpression();
  const callee = evaluate(target, scope, context);
  if (callee.kind === "builtin" && isRounding(callee.name)) {
    const quotient = integerQuotient(callee.name, call, scope, context);
    if (quotient) return quotient;
  }
  const args: Placed[] = [];
  for (const node of call.getArguments()) {
    if (Node.isSpreadElement(node)) return refuse(node, context);
    args.push({ value: evaluate(node as Expression, scope, context), node });
  }
  return callValue(callee, args, call, context);
}

function callValue(callee: Value, args: readonly Placed[], call: CallExpression, context: Context): Value {
  switch (callee.kind) {
    case "fault":
      return FAULT;
    case "function":
      return callFunction(callee, args, call, context);
    case "member":
      return callMember(callee, args, call, context);
    case "builtin":
      return callBuiltin(callee.name, args, call, context);
    case "table":
      return callTable(callee, args, call, context);
    case "intrinsic":
      return isReducing(callee.name)
        ? callReduction(callee.name, args, call, context)
        : callIntrinsic(callee.name, args, call, context);
    case "foreign":
      return callForeign(callee, call, context);
    default: {
      const target = call.getExpression();
      return report(context, "not-callable", { callee: textOf(target), found: describe(callee) }, target);
    }
  }
}

/** `Math.floor(a / b)` on integers; undefined where the argument is anything else. */
function integerQuotient(name: string, call: CallExpression, scope: Scope, context: Context): Value | undefined {
  const [only] = call.getArguments();
  const division = only && stripped(only);
  if (!isRounding(name) || !Node.isBinaryExpression(division)) return undefined;
  if (division.getOperatorToken().getKind() !== SyntaxKind.SlashToken) return undefined;
  const [left, right] = [division.getLeft(), division.getRight()];
  const a = numberIn({ value: evaluate(left, scope, context), node: left }, "/", context);
  const b = numberIn({ value: evaluate(right, scope, context), node: right }, "/", context);
  if (!a || !b) return FAULT;
  if (a.type !== "int" || b.type !== "int" || (isConst(a) && isConst(b))) return undefined;
  if (!checkDivisor(b, right, division, context)) return FAULT;
  return scalar(roundedQuotient(name, a, b));
}

function callBuiltin(name: string, args: readonly Placed[], call: CallExpression, context: Context): Value {
  const builtin = builtins[name];
  if (!builtin) return FAULT;
  const [least, most] = builtin.arity;
  if (args.length < least || args.length > most) {
    const expected = most > least ? `at least ${least} number` : least === 1 ? "1 number" : `${least} numbers`;
    return report(context, "argument-count", { callee: `Math.${name}`, expected, given: args.length }, call);
  }
  const numbers = args.map((arg) => numberIn(arg, `Math.${name}`, context));
  if (numbers.some((e) => e === undefined)) return FAULT;
  return finite(builtin.apply(numbers as Expr[], isNatural(context)), call, context);
}

function callTable(table: TableValue, args: readonly Placed[], call: CallExpression, context: Context): Value {
  const { what, name, labels, type } = table;
  if (args.length !== labels.length) {
    return report(context, "table-rank", { what, name, labels, given: args.length }, call, call.getArguments());
  }
  const indices = args.map((arg) => {
    const e = numberIn(arg, `${name}(...)`, context);
    return e && integerIn(arg, e, `an index of ${what} '${name}'`, context);
  });
  if (indices.some((e) => e === undefined)) return FAULT;
  return scalar(lookup(name, type, indices as Expr[]));
}

const IMPURE =
  /^(?:Math\.random|(?:Date|console|performance|crypto|process|globalThis|window|document|localStorage)\b.*|fetch|setTimeout|setInterval|queueMicrotask|alert|structuredClone)$/;

function callForeign(callee: Value & { kind: "foreign" }, call: CallExpression, context: Context): Value {
  const target = call.getExpression();
  const { name, from, specifier } = callee;
  if (from !== undefined)
    return report(context, "foreign-function", { name, from }, target, specifier ? [specifier] : []);
  if (IMPURE.test(name)) return report(context, "impure-call", { callee: name }, target);
  const known = Object.keys(builtins).map((each) => `Math.${each}`);
  return report(context, "unknown-function", { callee: name, known }, target);
}

/** `near.attend(at)`: checks that what it is given holds the params, tables and inputs that `near` declares. */
function callMember(member: MemberValue, args: readonly Placed[], call: CallExpression, context: Context): Value {
  const [given] = args;
  const inner = { ...context, mode: member.mode };
  if (given?.value.kind !== "record") return callFunction(member.value, args, call, inner);
  const { fields } = given.value;
  const declared = ["params", "tables", "inputs"].flatMap((part) => {
    const own = member.declaration.spec.fields.get(part)?.value;
    return own?.kind === "record" ? [...own.fields.keys()] : [];
  });
  const names = declared.filter((name) => !fields.has(name));
  if (names.length === 0) return callFunction(member.value, args, call, inner);
  const target = call.getExpression();
  const owner = Node.isPropertyAccessExpression(target) ? target.getExpression().getText() : target.getText();
  return report(
    context,
    "missing-in-call",
    { callee: textOf(target), names, given: owner, isTensor: member.mode === "value" },
    given.node,
  );
}
