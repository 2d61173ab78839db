/** What the language leaves out, by kind of syntax: the message for each, and what to write instead. */
import { Node, SyntaxKind } from "ts-morph";
import { type Context, report } from "./context.js";
import type { Value } from "./values.js";

type Refuse = (node: Node, context: Context) => Value;

const loop: Refuse = (node, context) =>
  report(context, "loop", { isTensor: context.mode === "value" }, node.getFirstChild() ?? node);

const unsupported =
  (what: string, instead?: string): Refuse =>
  (node, context) =>
    report(context, "unsupported", instead === undefined ? { what } : { what, instead }, node);

const asynchronous =
  (what: string): Refuse =>
  (node, context) =>
    report(context, "async", { what }, node);

const text =
  (what: string): Refuse =>
  (node, context) =>
    report(context, "string", { what }, node);

const keyword =
  (what: string, instead: string): Refuse =>
  (node, context) =>
    report(context, "unsupported", { what, instead }, node.getFirstChild() ?? node);

const assignment: Refuse = (node, context) => report(context, "assignment", { operator: node.getText() }, node);

const refusals: { readonly [kind in SyntaxKind]?: Refuse } = {
  [SyntaxKind.ForStatement]: loop,
  [SyntaxKind.ForOfStatement]: loop,
  [SyntaxKind.ForInStatement]: loop,
  [SyntaxKind.WhileStatement]: loop,
  [SyntaxKind.DoStatement]: loop,
  [SyntaxKind.BreakStatement]: unsupported("`break`"),
  [SyntaxKind.ContinueStatement]: unsupported("`continue`"),
  [SyntaxKind.LabeledStatement]: unsupported("a label"),
  [SyntaxKind.SwitchStatement]: keyword("`switch`", "write `if` with `return`, or `?:`"),
  [SyntaxKind.ThrowStatement]: keyword("`throw`", "return `false` where the query does not see the key"),
  [SyntaxKind.TryStatement]: keyword("`try`", "nothing in a pattern can throw"),
  [SyntaxKind.ClassDeclaration]: keyword("a class", "use functions and constants"),
  [SyntaxKind.ClassExpression]: keyword("a class", "use functions and constants"),
  [SyntaxKind.EnumDeclaration]: keyword("an enum", "use constants"),
  [SyntaxKind.NewExpression]: keyword("`new`", "use numbers, objects of numbers, and functions"),
  [SyntaxKind.ThisKeyword]: unsupported("`this`", "take what is needed from the function's argument"),
  [SyntaxKind.SuperKeyword]: unsupported("`super`"),
  [SyntaxKind.AwaitExpression]: asynchronous("`await`"),
  [SyntaxKind.YieldExpression]: asynchronous("`yield`"),
  [SyntaxKind.StringLiteral]: text("a string"),
  [SyntaxKind.NoSubstitutionTemplateLiteral]: text("a template string"),
  [SyntaxKind.TemplateExpression]: text("a template string"),
  [SyntaxKind.TaggedTemplateExpression]: text("a template string"),
  [SyntaxKind.RegularExpressionLiteral]: text("a regular expression"),
  [SyntaxKind.BigIntLiteral]: unsupported("a bigint", "leave out the `n`"),
  [SyntaxKind.NullKeyword]: unsupported("`null`"),
  [SyntaxKind.TypeOfExpression]: unsupported("`typeof`"),
  [SyntaxKind.DeleteExpression]: unsupported("`delete`"),
  [SyntaxKind.VoidExpression]: unsupported("`void`"),
  [SyntaxKind.SpreadElement]: unsupported("a spread argument", "write the arguments one by one"),
  [SyntaxKind.EqualsToken]: assignment,
  [SyntaxKind.PlusPlusToken]: assignment,
  [SyntaxKind.MinusMinusToken]: assignment,
  [SyntaxKind.QuestionDotToken]: unsupported("`?.`", "write `.`; for a `score` that is known to be declared, `score!`"),
  [SyntaxKind.QuestionQuestionToken]: unsupported("`??`", "every value is there: params and tables have no undefined"),
  [SyntaxKind.CommaToken]: unsupported("the comma operator", "write the last operand alone"),
  [SyntaxKind.InKeyword]: unsupported("`in`"),
  [SyntaxKind.InstanceOfKeyword]: unsupported("`instanceof`"),
  [SyntaxKind.DotDotDotToken]: unsupported("a rest parameter", "name the parameters"),
};

/** Reports syntax that the language leaves out. */
export function refuse(node: Node, context: Context): Value {
  const kind = node.getKind();
  if (kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment) return assignment(node, context);
  const known = refusals[kind];
  if (known) return known(node, context);
  const words = node
    .getKindName()
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return report(
    context,
    "unsupported",
    { what: `this (${words})` },
    Node.isStatement(node) ? (node.getFirstChild() ?? node) : node,
  );
}
