/** Interval arithmetic against brute force: whatever an expression can be at a point lies in the range that is derived for it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BinaryOp, UnaryOp } from "../../compiler/ir/expression.js";
import type { JsonExpression } from "../../compiler/plan/manifest.js";
import { between, type Interval, point, rangeOf, rules, type Scope } from "../../runtime/launcher/intervals.js";

/** The meaning of every operator, after JavaScript; a new operator of the IR does not compile until it stands here. */
const meaning: { readonly [operator in UnaryOp | BinaryOp | "select"]: (a: number, b: number, c: number) => number } = {
  neg: (a) => -a,
  not: (a) => (a === 0 ? 1 : 0),
  bitNot: (a) => ~a,
  abs: Math.abs,
  sign: Math.sign,
  square: (a) => a * a,
  isqrt: (a) => Math.floor(Math.sqrt(Math.max(a, 0))),
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  round: Math.round,
  toFloat: (a) => a,
  toInt: Math.trunc,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  log2: Math.log2,
  tanh: Math.tanh,
  sin: Math.sin,
  cos: Math.cos,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  floorDiv: (a, b) => Math.floor(a / b),
  truncDiv: (a, b) => Math.trunc(a / b),
  rem: (a, b) => a % b,
  pow: (a, b) => a ** b,
  ipow: (a, b) => a ** b,
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
  bitAnd: (a, b) => a & b,
  bitOr: (a, b) => a | b,
  bitXor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  shr: (a, b) => a >> b,
  ushr: (a, b) => a >>> b,
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  and: (a, b) => Math.min(a, b),
  or: (a, b) => Math.max(a, b),
  select: (a, b, c) => (a ? b : c),
};

const UNARY_INT = ["neg", "bitNot", "abs", "sign", "square", "isqrt"] as const;
const BINARY_INT = [
  "add",
  "sub",
  "mul",
  "floorDiv",
  "truncDiv",
  "rem",
  "min",
  "max",
  "bitAnd",
  "bitOr",
  "bitXor",
  "shl",
  "shr",
  "ushr",
] as const;
const UNARY_FLOAT = [
  "neg",
  "abs",
  "sign",
  "square",
  "sqrt",
  "exp",
  "log",
  "log2",
  "tanh",
  "sin",
  "cos",
  "floor",
  "ceil",
  "trunc",
  "round",
] as const;
const BINARY_FLOAT = ["add", "sub", "mul", "div", "pow", "min", "max", "rem"] as const;
const INT_ONLY: ReadonlySet<string> = new Set([
  ...["floorDiv", "truncDiv", "bitAnd", "bitOr", "bitXor", "bitNot", "shl", "shr", "ushr", "isqrt", "not", "toInt"],
  ...["and", "or"],
]);
const COMPARE = ["lt", "le", "eq", "ne"] as const;

type Arbitrary = fc.Arbitrary<JsonExpression>;
const small = fc.integer({ min: -40, max: 40 });
const anyInt = fc.oneof(
  { weight: 4, arbitrary: small },
  fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 2 ** 24, -65536, 31, 32),
);

const { int } = fc.letrec<{ int: JsonExpression; float: JsonExpression; bool: JsonExpression }>((tie) => {
  const [int, float, bool] = [tie("int"), tie("float"), tie("bool")] as [Arbitrary, Arbitrary, Arbitrary];
  const node = (operators: readonly string[], ...parts: readonly Arbitrary[]): Arbitrary =>
    fc.tuple(fc.constantFrom(...operators), ...parts) as unknown as Arbitrary;
  return {
    int: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      anyInt,
      fc.constantFrom("i", "j"),
      node(UNARY_INT, int),
      node(BINARY_INT, int, int),
      node(["select"], bool, int, int),
      node(["toInt"], node(["floor", "ceil", "trunc", "round"], float)),
      fc.tuple(fc.constant("lookup"), fc.constant("table"), int) as unknown as Arbitrary,
      fc.tuple(fc.constant("search"), fc.constant("table"), int, fc.boolean()) as unknown as Arbitrary,
    ),
    float: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.double({ min: -9, max: 9, noNaN: true }),
      fc.constantFrom("f", "g"),
      node(["toFloat"], int),
      node(UNARY_FLOAT, float),
      node(BINARY_FLOAT, float, float),
      node(["select"], bool, float, float),
    ),
    bool: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom(0, 1),
      node(COMPARE, int, int),
      node(COMPARE, float, float),
      node(["and", "or"], bool, bool),
      node(["not"], bool),
    ),
  };
});

const CASES = Number(process.env.MSCC_CASES ?? 3000);
const TABLE = [-3, 0, 4, 17];

/** What an expression is at one point; undefined outside what the analysis promises: NaN, or integers beyond 32 bits. */
function valueAt(e: JsonExpression, variables: ReadonlyMap<string, number>): number | undefined {
  if (typeof e === "number") return e;
  if (typeof e === "string") return variables.get(e);
  const [operator, ...parts] = e;
  if (operator === "lookup" || operator === "search") {
    const index = valueAt(parts[1] as JsonExpression, variables);
    if (index === undefined) return undefined;
    if (operator === "lookup") return TABLE[Math.min(Math.max(index, 0), TABLE.length - 1)];
    return TABLE.filter((entry) => (parts[2] === true ? entry < index : entry <= index)).length;
  }
  const values = parts.map((part) => (typeof part === "boolean" ? Number(part) : valueAt(part, variables)));
  if (values.some((value) => value === undefined)) return undefined;
  const value = meaning[operator as keyof typeof meaning](...(values as [number, number, number]));
  return Number.isNaN(value) || !Number.isFinite(value) ? undefined : value;
}

const ends = (value: fc.Arbitrary<number>, whole: boolean): fc.Arbitrary<Interval> =>
  fc.tuple(value, value).map(([a, b]) => ({ lo: Math.min(a, b), hi: Math.max(a, b), whole }));

/** The ends of an interval, and points inside. */
function samples({ lo, hi, whole }: Interval): number[] {
  const inside = [0.5, 0.31, 0.77].map((part) => lo + (hi - lo) * part);
  return [
    ...new Set([lo, hi, ...(whole ? [...inside.map(Math.round), Math.min(lo + 1, hi), Math.max(hi - 1, lo)] : inside)]),
  ];
}

describe("rangeOf", () => {
  it("knows every operator of the IR and no other", () => {
    expect(Object.keys(rules).sort()).toEqual(Object.keys(meaning).sort());
  });

  it("contains every value that an expression takes", () => {
    let compared = 0;
    fc.assert(
      fc.property(
        int,
        ends(anyInt, true),
        ends(small, true),
        ends(fc.double({ min: -9, max: 9, noNaN: true }), false),
        ends(fc.double({ min: 0, max: 1, noNaN: true }), false),
        (e, i, j, f, g) => {
          const intervals = new Map(Object.entries({ i, j, f, g }));
          const values: Interval = between(Math.min(...TABLE), Math.max(...TABLE));
          const scope: Scope = {
            variables: intervals,
            tables: new Map([["table", { values, entries: TABLE.length }]]),
          };
          const range = rangeOf(e, scope);
          expect(range.lo <= range.hi || Number.isNaN(range.lo)).toBe(true);
          for (const iv of samples(i)) {
            for (const jv of samples(j)) {
              for (const [n, fv] of samples(f).entries()) {
                const gv = samples(g)[n % 2] as number;
                const value = valueAt(e, new Map(Object.entries({ i: iv, j: jv, f: fv, g: gv })));
                if (value === undefined) continue;
                compared++;
                if (!(value >= range.lo && value <= range.hi)) {
                  throw new Error(`${value} at i=${iv} j=${jv} f=${fv} g=${gv} is outside ${range.lo}..${range.hi}`);
                }
              }
            }
          }
        },
      ),
      { numRuns: CASES },
    );
    expect(compared).toBeGreaterThan(CASES * 10);
  });

  const near = ends(fc.integer({ min: -9, max: 9 }), true);
  const floats = ends(fc.double({ min: -4, max: 4, noNaN: true }), false);
  const every = ({ lo, hi, whole }: Interval) =>
    whole ? Array.from({ length: hi - lo + 1 }, (_, i) => lo + i) : [lo, hi, lo + (hi - lo) * 0.37];

  it.each(Object.keys(meaning) as (keyof typeof meaning)[])("is sound for '%s' alone, over whole boxes", (operator) => {
    const operand = INT_ONLY.has(operator) ? near : fc.oneof(near, floats);
    const check = (a: Interval, b: Interval, c: Interval) => {
      const first = operator === "select" || operator === "not" ? between(Math.min(0, a.hi & 1), a.hi & 1) : a;
      const scope: Scope = { variables: new Map(Object.entries({ a: first, b, c })), tables: new Map() };
      const { lo, hi } = rangeOf([operator, "a", "b", "c"], scope);
      for (const x of every(first)) {
        for (const y of every(b)) {
          for (const z of operator === "select" ? every(c) : [0]) {
            const value = meaning[operator](x, y, z);
            if (!Number.isFinite(value) || (value >= lo && value <= hi)) continue;
            throw new Error(`${operator}(${x}, ${y}, ${z}) is ${value}, outside ${lo}..${hi}`);
          }
        }
      }
    };
    fc.assert(fc.property(operand, operand, operand, check), { numRuns: CASES / 20 });
  });

  const range = (e: JsonExpression, variables: { readonly [name: string]: Interval } = {}) => {
    const { lo, hi } = rangeOf(e, { variables: new Map(Object.entries(variables)), tables: new Map() });
    return [lo, hi];
  };
  it("is exact where it matters", () => {
    const t = between(0, 7);
    expect(range(["rem", "t", 4], { t })).toEqual([0, 3]);
    expect(range(["rem", "t", 8], { t })).toEqual([0, 7]);
    expect(range(["sub", 4, ["rem", "t", 4]], { t })).toEqual([1, 4]);
    expect(range(["rem", "t", 4], { t: point(-7) })).toEqual([-3, -3]);
    expect(range(["floorDiv", ["sub", "t", 3], 2], { t })).toEqual([-2, 2]);
    expect(range(["bitAnd", "t", 3], { t })).toEqual([0, 3]);
    expect(range(["shl", 1, "t"], { t })).toEqual([1, 128]);
    expect(range(["shl", 1, 31], {})).toEqual([-(2 ** 31), 2 ** 31]);
    expect(range(["shl", 1, 40], {})).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(range(["ushr", -1, 0])).toEqual([0, 2 ** 32 - 1]);
    expect(range(["square", ["sub", "t", 3]], { t })).toEqual([0, 16]);
    expect(range(["select", ["lt", "t", 8], 1, 2], { t })).toEqual([1, 1]);
    expect(range(["floorDiv", 7, 0])).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(range(["toInt", ["floor", ["mul", "w", 2]]], { w: point(1) })).toEqual([2, 2]);
  });

  it("leaves room for f32 where a float is not a whole number", () => {
    const [lo = 0, hi = 0] = range(["mul", "w", 10], { w: point(Math.fround(0.1)) });
    expect(lo).toBeLessThan(1);
    expect(hi).toBeGreaterThan(1);
  });

  it("says what is missing where manifest and launcher do not fit", () => {
    expect(() => range(["cube", 1])).toThrow(
      "bug in mscc: the manifest has the operator 'cube', unknown to its launcher",
    );
    expect(() => range("q.w")).toThrow("bug in mscc: the manifest has the variable 'q.w', unknown to its launcher");
    expect(() => range(["lookup", "noise", 1])).toThrow(
      "bug in mscc: the manifest reads the table 'noise', which it does not list",
    );
  });
});
