/** Expressions as plain data that keeps their types and what they share: a list of rows, operands named by their place in it. */
import {
  type BinaryOp,
  binary,
  constant,
  type Expr,
  lookup,
  nodesOf,
  search,
  select,
  type Type,
  type UnaryOp,
  unary,
  variable,
} from "./expression.js";

/** One expression; every number that stands for an operand is the place of an earlier row. */
export type Row =
  | { readonly kind: "const"; readonly type: Type; readonly value: number }
  | { readonly kind: "var"; readonly type: Type; readonly name: string }
  | { readonly kind: "lookup"; readonly type: Type; readonly table: string; readonly indices: readonly number[] }
  | { readonly kind: "search"; readonly table: string; readonly value: number; readonly strict: boolean }
  | { readonly kind: "unary"; readonly op: UnaryOp; readonly a: number }
  | { readonly kind: "binary"; readonly op: BinaryOp; readonly a: number; readonly b: number }
  | { readonly kind: "select"; readonly condition: number; readonly a: number; readonly b: number };

/** Where a value held an expression, its place among the rows. */
export interface RowReference {
  readonly row: number;
}

/** A value with references in place of its expressions. */
export type Stored<T> = T extends Expr
  ? RowReference
  : T extends readonly (infer E)[]
    ? readonly Stored<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Stored<T[K]> }
      : T;

export interface Rows<T> {
  readonly rows: readonly Row[];
  readonly value: Stored<T>;
}

function rowOf(e: Expr, at: (operand: Expr) => number): Row {
  switch (e.kind) {
    case "const":
      return { kind: e.kind, type: e.type, value: e.value };
    case "var":
      return { kind: e.kind, type: e.type, name: e.name };
    case "lookup":
      return { kind: e.kind, type: e.type, table: e.table, indices: e.indices.map(at) };
    case "search":
      return { kind: e.kind, table: e.table, value: at(e.value), strict: e.strict };
    case "unary":
      return { kind: e.kind, op: e.op, a: at(e.a) };
    case "binary":
      return { kind: e.kind, op: e.op, a: at(e.a), b: at(e.b) };
    case "select":
      return { kind: e.kind, condition: at(e.condition), a: at(e.a), b: at(e.b) };
  }
}

function expressionOf(row: Row, at: (place: number) => Expr): Expr {
  switch (row.kind) {
    case "const":
      return constant(row.type, row.value);
    case "var":
      return variable(row.name, row.type);
    case "lookup":
      return lookup(row.table, row.type, row.indices.map(at));
    case "search":
      return search(row.table, at(row.value), row.strict);
    case "unary":
      return unary(row.op, at(row.a));
    case "binary":
      return binary(row.op, at(row.a), at(row.b));
    case "select":
      return select(at(row.condition), at(row.a), at(row.b));
  }
}

/** Rebuilds plain data; what `replace` gives takes the place of a part. */
function rebuilt(value: unknown, replace: (part: object) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const other = replace(value);
  if (other !== undefined) return other;
  if (Array.isArray(value)) return value.map((part) => rebuilt(part, replace));
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, rebuilt(part, replace)]));
}

/** Interned expressions alone are frozen and have an id. */
const isExpression = (part: object): part is Expr => "kind" in part && "id" in part && Object.isFrozen(part);
const isReference = (part: object): part is RowReference => "row" in part && Object.keys(part).length === 1;

/** Plain data with expressions in it -> data that survives JSON. */
export function toRows<T>(value: T): Rows<T> {
  const roots: Expr[] = [];
  rebuilt(value, (part) => {
    if (!isExpression(part)) return undefined;
    roots.push(part);
    return part;
  });
  const places = new Map(nodesOf(...roots).map((e, i) => [e, i]));
  const at = (e: Expr) => places.get(e) as number;
  const stored = rebuilt(value, (part) => (isExpression(part) ? { row: at(part) } : undefined));
  return { rows: [...places.keys()].map((e) => rowOf(e, at)), value: stored as Stored<T> };
}

/** What `toRows` was given. */
export function fromRows<T>({ rows, value }: Rows<T>): T {
  const made: Expr[] = [];
  const at = (place: number) => made[place] as Expr;
  for (const row of rows) made.push(expressionOf(row, at));
  return rebuilt(value, (part) => (isReference(part) ? at(part.row) : undefined)) as T;
}
