/** Expressions: what each kind of syntax stands for. A table over kinds; what is not in it is refused by name. */
import {
  type BinaryExpression,
  type Expression,
  type KindToNodeMappings,
  Node,
  type ObjectLiteralExpression,
  SyntaxKind,
} from "ts-morph";
import { FALSE, TRUE } from "../ir/expression.js";
import { evaluateCall } from "./calls.js";
import { type Context, recordText, report } from "./context.js";
import { fieldOf, indexOf, keyOf, spreadFields } from "./fields.js";
import { resolveName, resolveSymbol } from "./names.js";
import { numberOf } from "./numbers.js";
import { binaryOperators, choose, conditionOf, finite, logical, prefixOperators } from "./operators.js";
import { refuse } from "./refusals.js";
import { literalValue } from "./syntax.js";
import { FAULT, type Placed, type Role, record, type Scope, scalar, type Value } from "./values.js";

type Reader<N> = (node: N, scope: Scope, context: Context) => Value;

/** Kinds of expressions that the language has. */
type Kind =
  | SyntaxKind.NumericLiteral
  | SyntaxKind.TrueKeyword
  | SyntaxKind.FalseKeyword
  | SyntaxKind.StringLiteral
  | SyntaxKind.NoSubstitutionTemplateLiteral
  | SyntaxKind.Identifier
  | SyntaxKind.ParenthesizedExpression
  | SyntaxKind.AsExpression
  | SyntaxKind.SatisfiesExpression
  | SyntaxKind.NonNullExpression
  | SyntaxKind.PrefixUnaryExpression
  | SyntaxKind.PostfixUnaryExpression
  | SyntaxKind.BinaryExpression
  | SyntaxKind.ConditionalExpression
  | SyntaxKind.PropertyAccessExpression
  | SyntaxKind.ElementAccessExpression
  | SyntaxKind.CallExpression
  | SyntaxKind.ObjectLiteralExpression
  | SyntaxKind.ArrayLiteralExpression
  | SyntaxKind.ArrowFunction
  | SyntaxKind.FunctionExpression;

/** Of a list, whose items calls may double and double again. */
const MOST_ITEMS = 10_000;

type Wrapper = { getExpression(): Expression };

const inside: Reader<Wrapper> = (node, scope, context) => evaluate(node.getExpression(), scope, context);
const closure: Reader<
  KindToNodeMappings[SyntaxKind.ArrowFunction] | KindToNodeMappings[SyntaxKind.FunctionExpression]
> = (node, scope) => ({ kind: "function", node, scope });

/** Strings name axes and labels; inside `attend` and `score` they are refused. */
const text: Reader<Node & { getLiteralText(): string }> = (node, _scope, context) =>
  context.mode === "module" ? { kind: "text", text: node.getLiteralText() } : refuse(node, context);

const readers: { readonly [K in Kind]: Reader<KindToNodeMappings[K]> } = {
  [SyntaxKind.NumericLiteral]: (node, _scope, context) => finite(numberOf(literalValue(node)), node, context),
  [SyntaxKind.TrueKeyword]: () => scalar(TRUE),
  [SyntaxKind.FalseKeyword]: () => scalar(FALSE),
  [SyntaxKind.StringLiteral]: text,
  [SyntaxKind.NoSubstitutionTemplateLiteral]: text,
  [SyntaxKind.Identifier]: resolveName,
  [SyntaxKind.ParenthesizedExpression]: inside,
  [SyntaxKind.AsExpression]: inside,
  [SyntaxKind.SatisfiesExpression]: inside,
  [SyntaxKind.NonNullExpression]: inside,
  [SyntaxKind.PrefixUnaryExpression]: (node, scope, context) => {
    const operand = node.getOperand();
    const operator = prefixOperators[node.getOperatorToken() as SyntaxKind];
    if (!operator) return report(context, "assignment", { operator: node.getText() }, node);
    return operator({ value: evaluate(operand, scope, context), node: operand }, node, context);
  },
  [SyntaxKind.PostfixUnaryExpression]: (node, _scope, context) =>
    report(context, "assignment", { operator: node.getText() }, node),
  [SyntaxKind.BinaryExpression]: binaryExpression,
  [SyntaxKind.ConditionalExpression]: (node, scope, context) => {
    const test = node.getCondition();
    const condition = conditionOf({ value: evaluate(test, scope, context), node: test }, context);
    const [yes, no] = [node.getWhenTrue(), node.getWhenFalse()];
    if (condition === TRUE) return evaluate(yes, scope, context);
    if (condition === FALSE) return evaluate(no, scope, context);
    const a = { value: evaluate(yes, scope, context), node: yes };
    const b = { value: evaluate(no, scope, context), node: no };
    return condition ? choose(condition, a, b, node, context) : FAULT;
  },
  [SyntaxKind.PropertyAccessExpression]: (node, scope, context) => {
    const question = node.getQuestionDotTokenNode();
    if (question) return refuse(question, context);
    const from = evaluate(node.getExpression(), scope, context);
    const name = node.getNameNode();
    if (from.kind !== "module") return fieldOf(from, name.getText(), name, context);
    const symbol = name.getSymbol();
    return symbol ? resolveSymbol(symbol, name, scope, context) : FAULT;
  },
  [SyntaxKind.ElementAccessExpression]: (node, scope, context) => {
    const question = node.getQuestionDotTokenNode();
    if (question) return refuse(question, context);
    const from = evaluate(node.getExpression(), scope, context);
    const argument = node.getArgumentExpression();
    const key = argument && indexOf(argument, scope, context);
    return argument && key !== undefined ? fieldOf(from, key, argument, context) : FAULT;
  },
  [SyntaxKind.CallExpression]: evaluateCall,
  [SyntaxKind.ObjectLiteralExpression]: objectLiteral,
  [SyntaxKind.ArrayLiteralExpression]: (node, scope, context) => {
    const items = node.getElements().flatMap((element): readonly Placed[] => {
      if (!Node.isSpreadElement(element)) return [{ value: evaluate(element, scope, context), node: element }];
      const value = evaluate(element.getExpression(), scope, context);
      if (value.kind === "list") return value.items;
      return [{ value: value.kind === "fault" ? value : refuse(element, context), node: element }];
    });
    return items.length > MOST_ITEMS ? report(context, "too-large", { name: "a list" }, node) : { kind: "list", items };
  },
  [SyntaxKind.ArrowFunction]: closure,
  [SyntaxKind.FunctionExpression]: closure,
};

function binaryExpression(node: BinaryExpression, scope: Scope, context: Context): Value {
  const token = node.getOperatorToken();
  const kind = token.getKind();
  const [left, right] = [node.getLeft(), node.getRight()];
  if (kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment) {
    return report(context, "assignment", { operator: `${left.getText()} ${token.getText()}` }, node);
  }
  const isAnd = kind === SyntaxKind.AmpersandAmpersandToken;
  const isOr = kind === SyntaxKind.BarBarToken;
  const operator = binaryOperators[kind];
  if (!isAnd && !isOr && !operator) return refuse(token, context);
  const a = { value: evaluate(left, scope, context), node: left };
  if (isAnd || isOr) {
    // As in JavaScript, what a constant decides hides the right side.
    const known = a.value.kind === "scalar" ? a.value.expr : undefined;
    if (known === (isAnd ? FALSE : TRUE)) return a.value;
  }
  const b = { value: evaluate(right, scope, context), node: right };
  return operator ? operator(a, b, node, context) : logical(isAnd ? "&&" : "||", a, b, context);
}

function objectLiteral(node: ObjectLiteralExpression, scope: Scope, context: Context): Value {
  const fields = new Map<string, Placed>();
  let role: Role = "plain";
  for (const property of node.getProperties()) {
    if (Node.isSpreadAssignment(property)) {
      const from = property.getExpression();
      const value = evaluate(from, scope, context);
      if (value.kind === "fault") return FAULT;
      if (value.kind === "record" && role === "plain") role = value.role;
      for (const [name, placed] of spreadFields(value, from, context)) fields.set(name, placed);
    } else if (Node.isPropertyAssignment(property)) {
      const name = keyOf(property.getNameNode(), scope, context);
      const initializer = property.getInitializer();
      if (name === undefined || !initializer) return FAULT;
      fields.set(name, { value: evaluate(initializer, scope, context), node: property.getNameNode() });
    } else if (Node.isShorthandPropertyAssignment(property)) {
      const name = property.getNameNode();
      fields.set(name.getText(), { value: resolveName(name, scope, context), node: name });
    } else if (Node.isMethodDeclaration(property)) {
      fields.set(property.getName(), {
        value: { kind: "function", node: property, scope },
        node: property.getNameNode(),
      });
    } else {
      return report(context, "unsupported", { what: "a getter or setter" }, property);
    }
  }
  return record(role, fields);
}

/** What an expression stands for. Its type annotations are ignored: TypeScript has checked them. */
export function evaluate(node: Expression, scope: Scope, context: Context): Value {
  const reader = readers[node.getKind() as Kind] as Reader<Expression> | undefined;
  if (!reader) return refuse(node, context);
  const value = reader(node, scope, context);
  if (value.kind === "scalar" && context.mode !== "module") recordText(context, value.expr, node);
  return value;
}
