/** Random patterns for property tests: conditions over positions, params, sizes and tables, with a grid to try them on. */
import fc from "fast-check";
import type { Environment, TableValues } from "../../compiler/ir/evaluate.js";
import {
  add,
  and,
  binary,
  bool,
  type Expr,
  floorDiv,
  int,
  intVar,
  le,
  lookup,
  lt,
  max,
  min,
  mul,
  not,
  or,
  select,
  sub,
  unary,
} from "../../compiler/ir/expression.js";
import { print } from "../../compiler/ir/print.js";
import type { Axes, Pattern } from "../../compiler/plan/pattern.js";
import type { TileShapes } from "../../compiler/plan/plan.js";

/** One trial: a pattern, values for all it reads, the boxes that the operands hold, and tile shapes. */
export interface Trial {
  readonly pattern: Pattern;
  readonly params: { readonly [name: string]: number };
  readonly tables: TableValues;
  readonly size: { readonly q: readonly number[]; readonly k: readonly number[] };
  readonly origin: { readonly q: readonly number[]; readonly k: readonly number[] };
  readonly extent: { readonly q: readonly number[]; readonly k: readonly number[] };
  readonly tiles: TileShapes;
  readonly constants: ReadonlyMap<string, number>;
}

/** Trials of a property: `MSCC_PROPERTY_RUNS` sets how many, `MSCC_PROPERTY_SEED` repeats those of an earlier run. */
export const RUNS = Number(process.env.MSCC_PROPERTY_RUNS ?? 2000);
export const SEED = Number(process.env.MSCC_PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));

const NAMES = ["t", "y", "x"];
/** Params of every random pattern: `n` is a natural number, `m` a positive one, `c` any. */
const PARAMS = [
  { name: "n", type: "int", min: 0 },
  { name: "m", type: "int", min: 1 },
  { name: "c", type: "int" },
] as const;
const TABLE = 8;

const axesArbitrary: fc.Arbitrary<Axes> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .integer({ min: 1, max: 3 })
      .map((n) => ({ query: NAMES.slice(0, n), key: NAMES.slice(0, n), shared: true })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 }))
      .map(([n, m]) => ({ query: NAMES.slice(0, n), key: NAMES.slice(0, m), shared: false })),
  },
);

const positions = (axes: Axes) => [
  ...axes.query.map((axis) => intVar(`q.${axis}`)),
  ...axes.key.map((axis) => intVar(`k.${axis}`)),
];

const small = fc.integer({ min: -4, max: 6 }).map(int);
const scalar = fc.oneof(small, fc.constantFrom<Expr>(intVar("n"), intVar("m"), intVar("c"), intVar("head")));

function affine(axes: Axes): fc.Arbitrary<Expr> {
  const coefficient = fc.oneof(fc.constantFrom(1, 1, -1, 2, -3).map(int), fc.constantFrom(intVar("n"), intVar("m")));
  const term = fc.oneof(
    fc.constantFrom(...positions(axes)),
    fc.tuple(coefficient, fc.constantFrom(...positions(axes))).map(([a, x]) => mul(a, x)),
    difference(axes),
    fc.tuple(coefficient, difference(axes)).map(([a, x]) => mul(a, x)),
  );
  return fc
    .tuple(fc.array(term, { minLength: 1, maxLength: 3 }), scalar)
    .map(([terms, constant]) => add(terms.reduce(add), constant));
}

function difference(axes: Axes): fc.Arbitrary<Expr> {
  const common = axes.query.filter((axis) => axes.key.includes(axis));
  return fc.constantFrom(...common).map((axis) => sub(intVar(`q.${axis}`), intVar(`k.${axis}`)));
}

/** Integer expressions; every operator whose value stays small. */
export function integers(axes: Axes): fc.Arbitrary<Expr> {
  const size = [
    ...axes.query.map((axis) => intVar(`size.q.${axis}`)),
    ...axes.key.map((axis) => intVar(`size.k.${axis}`)),
  ];
  const { e } = fc.letrec<{ e: Expr }>((tie) => ({
    e: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      affine(axes),
      scalar,
      fc.constantFrom(...size),
      fc.tuple(tie("e"), tie("e")).map(([a, b]) => add(a, b)),
      fc.tuple(tie("e"), tie("e")).map(([a, b]) => sub(a, b)),
      tie("e").map((a) => unary("abs", a)),
      tie("e").map((a) => unary("square", a)),
      tie("e").map((a) => unary("neg", a)),
      tie("e").map((a) => unary("sign", a)),
      fc.tuple(tie("e"), tie("e")).map(([a, b]) => min(a, b)),
      fc.tuple(tie("e"), tie("e")).map(([a, b]) => max(a, b)),
      fc.tuple(tie("e"), fc.constantFrom<Expr>(intVar("m"), int(2), int(3), int(-2))).map(([a, b]) => floorDiv(a, b)),
      fc.tuple(tie("e"), fc.constantFrom<Expr>(intVar("m"), int(2), int(3))).map(([a, b]) => binary("truncDiv", a, b)),
      fc
        .tuple(tie("e"), fc.constantFrom<Expr>(intVar("m"), int(2), int(3), int(4)))
        .map(([a, b]) => binary("rem", a, b)),
      fc.tuple(tie("e"), fc.constantFrom(0, 1, 2)).map(([a, b]) => binary("shr", a, int(b))),
      fc.tuple(tie("e"), fc.constantFrom(0, 1, 2)).map(([a, b]) => binary("shl", a, int(b))),
      fc.tuple(tie("e"), fc.constantFrom(1, 3, 5)).map(([a, b]) => binary("bitAnd", a, int(b))),
      fc.tuple(tie("e"), fc.constantFrom("bounded", "wild")).map(([a, name]) => lookup(name, "int", [a])),
      // A sorted table is solved for its index, which therefore has to lie in the table, as in any pair that attends.
      tie("e").map((a) => lookup("rising", "int", [max(int(0), min(a, int(TABLE - 1)))])),
      fc.tuple(tie("e"), tie("e"), tie("e"), tie("e")).map(([a, b, x, y]) => select(lt(a, b), x, y)),
    ),
  }));
  return e;
}

/** Conditions of the kind people write, and stranger ones. */
export function conditions(axes: Axes): fc.Arbitrary<Expr> {
  const value = fc.oneof({ weight: 3, arbitrary: affine(axes) }, { weight: 2, arbitrary: integers(axes) });
  const window = fc
    .tuple(difference(axes), fc.oneof(scalar, affine(axes)))
    .map(([a, reach]) => le(unary("abs", a), reach));
  const past = difference(axes).map((a) => le(int(0), a));
  const lattice = fc
    .tuple(
      fc.oneof(difference(axes), fc.constantFrom(...positions(axes)), affine(axes)),
      fc.constantFrom<Expr>(intVar("m"), int(2), int(3)),
      fc.oneof(
        fc.constant(int(0)),
        fc.constantFrom<Expr>(int(1), intVar("n"), binary("rem", positions(axes)[0] as Expr, int(3))),
      ),
    )
    .map(([a, m, r]) => binary("eq", binary("rem", a, m), r));
  const onQuery = fc.constantFrom(...axes.query.map((axis) => lookup("rising", "int", [intVar(`q.${axis}`)])));
  const onKey = fc.constantFrom(...axes.key.map((axis) => lookup("rising", "int", [intVar(`k.${axis}`)])));
  const document = fc
    .tuple(fc.constantFrom("eq", "le", "lt"), onQuery, fc.oneof(onKey, value), fc.boolean())
    .map(([op, a, b, turned]) => (turned ? binary(op as "eq", b, a) : binary(op as "eq", a, b)));
  const comparison = fc
    .tuple(fc.constantFrom("lt", "le", "eq", "ne"), value, value)
    .map(([op, a, b]) => binary(op as "lt", a, b));
  const { p } = fc.letrec<{ p: Expr }>((tie) => ({
    p: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      window,
      past,
      lattice,
      document,
      comparison,
      fc.tuple(tie("p"), tie("p")).map(([a, b]) => and(a, b)),
      fc.tuple(tie("p"), tie("p")).map(([a, b]) => and(a, b)),
      fc.tuple(tie("p"), tie("p")).map(([a, b]) => or(a, b)),
      tie("p").map(not),
      fc.tuple(tie("p"), tie("p"), tie("p")).map(([a, b, c]) => select(a, b, c)),
      fc.boolean().map(bool),
    ),
  }));
  return p;
}

const within = (rank: number, from: number, to: number) =>
  fc.array(fc.integer({ min: from, max: to }), { minLength: rank, maxLength: rank });

/** A pattern object around a condition. */
export function patternOf(axes: Axes, attend: Expr): Pattern {
  return {
    name: "random",
    sentence: "A random pattern.",
    place: { file: "random.ts", line: 1, column: 1, length: 1, source: "" },
    axes,
    params: PARAMS,
    tables: [
      { name: "rising", type: "int", labels: [{ name: "i", tie: "free" }], sorted: true },
      { name: "bounded", type: "int", labels: [{ name: "i", tie: "free" }], sorted: false, min: -2, max: 3 },
      { name: "wild", type: "int", labels: [{ name: "i", tie: "free" }], sorted: false },
    ],
    attend,
    texts: new Map(),
  };
}

/** A grid, the boxes of it that the operands hold, and tile shapes, for given axes. */
export function grids(axes: Axes, largest = 4) {
  const side = (rank: number) =>
    fc.tuple(within(rank, 1, largest), within(rank, 0, 2), within(rank, 0, 2)).map(([extent, origin, beyond]) => ({
      extent,
      origin,
      size: extent.map((n, i) => n + (origin[i] as number) + (beyond[i] as number)),
    }));
  return fc
    .tuple(
      side(axes.query.length),
      side(axes.key.length),
      within(axes.query.length, 1, 3),
      within(axes.key.length, 1, 3),
    )
    .map(([q, k, query, key]) => {
      const joint = q.size.map((n, i) => Math.max(n, k.size[i] as number));
      return {
        size: axes.shared ? { q: joint, k: joint } : { q: q.size, k: k.size },
        origin: { q: q.origin, k: k.origin },
        extent: { q: q.extent, k: k.extent },
        tiles: { query, key },
      };
    });
}

const params = fc.record({
  n: fc.integer({ min: 0, max: 4 }),
  m: fc.integer({ min: 1, max: 4 }),
  c: fc.integer({ min: -3, max: 5 }),
});

const tables = fc.record({
  rising: fc
    .array(fc.integer({ min: -3, max: 6 }), { minLength: TABLE, maxLength: TABLE })
    .map((v) => ({ shape: [TABLE], data: v.sort((a, b) => a - b) })),
  bounded: fc
    .array(fc.integer({ min: -2, max: 3 }), { minLength: TABLE, maxLength: TABLE })
    .map((data) => ({ shape: [TABLE], data })),
  wild: fc
    .array(fc.integer({ min: -9, max: 9 }), { minLength: TABLE, maxLength: TABLE })
    .map((data) => ({ shape: [TABLE], data })),
});

/** Trials whose condition comes from the given generator. */
export function trials(
  conditionFor: (axes: Axes) => fc.Arbitrary<Expr> = conditions,
  axesOf: fc.Arbitrary<Axes> = axesArbitrary,
  largest = 4,
): fc.Arbitrary<Trial> {
  return axesOf.chain((axes) =>
    fc
      .tuple(conditionFor(axes), grids(axes, largest), params, tables, fc.boolean())
      .map(([attend, grid, values, data, fixed]) => ({
        pattern: patternOf(axes, attend),
        params: values,
        tables: data,
        constants: fixed ? new Map([["m", values.m]]) : new Map<string, number>(),
        ...grid,
      })),
  );
}

/** What a failing trial says. */
export const describeTrial = (trial: Trial): string =>
  `${print(trial.pattern.attend)}\n${JSON.stringify({ ...trial, pattern: trial.pattern.axes, constants: [...trial.constants] })}`;

/** All that a walk and the conditions read, but for tiles and elements. */
export function environmentOf({ pattern, size, origin, extent, params }: Trial): Environment {
  const environment: Environment = { ...params, head: 1, batch: 0 };
  for (const side of ["q", "k"] as const) {
    const axes = side === "q" ? pattern.axes.query : pattern.axes.key;
    for (const [i, axis] of axes.entries()) {
      environment[`size.${side}.${axis}`] = size[side][i] as number;
      environment[`origin.${side}.${axis}`] = origin[side][i] as number;
      environment[`last.${side}.${axis}`] = (origin[side][i] as number) + (extent[side][i] as number) - 1;
    }
  }
  return environment;
}
