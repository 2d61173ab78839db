/** `attention`, `tensor`, `int`, `float`, `table` and `input`, as a declaration uses them: what they were given, checked. */
import type { CallExpression } from "ts-morph";
import { type Context, report, textOf } from "./context.js";
import { type Declaring, describe, FAULT, type Placed, type RecordValue, type Value } from "./values.js";

const example: { readonly [name in Declaring]: string } = {
  attention: "a pattern",
  tensor: "an operation",
  int: "a param",
  float: "a param",
  table: "a table",
  "table.int": "a table",
  input: "an input",
  "input.int": "an input",
};

export function callIntrinsic(name: Declaring, args: readonly Placed[], call: CallExpression, context: Context): Value {
  if (context.mode !== "module") {
    const what = `\`${name}\` inside ${context.mode}`;
    return report(context, "unsupported", { what, instead: `declare ${example[name]} at the top of the file` }, call);
  }
  switch (name) {
    case "attention":
    case "tensor":
      return declarationOf(name, args, call, context);
    case "int":
    case "float":
      return paramOf(name, args[0], context);
    case "table":
    case "table.int":
      return tableOf(name === "table" ? "float" : "int", args, context);
    case "input":
    case "input.int":
      return inputOf(name === "input" ? "float" : "int", args, context);
  }
}

function declarationOf(
  declares: "attention" | "tensor",
  args: readonly Placed[],
  call: CallExpression,
  context: Context,
): Value {
  const [given] = args;
  if (given?.value.kind === "fault") return FAULT;
  if (given?.value.kind !== "record") {
    return report(context, "missing-field", { declares, field: "axes" }, call.getExpression());
  }
  return { kind: "declaration", declares, call, spec: given.value };
}

/** The options that were given, by name; undefined where they are no object, which is reported. */
function optionsOf(given: Placed | undefined, context: Context): RecordValue["fields"] | undefined {
  if (!given || given.value.kind === "nothing") return new Map();
  if (given.value.kind === "record") return given.value.fields;
  if (given.value.kind !== "fault") {
    const facts = { what: `\`${textOf(given.node)}\``, found: describe(given.value), allowed: "an object of options" };
    report(context, "not-static", facts, given.node);
  }
  return undefined;
}

/** A number among options, known at compile time. */
function numberOption(options: RecordValue["fields"], name: string, context: Context): number | undefined {
  const option = options.get(name);
  if (!option || option.value.kind === "nothing" || option.value.kind === "fault") return undefined;
  const { value, node } = option;
  if (value.kind === "scalar" && value.expr.kind === "const" && value.expr.type !== "bool") return value.expr.value;
  if (value.kind === "foreign") {
    report(context, "impure-call", { callee: value.name }, node);
    return undefined;
  }
  report(context, "not-static", { what: `'${name}'`, found: describe(value), allowed: "a number" }, node);
  return undefined;
}

const given = <K extends string>(name: K, value: number | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { readonly [key in K]?: number };

function paramOf(type: "int" | "float", argument: Placed | undefined, context: Context): Value {
  const options = optionsOf(argument, context);
  if (!options) return FAULT;
  const read = (name: string) => numberOption(options, name, context);
  const param = {
    type,
    ...given("min", read("min")),
    ...given("max", read("max")),
    ...given("default", read("default")),
  };
  const placed = (name: string) => options.get(name)?.node;
  return { kind: "paramSpec", param, optionNode: placed };
}

/** Labels, then perhaps options; undefined once a fault is reported. */
function labelled(what: string, args: readonly Placed[], context: Context) {
  const labels: string[] = [];
  let options: RecordValue["fields"] = new Map();
  for (const [index, arg] of args.entries()) {
    if (arg.value.kind === "fault") return undefined;
    if (arg.value.kind === "text") labels.push(arg.value.text);
    else if (index === args.length - 1 && arg.value.kind === "record") options = arg.value.fields;
    else {
      const facts = { what: `a label of ${what}`, found: describe(arg.value), allowed: "a string" };
      report(context, "not-static", facts, arg.node);
      return undefined;
    }
  }
  return { labels, options };
}

function inputOf(type: "int" | "float", args: readonly Placed[], context: Context): Value {
  const given = labelled("an input", args, context);
  if (!given) return FAULT;
  const { labels, options } = given;
  return { kind: "inputSpec", type, labels, isExact: flagOption(options, "exact", context) };
}

function tableOf(type: "int" | "float", args: readonly Placed[], context: Context): Value {
  const found = labelled("a table", args, context);
  if (!found) return FAULT;
  const { labels, options } = found;
  const extents = options.get("extents");
  return {
    kind: "tableSpec",
    type,
    labels,
    ...given("min", numberOption(options, "min", context)),
    ...given("max", numberOption(options, "max", context)),
    sorted: flagOption(options, "sorted", context),
    ...(extents && extents.value.kind !== "nothing" ? { extents } : {}),
  };
}

function flagOption(options: RecordValue["fields"], name: string, context: Context): boolean {
  const option = options.get(name);
  if (!option || option.value.kind === "nothing" || option.value.kind === "fault") return false;
  const { value, node } = option;
  if (value.kind === "scalar" && value.expr.kind === "const" && value.expr.type === "bool")
    return value.expr.value === 1;
  report(context, "not-static", { what: `'${name}'`, found: describe(value), allowed: "true or false" }, node);
  return false;
}
