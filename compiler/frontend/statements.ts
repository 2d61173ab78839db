/** Function bodies: `const`, `if`, `return` and nested functions, read as one value chosen by conditions. */
import { Node, type Statement, SyntaxKind, VariableDeclarationKind, type VariableStatement } from "ts-morph";
import { type Expr, FALSE, TRUE } from "../ir/expression.js";
import { type Context, report } from "./context.js";
import { bind } from "./fields.js";
import { both, either, negation } from "./logic.js";
import { choose, conditionOf } from "./operators.js";
import { refuse } from "./refusals.js";
import { FAULT, NOTHING, newScope, type Placed, type Scope, type Value } from "./values.js";

/** What statements return and when; where `when` does not hold, control goes on behind them. */
export interface Flow {
  readonly when: Expr;
  readonly result: Placed | undefined;
  /** Something was refused that may have returned: a missing return is no news. */
  readonly broken?: boolean;
}

const FALLS: Flow = { when: FALSE, result: undefined };

function chosen(condition: Expr, a: Placed | undefined, b: Placed | undefined, context: Context): Placed | undefined {
  if (!a || !b) return a ?? b;
  return { value: choose(condition, a, b, b.node, context), node: b.node };
}

/** One flow, then another where the first did not return. */
function then(first: Flow, next: Flow, context: Context): Flow {
  const broken = first.broken || next.broken || false;
  if (first.when === FALSE) return { ...next, broken };
  return {
    when: either(first.when, next.when),
    result: chosen(first.when, first.result, next.result, context),
    broken,
  };
}

function branch(condition: Expr, a: Flow, b: Flow, context: Context): Flow {
  return {
    when: either(both(condition, a.when), both(negation(condition), b.when)),
    result: chosen(condition, a.result, b.result, context),
    broken: a.broken || b.broken || false,
  };
}

/** Runs statements in order. What follows a sure return is not looked at. */
export function runStatements(statements: readonly Statement[], scope: Scope, context: Context): Flow {
  for (const statement of statements) {
    if (Node.isFunctionDeclaration(statement)) {
      scope.bindings.set(statement, { kind: "function", node: statement, scope });
    }
  }
  const flows: Flow[] = [];
  for (const statement of statements) {
    const flow = runStatement(statement, scope, context);
    flows.push(flow);
    if (flow.when === TRUE) break;
  }
  // Joined from the last one backwards, each condition is written once: a chain of returns stays linear in its length.
  return flows.reduceRight((next, flow) => then(flow, next, context), FALLS);
}

type Run = (statement: Statement, scope: Scope, context: Context) => Flow;

const nothing: Run = () => FALLS;

const runs: { readonly [kind in SyntaxKind]?: Run } = {
  [SyntaxKind.EmptyStatement]: nothing,
  [SyntaxKind.FunctionDeclaration]: nothing,
  [SyntaxKind.TypeAliasDeclaration]: nothing,
  [SyntaxKind.InterfaceDeclaration]: nothing,
  [SyntaxKind.Block]: (statement, scope, context) =>
    runStatements(Node.isBlock(statement) ? statement.getStatements() : [], newScope(scope), context),
  [SyntaxKind.VariableStatement]: (statement, scope, context) => {
    if (Node.isVariableStatement(statement)) declare(statement, scope, context);
    return FALLS;
  },
  [SyntaxKind.ReturnStatement]: (statement, scope, context) => {
    const expression = Node.isReturnStatement(statement) ? statement.getExpression() : undefined;
    const value = expression ? context.session.evaluate(expression, scope, context) : NOTHING;
    return { when: TRUE, result: { value, node: expression ?? statement } };
  },
  [SyntaxKind.IfStatement]: (statement, scope, context) =>
    Node.isIfStatement(statement) ? runIf(statement, scope, context) : FALLS,
  [SyntaxKind.ExpressionStatement]: (statement, scope, context) => {
    // Its value is dropped: it is looked at for what it may refuse, such as an assignment.
    if (Node.isExpressionStatement(statement)) {
      const expression = statement.getExpression();
      const value = context.session.evaluate(expression, scope, context);
      if (value.kind === "fault") return { ...FALLS, broken: true };
    }
    return FALLS;
  },
};

function runStatement(statement: Statement, scope: Scope, context: Context): Flow {
  const run = runs[statement.getKind()];
  if (run) return run(statement, scope, context);
  refuse(statement, context);
  return { ...FALLS, broken: true };
}

function runIf(statement: import("ts-morph").IfStatement, scope: Scope, context: Context): Flow {
  const test = statement.getExpression();
  const condition = conditionOf({ value: context.session.evaluate(test, scope, context), node: test }, context);
  const [yes, no] = [statement.getThenStatement(), statement.getElseStatement()];
  if (condition === TRUE) return runStatement(yes, scope, context);
  if (condition === FALSE) return no ? runStatement(no, scope, context) : FALLS;
  const a = runStatement(yes, scope, context);
  const b = no ? runStatement(no, scope, context) : FALLS;
  if (condition) return branch(condition, a, b, context);
  return { ...FALLS, broken: true };
}

function declare(statement: VariableStatement, scope: Scope, context: Context): void {
  const keyword = statement.getDeclarationKind();
  for (const declaration of statement.getDeclarations()) {
    const name = declaration.getNameNode();
    if (keyword !== VariableDeclarationKind.Const) {
      report(context, "mutable-variable", { name: name.getText(), keyword }, declaration);
    }
    const initializer = declaration.getInitializer();
    const value: Value = initializer ? context.session.evaluate(initializer, scope, context) : FAULT;
    bind(name, value, scope, context);
  }
}
