/** The expression IR: closed unions of interned, immutable records. Equal expressions are the same object. */

export type Type = "int" | "float" | "bool";

/**
 * Operators of one operand. `square` stands for `x * x` and `isqrt` for the floor of a square root; `floor`, `ceil`,
 * `trunc` and `round` (half up, as in JavaScript) take and give floats; `toInt` takes a float that holds an integer.
 */
export type UnaryOp =
  | "neg"
  | "not"
  | "bitNot"
  | "abs"
  | "sign"
  | "square"
  | "isqrt"
  | "floor"
  | "ceil"
  | "trunc"
  | "round"
  | "toFloat"
  | "toInt"
  | "sqrt"
  | "exp"
  | "log"
  | "log2"
  | "tanh"
  | "sin"
  | "cos";

/**
 * Operators of two operands. `div` and `pow` are float only; `floorDiv`, `truncDiv` and `ipow`, whose
 * exponent is never negative, are int only; `rem` truncates;
 * shifts use the low 5 bits of their right operand. `>` and `>=` are `lt` and `le` with their operands swapped.
 */
export type BinaryOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "floorDiv"
  | "truncDiv"
  | "rem"
  | "pow"
  | "ipow"
  | "min"
  | "max"
  | "bitAnd"
  | "bitOr"
  | "bitXor"
  | "shl"
  | "shr"
  | "ushr"
  | "lt"
  | "le"
  | "eq"
  | "ne"
  | "and"
  | "or";

interface Node {
  /** Order of creation: a stable key for maps and for sorting. */
  readonly id: number;
  readonly type: Type;
}

/** A number; booleans are 0 and 1. */
export interface Const extends Node {
  readonly kind: "const";
  readonly value: number;
}

/** A scalar by name: `q.t`, `k.t`, `size.q.t`, `head`, `batch`, `s`, a param, or a name that the analysis made. */
export interface Var extends Node {
  readonly kind: "var";
  readonly name: string;
}

/** Value of a table at integer indices, each clamped to the table. */
export interface Lookup extends Node {
  readonly kind: "lookup";
  readonly table: string;
  readonly indices: readonly Expr[];
}

/** How many entries of a sorted table of one dimension are below (`strict`) or at most (`!strict`) a value. */
export interface Search extends Node {
  readonly kind: "search";
  readonly type: "int";
  readonly table: string;
  readonly value: Expr;
  readonly strict: boolean;
}

export interface Unary extends Node {
  readonly kind: "unary";
  readonly op: UnaryOp;
  readonly a: Expr;
}

export interface Binary extends Node {
  readonly kind: "binary";
  readonly op: BinaryOp;
  readonly a: Expr;
  readonly b: Expr;
}

export interface Select extends Node {
  readonly kind: "select";
  readonly condition: Expr;
  /** Value where the condition holds. */
  readonly a: Expr;
  /** Value where it does not. */
  readonly b: Expr;
}

export type Expr = Const | Var | Lookup | Search | Unary | Binary | Select;

const interned = new Map<string, Expr>();

type Body<E> = E extends Expr ? Omit<E, "id"> : never;

function intern(key: string, body: Body<Expr>): Expr {
  const known = interned.get(key);
  if (known) return known;
  const made = Object.freeze({ ...body, id: interned.size }) as Expr;
  interned.set(key, made);
  return made;
}

export const constant = (type: Type, value: number): Expr =>
  intern(`c ${type} ${Object.is(value, -0) ? 0 : value}`, { kind: "const", type, value: value + 0 });
export const int = (value: number): Expr => constant("int", value);
export const float = (value: number): Expr => constant("float", value);
export const bool = (value: boolean): Expr => constant("bool", value ? 1 : 0);
export const TRUE = bool(true);
export const FALSE = bool(false);

export const variable = (name: string, type: Type): Expr => intern(`v ${type} ${name}`, { kind: "var", type, name });
export const intVar = (name: string): Expr => variable(name, "int");

export const lookup = (table: string, type: Type, indices: readonly Expr[]): Expr =>
  intern(`l ${type} ${table} ${indices.map((index) => index.id).join()}`, { kind: "lookup", type, table, indices });

export const search = (table: string, value: Expr, strict: boolean): Expr =>
  intern(`f ${table} ${value.id} ${strict}`, { kind: "search", type: "int", table, value, strict });

const COMPARISONS: ReadonlySet<string> = new Set(["lt", "le", "eq", "ne", "and", "or"]);
const TO_FLOAT: ReadonlySet<string> = new Set(["toFloat", "sqrt", "exp", "log", "log2", "tanh", "sin", "cos"]);

export function unary(op: UnaryOp, a: Expr): Expr {
  const type = TO_FLOAT.has(op) ? "float" : op === "toInt" ? "int" : a.type;
  return intern(`u ${op} ${a.id}`, { kind: "unary", op, type, a });
}

export function binary(op: BinaryOp, a: Expr, b: Expr): Expr {
  if (a.type !== b.type) throw new TypeError(`operands of '${op}' differ in type: ${a.type}, ${b.type}`);
  const type = COMPARISONS.has(op) ? "bool" : a.type;
  return intern(`b ${op} ${a.id} ${b.id}`, { kind: "binary", op, type, a, b });
}

export function select(condition: Expr, a: Expr, b: Expr): Expr {
  if (a.type !== b.type) throw new TypeError(`branches of a choice differ in type: ${a.type}, ${b.type}`);
  return intern(`s ${condition.id} ${a.id} ${b.id}`, { kind: "select", type: a.type, condition, a, b });
}

export const add = (a: Expr, b: Expr): Expr => binary("add", a, b);
export const sub = (a: Expr, b: Expr): Expr => binary("sub", a, b);
export const mul = (a: Expr, b: Expr): Expr => binary("mul", a, b);
export const floorDiv = (a: Expr, b: Expr): Expr => binary("floorDiv", a, b);
export const min = (a: Expr, b: Expr): Expr => binary("min", a, b);
export const max = (a: Expr, b: Expr): Expr => binary("max", a, b);
export const lt = (a: Expr, b: Expr): Expr => binary("lt", a, b);
export const le = (a: Expr, b: Expr): Expr => binary("le", a, b);
export const eq = (a: Expr, b: Expr): Expr => binary("eq", a, b);
export const and = (a: Expr, b: Expr): Expr => binary("and", a, b);
export const or = (a: Expr, b: Expr): Expr => binary("or", a, b);
export const not = (a: Expr): Expr => unary("not", a);
export const neg = (a: Expr): Expr => unary("neg", a);

/** The direct operands of an expression, in order. */
export function operands(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case "const":
    case "var":
      return [];
    case "lookup":
      return e.indices;
    case "search":
      return [e.value];
    case "unary":
      return [e.a];
    case "binary":
      return [e.a, e.b];
    case "select":
      return [e.condition, e.a, e.b];
  }
}

/** The same expression over other operands, in the order of `operands`. */
export function withOperands(e: Expr, next: readonly Expr[]): Expr {
  const at = (i: number) => next[i] as Expr;
  switch (e.kind) {
    case "const":
    case "var":
      return e;
    case "lookup":
      return lookup(e.table, e.type, next);
    case "search":
      return search(e.table, at(0), e.strict);
    case "unary":
      return unary(e.op, at(0));
    case "binary":
      return binary(e.op, at(0), at(1));
    case "select":
      return select(at(0), at(1), at(2));
  }
}

/** Rebuilds an expression bottom-up; `visit` sees each distinct node once, its operands already rebuilt. */
export function rebuild(root: Expr, visit: (e: Expr) => Expr, done: Map<Expr, Expr> = new Map()): Expr {
  const known = done.get(root);
  if (known) return known;
  const parts = operands(root);
  const next = parts.map((part) => rebuild(part, visit, done));
  const result = visit(next.every((part, i) => part === parts[i]) ? root : withOperands(root, next));
  done.set(root, result);
  return result;
}

/** Replaces variables by name. */
export const substitute = (root: Expr, replace: (name: string) => Expr | undefined): Expr =>
  rebuild(root, (e) => (e.kind === "var" ? (replace(e.name) ?? e) : e));

/** Every distinct node below and including the roots, operands first. */
export function nodesOf(...roots: readonly Expr[]): Expr[] {
  const seen = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (seen.has(e)) return;
    for (const part of operands(e)) visit(part);
    seen.add(e);
  };
  for (const root of roots) visit(root);
  return [...seen];
}

const names = new Map<Expr, ReadonlySet<string>>();

/** Names of the variables that an expression reads. */
export function variablesOf(e: Expr): ReadonlySet<string> {
  let found = names.get(e);
  if (!found) {
    const own = new Set<string>();
    if (e.kind === "var") own.add(e.name);
    for (const part of operands(e)) for (const name of variablesOf(part)) own.add(name);
    found = own;
    names.set(e, found);
  }
  return found;
}
