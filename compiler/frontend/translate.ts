/** One declaration as a `Pattern`: its functions are called once with symbols for positions, params and tables. */
import { Node } from "ts-morph";
import { type Expr, intVar, variable } from "../ir/expression.js";
import type { Pattern, PatternTable } from "../plan/pattern.js";
import { type Context, outsideCalls, report } from "./context.js";
import { withExtents } from "./extents.js";
import { callFunction } from "./functions.js";
import { asFloat } from "./numbers.js";
import { spanOf, whereOf } from "./places.js";
import { type Reading, specificationOf } from "./specification.js";
import {
  type DeclarationValue,
  describe,
  FAULT,
  type FunctionValue,
  type Placed,
  type RecordValue,
  type Role,
  record,
  scalar,
} from "./values.js";

/** Everything that `attend` and `score` are called with, as variables of the IR. */
function scopeOf({ specification, faulty }: Reading, logit: boolean, node: Node): RecordValue {
  const { axes, params, tables } = specification;
  const placed = (value: Placed["value"]): Placed => ({ value, node });
  const position = (role: Role & string, names: readonly string[]) =>
    placed(
      record(
        role,
        names.map((axis) => [axis, placed(scalar(intVar(`${role}.${axis}`)))]),
      ),
    );
  const size = record("size", [
    ["q", position("size.q", axes.query)],
    ["k", position("size.k", axes.key)],
  ]);
  return record("scope", [
    ["q", position("q", axes.query)],
    ["k", position("k", axes.key)],
    ["size", placed(size)],
    ["head", placed(scalar(intVar("head")))],
    ["batch", placed(scalar(intVar("batch")))],
    ...(logit ? [["s", placed(scalar(variable("s", "float")))] as const] : []),
    ...faulty.map((name) => [name, placed(FAULT)] as const),
    ...params.map(({ name, type }) => [name, placed(scalar(variable(name, type)))] as const),
    ...tables.map(({ name, type, labels }) => {
      return [
        name,
        placed({ kind: "table", what: "table", name, type, labels: labels.map((label) => label.name) }),
      ] as const;
    }),
  ]);
}

/** Where a function gives its result: the body of an arrow, or its only `return`. */
export function resultNode({ node }: FunctionValue, fallback: Node): Node {
  const body = node.getBody();
  if (body && !Node.isBlock(body)) return body;
  const returns = body?.getStatements().filter(Node.isReturnStatement) ?? [];
  return (returns.length === 1 && returns[0]?.getExpression()) || fallback;
}

function translateFunction(
  what: "attend" | "score",
  declaration: DeclarationValue,
  name: string,
  reading: Reading,
  context: Context,
): Expr | undefined {
  const given = declaration.spec.fields.get(what);
  if (!given || given.value.kind === "fault") return undefined;
  const value = given.value.kind === "member" ? given.value.value : given.value;
  if (value.kind !== "function") {
    report(context, "not-function", { what, found: describe(value) }, given.node);
    return undefined;
  }
  const argument = { value: scopeOf(reading, what === "score", given.node), node: given.node };
  const inner = outsideCalls({ ...context, mode: what });
  const result = callFunction(value, [argument], given.node, inner);
  if (result.kind === "fault") return undefined;
  const found = describe(result);
  const at = resultNode(value, given.node);
  const fits = result.kind === "scalar" && (what === "attend") === (result.expr.type === "bool");
  if (fits) return what === "score" ? asFloat(result.expr) : result.expr;
  if (what === "attend") report(context, "non-boolean-attend", { name, found }, at, [given.node]);
  else report(context, "non-numeric-score", { name, found }, at, [given.node]);
  return undefined;
}

/** The tables with the extents that they declare. */
function tablesOf({ call }: DeclarationValue, reading: Reading, context: Context): PatternTable[] {
  const scope = scopeOf(reading, false, call);
  return reading.specification.tables.map((table) => {
    const extents = reading.extents.get(table.name);
    return extents ? withExtents(table, extents, scope, context) : table;
  });
}

/** The first sentence of a comment, on one line. */
export function firstSentence(comment: string): string | undefined {
  const text = comment.replace(/\s+/g, " ").trim();
  return text === "" ? undefined : (/^.*?[.!?](?= [^a-z]|$)/.exec(text)?.[0] ?? text);
}

export function sentenceOf(node: Node, fallback: string): string {
  const statement = Node.isVariableDeclaration(node) ? node.getVariableStatement() : undefined;
  const comments = statement?.getJsDocs().map((doc) => firstSentence(doc.getDescription())) ?? [];
  return comments.at(-1) ?? fallback;
}

/** Translates a declaration; undefined where a fault was reported. `node` is what declares its name. */
export function translate(
  declaration: DeclarationValue,
  name: string,
  node: Node,
  context: Context,
): Pattern | undefined {
  const reading = specificationOf(declaration, context);
  if (!declaration.spec.fields.has("attend")) {
    const { call } = declaration;
    report(
      context,
      "missing-field",
      { declares: "attention", field: "attend" },
      call.getExpression(),
      call.getArguments(),
    );
  }
  if (!reading) return undefined;
  const { specification } = reading;
  const params = new Map(specification.params.map((param) => [param.name, param]));
  const inner: Context = { ...context, params };
  const attend = translateFunction("attend", declaration, name, reading, inner);
  const score = translateFunction("score", declaration, name, reading, inner);
  const tables = tablesOf(declaration, reading, inner);
  const faulty = declaration.spec.fields.has("score") && !score;
  if (!attend || faulty) return undefined;
  const changed = score && !(score.kind === "var" && score.name === "s");
  return {
    name,
    sentence: sentenceOf(node, `Attention pattern \`${name}\`.`),
    place: whereOf(spanOf(Node.isVariableDeclaration(node) ? node.getNameNode() : node), context.session.nameOf),
    ...specification,
    tables,
    attend,
    ...(changed ? { score } : {}),
    texts: context.texts,
  };
}
