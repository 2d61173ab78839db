/** The meaning of every expression: exact integers, floats rounded to 32 bits after each operation. */
import type { BinaryOp, Expr, UnaryOp } from "./expression.js";

/** Values of the variables by name; booleans are 0 and 1. */
export type Environment = { [name: string]: number };

/** Values of the tables by name, row-major. */
export type TableValues = {
  readonly [name: string]: { readonly shape: readonly number[]; readonly data: ArrayLike<number> };
};

export type Evaluator = (environment: Environment) => number;

const round = (x: number) => {
  const down = Math.floor(x);
  return x - down >= 0.5 ? down + 1 : down;
};

/** Floor of the square root of an integer; 0 for a negative one. */
function integerRoot(x: number): number {
  if (x <= 0) return 0;
  const root = Math.floor(Math.sqrt(x));
  return root * root > x ? root - 1 : root;
}

const UNARY: { readonly [op in UnaryOp]: (x: number) => number } = {
  neg: (x) => -x,
  not: (x) => 1 - x,
  bitNot: (x) => ~x,
  abs: Math.abs,
  sign: Math.sign,
  square: (x) => x * x,
  isqrt: integerRoot,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  round,
  toFloat: (x) => x,
  toInt: (x) => x,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  log2: Math.log2,
  tanh: Math.tanh,
  sin: Math.sin,
  cos: Math.cos,
};

const BINARY: { readonly [op in BinaryOp]: (x: number, y: number) => number } = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  floorDiv: (x, y) => Math.floor(x / y),
  truncDiv: (x, y) => Math.trunc(x / y),
  rem: (x, y) => x % y,
  pow: (x, y) => x ** y,
  ipow: (x, y) => x ** y,
  min: Math.min,
  max: Math.max,
  bitAnd: (x, y) => x & y,
  bitOr: (x, y) => x | y,
  bitXor: (x, y) => x ^ y,
  shl: (x, y) => x << y,
  shr: (x, y) => x >> y,
  ushr: (x, y) => x >>> y,
  lt: (x, y) => (x < y ? 1 : 0),
  le: (x, y) => (x <= y ? 1 : 0),
  eq: (x, y) => (x === y ? 1 : 0),
  ne: (x, y) => (x !== y ? 1 : 0),
  and: (x, y) => x & y,
  or: (x, y) => x | y,
};

/** Folds one operation on numbers, rounded as its type demands. */
export const foldUnary = (op: UnaryOp, type: Expr["type"], x: number): number =>
  type === "float" ? Math.fround(UNARY[op](x)) : UNARY[op](x) + 0;
export const foldBinary = (op: BinaryOp, type: Expr["type"], x: number, y: number): number =>
  type === "float" ? Math.fround(BINARY[op](x, y)) : BINARY[op](x, y) + 0;

function lookupEvaluator(table: string, indices: readonly Evaluator[], tables: TableValues): Evaluator {
  return (environment) => {
    const values = tables[table];
    if (!values) throw new Error(`table '${table}' has no values`);
    let offset = 0;
    for (let i = 0; i < indices.length; i++) {
      const extent = values.shape[i] as number;
      const index = (indices[i] as Evaluator)(environment);
      offset = offset * extent + Math.min(Math.max(index, 0), extent - 1);
    }
    return values.data[offset] as number;
  };
}

function searchEvaluator(table: string, value: Evaluator, strict: boolean, tables: TableValues): Evaluator {
  return (environment) => {
    const data = tables[table]?.data;
    if (!data) throw new Error(`table '${table}' has no values`);
    const bound = value(environment);
    let low = 0;
    let high = data.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = data[middle] as number;
      if (strict ? entry < bound : entry <= bound) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Compiles an expression to a closure over an environment. `tables` may be filled later. */
export function evaluator(e: Expr, tables: TableValues = {}): Evaluator {
  const done = new Map<Expr, Evaluator>();
  const visit = (part: Expr): Evaluator => {
    let made = done.get(part);
    if (!made) {
      made = build(part);
      done.set(part, made);
    }
    return made;
  };
  const build = (part: Expr): Evaluator => {
    switch (part.kind) {
      case "const": {
        const { value } = part;
        return () => value;
      }
      case "var": {
        const { name } = part;
        return (environment) => {
          const value = environment[name];
          if (value === undefined) throw new Error(`variable '${name}' has no value`);
          return value;
        };
      }
      case "lookup":
        return lookupEvaluator(part.table, part.indices.map(visit), tables);
      case "search":
        return searchEvaluator(part.table, visit(part.value), part.strict, tables);
      case "unary": {
        const a = visit(part.a);
        const apply = UNARY[part.op];
        return part.type === "float" ? (env) => Math.fround(apply(a(env))) : (env) => apply(a(env)) + 0;
      }
      case "binary":
        return binaryEvaluator(part.op, part.type, visit(part.a), visit(part.b));
      case "select": {
        const [condition, a, b] = [visit(part.condition), visit(part.a), visit(part.b)];
        return (env) => (condition(env) ? a(env) : b(env));
      }
    }
  };
  return visit(e);
}

function binaryEvaluator(op: BinaryOp, type: Expr["type"], a: Evaluator, b: Evaluator): Evaluator {
  if (op === "and") return (env) => (a(env) ? b(env) : 0);
  if (op === "or") return (env) => (a(env) ? 1 : b(env));
  const apply = BINARY[op];
  return type === "float" ? (env) => Math.fround(apply(a(env), b(env))) : (env) => apply(a(env), b(env)) + 0;
}
