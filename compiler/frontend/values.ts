/** What an expression of the source stands for while it is read: a scalar of the IR, or something that only the frontend sees. */
import type {
  ArrowFunction,
  CallExpression,
  FunctionDeclaration,
  FunctionExpression,
  MethodDeclaration,
  Node,
  Symbol as SourceSymbol,
} from "ts-morph";
import type { Expr } from "../ir/expression.js";
import type { PatternParam } from "../plan/pattern.js";

export type FunctionNode = ArrowFunction | FunctionExpression | FunctionDeclaration | MethodDeclaration;

/** Which function is read. Integer division is allowed in `score` and `value` only; strings and declarations outside of all. */
export type Mode = "module" | "attend" | "score" | "extents" | "value";

/** Values by declaring node; an inlined call has a scope of its own, whose parent is where the function was made. */
export interface Scope {
  readonly bindings: Map<Node, Value>;
  readonly parent: Scope | undefined;
  /** The calls that this code stands in: of the function itself, then those in which it was made; undefined in a module. */
  readonly within: readonly FunctionValue[] | undefined;
}

/** A value, and the source that gives it. */
export interface Placed {
  readonly value: Value;
  readonly node: Node;
}

/** What a record is to the user: decides the message where a field is missing. */
export type Role =
  | "plain"
  | "math"
  /** What `attend` and `score` are given. */
  | "scope"
  | "q"
  | "k"
  | "size"
  | "size.q"
  | "size.k"
  /** What `value` is given: inputs, params and sizes, then the index. */
  | "reads"
  | "at";

export interface RecordValue {
  readonly kind: "record";
  readonly role: Role;
  readonly fields: ReadonlyMap<string, Placed>;
}

export interface FunctionValue {
  readonly kind: "function";
  readonly node: FunctionNode;
  readonly scope: Scope;
}

/** A table as a pattern calls it, or an input as an operation does. */
export interface TableValue {
  readonly kind: "table";
  readonly what: "table" | "input";
  readonly name: string;
  readonly type: "int" | "float";
  readonly labels: readonly string[];
}

/** What `table(...)` gives in a declaration. */
export interface TableSpec {
  readonly kind: "tableSpec";
  readonly type: "int" | "float";
  readonly labels: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly sorted: boolean;
  /** A function of the params, read where the pattern is known. */
  readonly extents?: Placed;
}

/** What `input(...)` gives. */
export interface InputSpec {
  readonly kind: "inputSpec";
  readonly type: "int" | "float";
  readonly labels: readonly string[];
  readonly isExact: boolean;
}

/** What `int(...)` or `float(...)` gives. */
export interface ParamSpec {
  readonly kind: "paramSpec";
  readonly param: Omit<PatternParam, "name">;
  /** Where an option is written. */
  readonly optionNode: (name: string) => Node | undefined;
}

/** What `attention(...)` or `tensor(...)` gives; its functions are translated where they are needed. */
export interface DeclarationValue {
  readonly kind: "declaration";
  readonly declares: "attention" | "tensor";
  readonly call: CallExpression;
  /** The record that was given. */
  readonly spec: RecordValue;
}

/** `attend`, `score` or `value` of another declaration. */
export interface MemberValue {
  readonly kind: "member";
  readonly mode: "attend" | "score" | "value";
  readonly declaration: DeclarationValue;
  readonly name: string;
  readonly value: FunctionValue;
}

export type Declaring = "attention" | "tensor" | "int" | "float" | "table" | "table.int" | "input" | "input.int";
export type Reducing = "sum" | "mean" | "max";
export type Intrinsic = Declaring | Reducing;

export type Value =
  | { readonly kind: "scalar"; readonly expr: Expr }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly Placed[] }
  | RecordValue
  | FunctionValue
  | TableValue
  | TableSpec
  | InputSpec
  | ParamSpec
  | DeclarationValue
  | MemberValue
  | { readonly kind: "builtin"; readonly name: string }
  | { readonly kind: "intrinsic"; readonly name: Intrinsic }
  /** `import * as name`. */
  | { readonly kind: "module"; readonly symbol: SourceSymbol }
  /** A global or a member of another package: it can be named, not used. */
  | { readonly kind: "foreign"; readonly name: string; readonly from?: string; readonly specifier?: Node }
  /** Of a function that returns nothing, and `undefined`. */
  | { readonly kind: "nothing" }
  /** Something already reported: whatever is made of it is silent. */
  | { readonly kind: "fault" };

export const FAULT: Value = { kind: "fault" };
export const NOTHING: Value = { kind: "nothing" };

export const scalar = (expr: Expr): Value => ({ kind: "scalar", expr });

export const record = (role: Role, fields: Iterable<readonly [string, Placed]>): RecordValue => ({
  kind: "record",
  role,
  fields: new Map(fields),
});

/** What a value is, in the user's words. */
export function describe(value: Value): string {
  switch (value.kind) {
    case "scalar":
      return value.expr.type === "bool" ? "a boolean" : "a number";
    case "text":
      return "a string";
    case "list":
      return "an array";
    case "record":
      return "an object";
    case "function":
    case "member":
    case "builtin":
    case "intrinsic":
      return "a function";
    case "table":
      return value.what === "table" ? "a table" : "an input";
    case "tableSpec":
      return "a table";
    case "inputSpec":
      return "an input";
    case "paramSpec":
      return "the declaration of a param";
    case "declaration":
      return value.declares === "attention" ? "a declared pattern" : "a declared operation";
    case "module":
      return "a module";
    case "foreign":
      return `\`${value.name}\``;
    case "nothing":
    case "fault":
      return "undefined";
  }
}

export const newScope = (parent?: Scope, within = parent?.within): Scope => ({ bindings: new Map(), parent, within });

export function lookUp(scope: Scope | undefined, declaration: Node): Value | undefined {
  for (let each = scope; each; each = each.parent) {
    const value = each.bindings.get(declaration);
    if (value) return value;
  }
  return undefined;
}
