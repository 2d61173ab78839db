/** One declared tensor operation as a `Tensor`: its `value` is called once with symbols for the index, inputs and params. */
import { Node } from "ts-morph";
import { type Expr, intVar, variable, variablesOf } from "../ir/expression.js";
import type { PatternParam } from "../plan/pattern.js";
import type { Reduction, Tensor, TensorInput } from "../plan/tensor.js";
import { type Context, outsideCalls, report } from "./context.js";
import { callFunction } from "./functions.js";
import { asFloat } from "./numbers.js";
import { spanOf, whereOf } from "./places.js";
import { axisList, checkName, fieldsOf, paramsOf } from "./specification.js";
import { resultNode, sentenceOf } from "./translate.js";
import { type DeclarationValue, describe, FAULT, type Placed, type RecordValue, record, scalar } from "./values.js";

const RESERVED: ReadonlySet<string> = new Set(["size"]);
/** Kernels and their launchers have operands and uniforms of these names. */
const NOT_INPUTS: ReadonlySet<string> = new Set([...RESERVED, "output", "uniforms", "param"]);
const ANY: ReadonlySet<string> = new Set();

interface Reading {
  readonly axes: readonly string[];
  readonly params: readonly PatternParam[];
  readonly inputs: readonly TensorInput[];
  /** Names whose fault is reported. */
  readonly faulty: readonly string[];
}

function axesOf(declaration: DeclarationValue, context: Context): readonly string[] | undefined {
  const given = declaration.spec.fields.get("axes");
  if (given) return axisList(given, 6, context);
  const { call } = declaration;
  const facts = { declares: "tensor", field: "axes" } as const;
  report(context, "missing-field", facts, call.getExpression(), call.getArguments());
  return undefined;
}

function inputsOf(declaration: DeclarationValue, axes: readonly string[], context: Context): TensorInput[] {
  return fieldsOf(declaration, "inputs", context).flatMap(([name, { value, node }]) => {
    checkName("an input", name, NOT_INPUTS, node, context);
    if (value.kind === "fault") return [];
    if (value.kind !== "inputSpec") {
      const allowed = '`input("t")` or `input.int("t")`';
      report(context, "not-static", { what: `input '${name}'`, found: describe(value), allowed }, node);
      return [];
    }
    const { type, labels, isExact } = value;
    if (labels.length === 0) report(context, "no-labels", { name }, node);
    for (const label of labels) checkName("a label", label, ANY, node, context);
    const tie = (label: string) => (axes.includes(label) ? "axis" : "free");
    return [{ name, type, labels: labels.map((label) => ({ name: label, tie: tie(label) })), isExact }];
  });
}

function readingOf(declaration: DeclarationValue, context: Context): Reading | undefined {
  const axes = axesOf(declaration, context);
  const params = paramsOf(declaration, RESERVED, context);
  const inputs = inputsOf(declaration, axes ?? [], context);
  const clash = inputs.find(({ name }) => params.some((param) => param.name === name));
  if (clash) {
    const placed = fieldsOf(declaration, "inputs", context).find(([name]) => name === clash.name)?.[1];
    report(context, "name-clash", { name: clash.name, what: "an input" }, placed?.node ?? declaration.call);
  }
  const known = new Set([...params, ...inputs].map(({ name }) => name));
  const declared = [...fieldsOf(declaration, "params", context), ...fieldsOf(declaration, "inputs", context)];
  const faulty = declared.map(([name]) => name).filter((name) => !known.has(name));
  return axes && { axes, params, inputs, faulty };
}

/** Everything that `value` is called with: what it reads, and the index. */
function argumentsOf({ axes, params, inputs, faulty }: Reading, node: Node): readonly [RecordValue, RecordValue] {
  const placed = (value: Placed["value"]): Placed => ({ value, node });
  const labels = new Set([...axes, ...inputs.flatMap((input) => input.labels.map(({ name }) => name))]);
  const reads = record("reads", [
    [
      "size",
      placed(
        record(
          "size",
          [...labels].map((label) => [label, placed(scalar(intVar(`size.${label}`)))]),
        ),
      ),
    ],
    ...faulty.map((name) => [name, placed(FAULT)] as const),
    ...params.map(({ name, type }) => [name, placed(scalar(variable(name, type)))] as const),
    ...inputs.map(({ name, type, labels: own }) => {
      const value = { kind: "table", what: "input", name, type, labels: own.map((label) => label.name) } as const;
      return [name, placed(value)] as const;
    }),
  ]);
  const at = record(
    "at",
    axes.map((axis) => [axis, placed(scalar(intVar(`at.${axis}`)))]),
  );
  return [reads, at];
}

/** The reductions that a value is made of, those that nothing reads left out. */
function reached(value: Expr, made: readonly Reduction[]): Reduction[] {
  const names = new Set(variablesOf(value));
  const kept = [...made].reverse().filter(({ name, body }) => {
    if (!names.has(name)) return false;
    for (const each of variablesOf(body)) names.add(each);
    return true;
  });
  return kept.reverse();
}

function elementOf(declaration: DeclarationValue, name: string, reading: Reading, context: Context): Expr | undefined {
  const given = declaration.spec.fields.get("value");
  if (!given || given.value.kind === "fault") return undefined;
  const fn = given.value.kind === "member" ? given.value.value : given.value;
  if (fn.kind !== "function") {
    report(context, "not-function", { what: "value", found: describe(fn) }, given.node);
    return undefined;
  }
  const args = argumentsOf(reading, given.node).map((value) => ({ value, node: given.node }));
  const result = callFunction(fn, args, given.node, outsideCalls({ ...context, mode: "value", reduces: true }));
  if (result.kind === "fault") return undefined;
  if (result.kind === "scalar" && result.expr.type !== "bool") return asFloat(result.expr);
  const found = describe(result);
  report(context, "non-numeric-value", { name, found }, resultNode(fn, given.node), [given.node]);
  return undefined;
}

function isExactOf(declaration: DeclarationValue, context: Context): boolean {
  const given = declaration.spec.fields.get("exact");
  if (!given || given.value.kind === "fault" || given.value.kind === "nothing") return false;
  const { value } = given;
  if (value.kind === "scalar" && value.expr.kind === "const" && value.expr.type === "bool")
    return value.expr.value === 1;
  report(context, "not-static", { what: "'exact'", found: describe(value), allowed: "true or false" }, given.node);
  return false;
}

/** Translates a declaration; undefined where a fault was reported. `node` is what declares its name. */
export function translateTensor(
  declaration: DeclarationValue,
  name: string,
  node: Node,
  context: Context,
): Tensor | undefined {
  const reading = readingOf(declaration, context);
  if (!declaration.spec.fields.has("value")) {
    const { call } = declaration;
    const facts = { declares: "tensor", field: "value" } as const;
    report(context, "missing-field", facts, call.getExpression(), call.getArguments());
  }
  if (!reading) return undefined;
  const { axes, params, inputs } = reading;
  const inner: Context = { ...context, params: new Map(params.map((param) => [param.name, param])) };
  const value = elementOf(declaration, name, reading, inner);
  const isExact = isExactOf(declaration, context);
  if (!value) return undefined;
  return {
    name,
    sentence: sentenceOf(node, `Tensor operation \`${name}\`.`),
    place: whereOf(spanOf(Node.isVariableDeclaration(node) ? node.getNameNode() : node), context.session.nameOf),
    axes,
    params,
    inputs,
    isExact,
    reductions: reached(value, context.reductions.made),
    value,
    texts: context.texts,
  };
}
