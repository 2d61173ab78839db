/** Fields of values, and the binding patterns that take values apart. */
import { type BindingName, type Expression, Node } from "ts-morph";
import { type Context, report } from "./context.js";
import { numberOf } from "./numbers.js";
import { literalValue } from "./syntax.js";
import {
  describe,
  FAULT,
  NOTHING,
  type Placed,
  type RecordValue,
  record,
  type Scope,
  scalar,
  type Value,
} from "./values.js";

const OPERANDS: { readonly [role: string]: string } = {
  q: "the query position `q`",
  k: "the key position `k`",
  "size.q": "`size.q`",
  "size.k": "`size.k`",
  size: "`size`",
  at: "the index",
};

const ALWAYS: ReadonlySet<string> = new Set(["q", "k", "s", "size", "head", "batch"]);

function missingField(from: RecordValue, name: string, node: Node, context: Context): Value {
  const known = [...from.fields.keys()];
  if (from.role === "math") return { kind: "foreign", name: `Math.${name}` };
  if (from.role === "scope") {
    if (name === "s") return report(context, "logit-in-attend", {}, node);
    const declared = known.filter((each) => !ALWAYS.has(each));
    return report(context, "undeclared-name", { name, declared, inExtents: context.mode === "extents" }, node);
  }
  if (from.role === "reads") {
    return report(context, "unknown-read", { name, declared: known.filter((each) => each !== "size") }, node);
  }
  const operand = OPERANDS[from.role];
  if (operand !== undefined) return report(context, "unknown-axis", { name, operand, axes: known }, node);
  return report(context, "unknown-property", { name, of: describe(from) }, node);
}

const EMPTY = record("plain", []);
/** What a declaration may leave out. */
const OPTIONAL: ReadonlySet<string> = new Set(["params", "tables", "inputs"]);

/** `from.name`; reports at `node` where there is no such field. */
export function fieldOf(from: Value, name: string, node: Node, context: Context): Value {
  switch (from.kind) {
    case "fault":
      return FAULT;
    case "record":
      return from.fields.get(name)?.value ?? missingField(from, name, node, context);
    case "foreign":
      return { ...from, name: `${from.name}.${name}` };
    case "list":
      if (name === "length") return scalar(numberOf(from.items.length));
      return from.items[Number(name)]?.value ?? method("Array", from, name, node, context);
    case "scalar":
      return method(from.expr.type === "bool" ? "Boolean" : "Number", from, name, node, context);
    case "intrinsic":
      if ((from.name === "table" || from.name === "input") && name === "int")
        return { kind: "intrinsic", name: `${from.name}.int` };
      return unknown(from, name, node, context);
    case "declaration": {
      const own = from.spec.fields.get(name)?.value;
      if ((name === "attend" || name === "score" || name === "value") && own) {
        if (own.kind !== "function") return own;
        return { kind: "member", mode: name, declaration: from, name, value: own };
      }
      return own ?? (OPTIONAL.has(name) ? EMPTY : unknown(from, name, node, context));
    }
    default:
      return unknown(from, name, node, context);
  }
}

const unknown = (from: Value, name: string, node: Node, context: Context): Value =>
  report(context, "unknown-property", { name, of: describe(from) }, node);

/** A property of a number or an array: a method where it is called, which the call refuses by name. */
function method(owner: string, from: Value, name: string, node: Node, context: Context): Value {
  const access = node.getParent();
  const call = access?.getParent();
  const isCalled = Node.isCallExpression(call) && call.getExpression() === access;
  return isCalled ? { kind: "foreign", name: `${owner}.${name}` } : unknown(from, name, node, context);
}

/** Binds the names of a parameter or of a `const` to what they stand for. */
export function bind(name: BindingName, value: Value, scope: Scope, context: Context): void {
  if (Node.isIdentifier(name)) {
    scope.bindings.set(name.getParentOrThrow(), value);
    return;
  }
  const taken = new Set<string>();
  for (const [index, element] of name.getElements().entries()) {
    if (!Node.isBindingElement(element)) continue;
    if (element.getDotDotDotToken()) {
      bind(element.getNameNode(), restOf(value, taken, element, context), scope, context);
      continue;
    }
    const property = element.getPropertyNameNode();
    const label = property ?? element.getNameNode();
    const key = Node.isArrayBindingPattern(name) ? String(index) : keyOf(label, scope, context);
    taken.add(key ?? "");
    const initializer = element.getInitializer();
    const absent = value.kind === "record" && key !== undefined && !value.fields.has(key);
    const own =
      absent && initializer
        ? context.session.evaluate(initializer, scope, context)
        : key === undefined
          ? FAULT
          : fieldOf(value, key, label, context);
    bind(element.getNameNode(), own, scope, context);
  }
}

function restOf(value: Value, taken: ReadonlySet<string>, node: Node, context: Context): Value {
  if (value.kind === "fault") return FAULT;
  if (value.kind !== "record") return report(context, "unsupported", { what: "the rest of an array" }, node);
  return record(
    value.role,
    [...value.fields].filter(([name]) => !taken.has(name)),
  );
}

/** The name that a property is declared by: `t`, `"t"`, `["t"]`. */
export function keyOf(name: Node, scope: Scope, context: Context): string | undefined {
  if (Node.isIdentifier(name)) return name.getText();
  if (Node.isStringLiteral(name) || Node.isNoSubstitutionTemplateLiteral(name)) return name.getLiteralText();
  if (Node.isNumericLiteral(name)) return String(literalValue(name));
  return Node.isComputedPropertyName(name) ? indexOf(name.getExpression(), scope, context) : undefined;
}

/** The name in brackets: `q["t"]`, or a constant string or number. */
export function indexOf(index: Expression, scope: Scope, context: Context): string | undefined {
  if (Node.isStringLiteral(index) || Node.isNoSubstitutionTemplateLiteral(index)) return index.getLiteralText();
  const value = context.session.evaluate(index, scope, context);
  if (value.kind === "text") return value.text;
  if (value.kind === "scalar" && value.expr.kind === "const") return String(value.expr.value);
  if (value.kind !== "fault") {
    const what = "a property chosen while the pattern is computed";
    report(context, "unsupported", { what, instead: 'name it: `q.t` or `q["t"]`' }, index);
  }
  return undefined;
}

/** Fields of `...value` in an object literal. */
export function spreadFields(value: Value, node: Node, context: Context): readonly (readonly [string, Placed])[] {
  if (value.kind === "record") return [...value.fields];
  if (value.kind === "declaration") return [...value.spec.fields];
  if (value.kind !== "fault" && value !== NOTHING) {
    report(context, "unsupported", { what: `spreading ${describe(value)}` }, node);
  }
  return [];
}
