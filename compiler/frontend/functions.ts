/** Calls of functions of the project: inlined, with arguments for parameters. */
import { type Expression, Node } from "ts-morph";
import { TRUE } from "../ir/expression.js";
import { type Context, report } from "./context.js";
import { bind } from "./fields.js";
import { refuse } from "./refusals.js";
import { runStatements } from "./statements.js";
import { propertyName } from "./syntax.js";
import { FAULT, type FunctionValue, NOTHING, newScope, type Placed, type Scope, type Value } from "./values.js";

const evaluate = (node: Expression, scope: Scope, context: Context) => context.session.evaluate(node, scope, context);

const nameOf = (fn: FunctionValue): string => {
  const own = Node.isArrowFunction(fn.node) ? undefined : fn.node.getName();
  const parent = fn.node.getParent();
  const given = Node.isVariableDeclaration(parent) || Node.isPropertyAssignment(parent) ? parent.getName() : undefined;
  return own ?? given ?? "the function";
};

/** Calls within calls: ends what goes round through functions that were made anew. */
const DEPTH = 200;

/** Whether both are one function, and not two that one text made. */
const isSame = (a: FunctionValue, b: FunctionValue) => a.node === b.node && a.scope === b.scope;

/** Inlines a function: its parameters stand for the arguments, its body gives the value. */
export function callFunction(fn: FunctionValue, args: readonly Placed[], call: Node, context: Context): Value {
  const name = nameOf(fn);
  const { node } = fn;
  const { fuel, frames } = context;
  const isDeep = frames.length >= DEPTH;
  // A function may be called again by what it was given: `f(() => f(x))` ends.
  if (context.within.some((each) => isSame(each, fn)) || (isDeep && frames.some(({ callee }) => callee === node))) {
    return report(context, "recursion", { name }, call);
  }
  if (isDeep) fuel.left = Math.min(fuel.left, 0);
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
  const within = [fn, ...(fn.scope.within ?? context.within)];
  const scope = newScope(fn.scope, within);
  const inner: Context = { ...context, within, frames: [...context.frames, { callee: node, call }] };
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
