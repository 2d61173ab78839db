/** Axes, params and tables of a declaration, read from what `attention` was given and checked. */
import { Node } from "ts-morph";
import type { Axes, PatternParam, PatternTable, TableTie } from "../plan/pattern.js";
import { type Context, report } from "./context.js";
import { INT_MAX, INT_MIN } from "./numbers.js";
import { type DeclarationValue, describe, type ParamSpec, type Placed, type TableSpec } from "./values.js";

export interface Specification {
  readonly axes: Axes;
  readonly params: readonly PatternParam[];
  readonly tables: readonly PatternTable[];
}

export interface Reading {
  readonly specification: Specification;
  /** Names of params and tables whose fault is reported. */
  readonly faulty: readonly string[];
  /** The functions that give extents of tables, by table; not yet read. */
  readonly extents: ReadonlyMap<string, Placed>;
}

/** Words that stand beside axes where strides and tables are named. */
const NOT_AXES: ReadonlySet<string> = new Set(["head", "heads", "batch", "dim"]);
const RESERVED: ReadonlySet<string> = new Set(["q", "k", "s", "size", "head", "batch"]);

/** What every object of JavaScript has: operands, params and extents are given as objects. */
const OF_OBJECTS: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

export function checkName(
  what: string,
  name: string,
  reserved: ReadonlySet<string>,
  node: Node,
  context: Context,
): void {
  // TypeScript reports a reserved param at the word `params`.
  const group = node.getFirstAncestor(Node.isPropertyAssignment)?.getFirstAncestor(Node.isPropertyAssignment);
  if (reserved.has(name))
    report(context, "reserved-name", { what, name, reserved: [...reserved] }, node, [group?.getNameNode()]);
  else if (OF_OBJECTS.has(name)) report(context, "object-name", { what, name }, node);
  else if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) report(context, "invalid-name", { what, name }, node);
}

/** One list of axis names; undefined once a fault is reported. */
export function axisList(given: Placed, most: 4 | 6, context: Context): readonly string[] | undefined {
  const { value, node } = given;
  if (value.kind === "fault") return undefined;
  if (value.kind !== "list") {
    const allowed = most === 4 ? "a list of names, or `{ query: [...], key: [...] }`" : "a list of names";
    report(context, "not-static", { what: "'axes'", found: describe(value), allowed }, node);
    return undefined;
  }
  if (value.items.length < 1 || value.items.length > most)
    report(context, "axis-count", { count: value.items.length, most }, node);
  const names: string[] = [];
  for (const item of value.items) {
    if (item.value.kind === "text") {
      const axis = item.value.text;
      if (names.includes(axis)) report(context, "axis-twice", { axis }, item.node);
      checkName("an axis", axis, most === 4 ? NOT_AXES : new Set(), item.node, context);
      names.push(axis);
    } else if (item.value.kind !== "fault") {
      const facts = { what: "an axis", found: describe(item.value), allowed: 'a string, such as "t"' };
      report(context, "not-static", facts, item.node);
    }
  }
  return names;
}

function axesOf(declaration: DeclarationValue, context: Context): Axes | undefined {
  const given = declaration.spec.fields.get("axes");
  if (!given) {
    report(
      context,
      "missing-field",
      { declares: "attention", field: "axes" },
      declaration.call.getExpression(),
      declaration.call.getArguments(),
    );
    return undefined;
  }
  if (given.value.kind !== "record") {
    const names = axisList(given, 4, context);
    return names && { query: names, key: names, shared: true };
  }
  const [query, key] = [given.value.fields.get("query"), given.value.fields.get("key")];
  if (!query || !key) {
    report(context, "missing-field", { declares: "attention", field: query ? "axes.key" : "axes.query" }, given.node);
    return undefined;
  }
  const [queryNames, keyNames] = [axisList(query, 4, context), axisList(key, 4, context)];
  return queryNames && keyNames && { query: queryNames, key: keyNames, shared: false };
}

function checkParam(name: string, { param, optionNode }: ParamSpec, node: Node, context: Context): void {
  const { type, min, max, default: value } = param;
  if (type === "int") {
    for (const [option, given] of Object.entries({ min, max, default: value })) {
      if (given === undefined || (Number.isInteger(given) && given >= INT_MIN && given <= INT_MAX)) continue;
      report(context, "param-integer", { name, option, value: given }, optionNode(option) ?? node);
    }
  }
  if (min !== undefined && max !== undefined && min > max) {
    report(context, "param-bounds", { name, min, max }, optionNode("min") ?? node);
  } else if (value !== undefined && (value < (min ?? value) || value > (max ?? value))) {
    const limit = value < (min ?? value) ? `below min ${min}` : `above max ${max}`;
    report(context, "param-default", { name, value, limit }, optionNode("default") ?? node);
  }
}

/** The fields of `params` or `tables`; none where they are absent or faulty. */
export function fieldsOf(
  declaration: DeclarationValue,
  part: "params" | "tables" | "inputs",
  context: Context,
): readonly [string, Placed][] {
  const given = declaration.spec.fields.get(part);
  if (!given || given.value.kind === "fault" || given.value.kind === "nothing") return [];
  if (given.value.kind === "record") return [...given.value.fields];
  report(context, "not-static", { what: `'${part}'`, found: describe(given.value), allowed: "an object" }, given.node);
  return [];
}

export function paramsOf(
  declaration: DeclarationValue,
  reserved: ReadonlySet<string>,
  context: Context,
): PatternParam[] {
  return fieldsOf(declaration, "params", context).flatMap(([name, { value, node }]) => {
    checkName("a param", name, reserved, node, context);
    if (value.kind === "paramSpec") {
      checkParam(name, value, node, context);
      return [{ name, ...value.param }];
    }
    if (value.kind === "fault") return [];
    const facts = { what: `param '${name}'`, found: describe(value), allowed: "`int({ ... })` or `float({ ... })`" };
    report(context, "not-static", facts, node);
    return [];
  });
}

function tableOf(name: string, spec: TableSpec, axes: Axes | undefined): PatternTable {
  const { type, labels, min, max, sorted } = spec;
  const isAxis = (label: string) => axes?.query.includes(label) || axes?.key.includes(label);
  const tie = (label: string): TableTie =>
    isAxis(label) ? "axis" : label === "head" || label === "batch" ? label : "free";
  return {
    name,
    type,
    labels: labels.map((label) => ({ name: label, tie: tie(label) })),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    sorted,
  };
}

function tablesOf(declaration: DeclarationValue, axes: Axes | undefined, context: Context): PatternTable[] {
  return fieldsOf(declaration, "tables", context).flatMap(([name, { value, node }]) => {
    checkName("a table", name, RESERVED, node, context);
    if (value.kind === "tableSpec") {
      const { min, max } = value;
      if (min !== undefined && max !== undefined && min > max)
        report(context, "table-bounds", { name, min, max }, node);
      return [tableOf(name, value, axes)];
    }
    if (value.kind === "fault") return [];
    const facts = { what: `table '${name}'`, found: describe(value), allowed: '`table("t")` or `table.int("t")`' };
    report(context, "not-static", facts, node);
    return [];
  });
}

export function specificationOf(declaration: DeclarationValue, context: Context): Reading | undefined {
  const axes = axesOf(declaration, context);
  const params = paramsOf(declaration, RESERVED, context);
  const tables = tablesOf(declaration, axes, context);
  for (const { name } of tables) {
    const node = declaration.spec.fields.get("tables");
    if (!params.some((param) => param.name === name) || node?.value.kind !== "record") continue;
    report(context, "name-clash", { name, what: "a table" }, node.value.fields.get(name)?.node ?? node.node);
  }
  const known = new Set([...params, ...tables].map(({ name }) => name));
  const declared = [...fieldsOf(declaration, "params", context), ...fieldsOf(declaration, "tables", context)];
  const faulty = declared.map(([name]) => name).filter((name) => !known.has(name));
  const extents = fieldsOf(declaration, "tables", context).flatMap(([name, { value }]) =>
    value.kind === "tableSpec" && value.extents ? [[name, value.extents] as const] : [],
  );
  return axes && { specification: { axes, params, tables }, faulty, extents: new Map(extents) };
}
