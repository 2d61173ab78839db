/** Declared extents of tables: a function of the int params that is read like `attend`, one integer per free dimension. */
import { Node } from "ts-morph";
import { type Expr, nodesOf } from "../ir/expression.js";
import type { PatternTable } from "../plan/pattern.js";
import { type Context, outsideCalls, report } from "./context.js";
import { callFunction } from "./functions.js";
import { isConst } from "./numbers.js";
import { describe, type Placed, type RecordValue } from "./values.js";

/** Where TypeScript says that no form of `table` takes such options. */
function calleeOf(option: Node): Node | undefined {
  const target = option.getFirstAncestor(Node.isCallExpression)?.getExpression();
  return Node.isPropertyAccessExpression(target) ? target.getNameNode() : target;
}

/** What an extent must not be made of, in the user's words. */
function refusedPart(e: Expr, { params }: Context): string | undefined {
  if (e.kind === "var") return params.get(e.name)?.type === "int" ? undefined : `\`${e.name}\``;
  if (e.kind === "lookup") return `table '${e.table}'`;
  return e.type === "float" ? "floats" : undefined;
}

function extentOf(table: string, { value, node }: Placed, option: Node, context: Context): Expr | undefined {
  if (value.kind === "fault") return undefined;
  const expr = value.kind === "scalar" && value.expr.type !== "bool" ? value.expr : undefined;
  const refused = expr && nodesOf(expr).flatMap((e) => refusedPart(e, context) ?? [])[0];
  if (refused !== undefined) {
    report(context, "extent-operand", { table, found: refused }, node);
    return undefined;
  }
  if (expr && !(isConst(expr) && expr.value < 1)) return expr;
  const found = expr && isConst(expr) ? String(expr.value) : describe(value);
  const facts = { what: `an extent of table '${table}'`, found, allowed: "a positive integer" };
  report(context, "not-static", facts, node, [calleeOf(option)]);
  return undefined;
}

/** The expressions that `extents` gives when it is called with a scope; undefined once a fault is reported. */
function read(table: PatternTable, given: Placed, scope: RecordValue, context: Context): readonly Expr[] | undefined {
  const { value, node } = given;
  const { name, labels } = table;
  if (value.kind === "fault") return undefined;
  if (value.kind !== "function") {
    report(context, "not-function", { what: "extents", found: describe(value) }, node, [calleeOf(node)]);
    return undefined;
  }
  const result = callFunction(value, [{ value: scope, node }], node, outsideCalls({ ...context, mode: "extents" }));
  if (result.kind === "fault") return undefined;
  const free = labels.filter(({ tie }) => tie === "free").map((label) => label.name);
  if (result.kind !== "list") {
    const facts = { what: `what 'extents' of table '${name}' gives`, found: describe(result), allowed: "an array" };
    report(context, "not-static", facts, node, [calleeOf(node)]);
    return undefined;
  }
  if (result.items.length !== free.length) {
    report(context, "extent-count", { table: name, free, given: result.items.length }, node);
    return undefined;
  }
  const extents = result.items.flatMap((item) => extentOf(name, item, node, context) ?? []);
  return extents.length === free.length ? extents : undefined;
}

/** A table with its declared extents on its free labels; as it is where a fault is reported. */
export function withExtents(table: PatternTable, given: Placed, scope: RecordValue, context: Context): PatternTable {
  const extents = [...(read(table, given, scope, context) ?? [])];
  if (extents.length === 0) return table;
  return {
    ...table,
    labels: table.labels.map((label) => (label.tie === "free" ? { ...label, extent: extents.shift() as Expr } : label)),
  };
}
