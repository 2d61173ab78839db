/** Calls: functions of the project are inlined, `Math` becomes operators, tables become lookups. */
import { type CallExpression, type Expression, Node, SyntaxKind } from "ts-morph";
import { type Expr, lookup, TRUE } from "../ir/expression.js";
import { builtins, isRounding } from "./builtins.js";
import { type Context, report, textOf } from "./context.js";
import { bind } from "./fields.js";
import { callIntrinsic } from "./intrinsics.js";
import { isConst, roundedQuotient } from "./numbers.js";
import { checkDivisor, finite, integerIn, isNatural, numberIn } from "./operators.js";
import { refuse } from "./refusals.js";
import { runStatements } from "./statements.js";
import { propertyName, stripped } from "./syntax.js";
import {
  describe,
  FAULT,
  type FunctionValue,
  type MemberValue,
  NOTHING,
  newScope,
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
      return callIntrinsic(callee.name, args, call, context);
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
  const { name, labels, type } = table;
  if (args.length !== labels.length) {
    return report(context, "table-rank", { name, labels, given: args.length }, call, call.getArguments());
  }
  const indices = args.map((arg) => {
    const e = numberIn(arg, `${name}(...)`, context);
    return e && integerIn(arg, e, `an index of table '${name}'`, context);
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

/** `near.attend(at)`: checks that what it is given holds the axes, params and tables that `near` declares. */
function callMember(member: MemberValue, args: readonly Placed[], call: CallExpression, context: Context): Value {
  const [given] = args;
  const inner = { ...context, mode: member.mode };
  if (given?.value.kind !== "record") return callFunction(member.value, args, call, inner);
  const { fields } = given.value;
  const declared = ["params", "tables"].flatMap((part) => {
    const own = member.declaration.spec.fields.get(part)?.value;
    return own?.kind === "record" ? [...own.fields.keys()] : [];
  });
  const names = declared.filter((name) => !fields.has(name));
  if (names.length === 0) return callFunction(member.value, args, call, inner);
  const target = call.getExpression();
  const owner = Node.isPropertyAccessExpression(target) ? target.getExpression().getText() : target.getText();
  return report(context, "missing-in-call", { callee: textOf(target), names, given: owner }, given.node);
}

const nameOf = (fn: FunctionValue): string => {
  const own = Node.isArrowFunction(fn.node) ? undefined : fn.node.getName();
  const parent = fn.node.getParent();
  const given = Node.isVariableDeclaration(parent) || Node.isPropertyAssignment(parent) ? parent.getName() : undefined;
  return own ?? given ?? "the function";
};

/** Inlines a function: its parameters stand for the arguments, its body gives the value. */
export function callFunction(fn: FunctionValue, args: readonly Placed[], call: Node, context: Context): Value {
  const name = nameOf(fn);
  const { node } = fn;
  if (context.frames.some((frame) => frame.callee === node)) return report(context, "recursion", { name }, call);
  const { fuel } = context;
  if (fuel.left <= 0) {
    if (fuel.left === 0) report(context, "too-large", { name }, call);
    fuel.left = -1;
    return FAULT;
  }
  fuel.left--;
  const marker = node.getAsyncKeyword() ?? (Node.isArrowFunction(node) ? undefined : node.getAsteriskToken());
  if (marker) {
    const what = marker.getText() === "*" ? "a generator" : "an async function";
    return report(context, "async", { what }, marker, [node.getBody(), propertyName(node)]);
  }
  const scope = newScope(fn.scope);
  const inner: Context = { ...context, frames: [...context.frames, { callee: node, call }] };
  for (const [index, parameter] of node.getParameters().entries()) {
    const rest = parameter.getDotDotDotToken();
    if (rest) return refuse(rest, context);
    const initializer = parameter.getInitializer();
    const given = args[index];
    if (!given && !initializer && !parameter.isOptional()) {
      const expected = `${node.getParameters().length} arguments`;
      return report(context, "argument-count", { callee: name, expected, given: args.length }, call);
    }
    const value = given?.value ?? (initializer ? evaluate(initializer, scope, inner) : NOTHING);
    bind(parameter.getNameNode(), value, scope, inner);
  }
  return bodyOf(fn, name, scope, inner);
}

function bodyOf({ node }: FunctionValue, name: string, scope: Scope, context: Context): Value {
  const body = node.getBody();
  if (!body) return report(context, "unknown-name", { name }, node);
  if (!Node.isBlock(body)) return evaluate(body as Expression, scope, context);
  const flow = runStatements(body.getStatements(), scope, context);
  if (flow.broken) return FAULT;
  if (flow.when === TRUE && flow.result) return flow.result.value;
  const at = Node.isArrowFunction(node) ? node.getEqualsGreaterThan() : (node.getNameNode() ?? node);
  return report(context, "missing-return", { name }, at, [propertyName(node), node.getReturnTypeNode()]);
}
