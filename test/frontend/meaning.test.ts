/** A translated pattern means what the function means: both are computed at random points and compared. */
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderAll } from "../../compiler/diagnostics/render.js";
import { createReader } from "../../compiler/frontend/read.js";
import { type Environment, evaluator } from "../../compiler/ir/evaluate.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { AnyAttention } from "../../dsl/index.js";
import * as fixtures from "./fixtures/language.js";

const file = join(import.meta.dirname, "fixtures/language.ts");
const { patterns, diagnostics } = createReader().read(file);

test("the fixtures have no faults", () => {
  expect(renderAll(diagnostics, { color: false })).toBe("");
  expect(patterns.map(({ name }) => name).sort()).toEqual(Object.keys(fixtures).sort());
});

const declarations: ReadonlyMap<string, AnyAttention> = new Map(Object.entries(fixtures));
const EXTENT = 9;
const position = fc.integer({ min: 0, max: EXTENT - 1 });

/** Values of every variable of a pattern. */
function environmentOf(pattern: Pattern): fc.Arbitrary<Environment> {
  const { query, key } = pattern.axes;
  const extent = fc.integer({ min: 1, max: EXTENT });
  return fc.record({
    ...Object.fromEntries(
      query.flatMap((axis) => [
        [`q.${axis}`, position],
        [`size.q.${axis}`, extent],
      ]),
    ),
    ...Object.fromEntries(
      key.flatMap((axis) => [
        [`k.${axis}`, position],
        [`size.k.${axis}`, extent],
      ]),
    ),
    ...Object.fromEntries(
      pattern.params.map(({ name, type, min = -8, max = 8 }) => {
        const quarters = fc.integer({ min: min * 4, max: max * 4 }).map((n) => n / 4);
        return [name, type === "int" ? fc.integer({ min, max }) : quarters];
      }),
    ),
    head: fc.nat(3),
    batch: fc.nat(1),
    s: fc.integer({ min: -32, max: 32 }).map((n) => n / 8),
  });
}

const value = (name: string, indices: readonly number[]) => {
  const mixed = indices.reduce((sum, index, i) => sum + index * (7 + i), name.length);
  return name === "words" ? mixed % 10 : ((mixed % 16) - 8) / 4;
};

const shapes: { readonly [name: string]: number[] } = { words: [EXTENT], slope: [4], bias: [EXTENT, EXTENT] };
const tables = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => {
    const [rows = 1, columns] = shape;
    const at = (i: number) => (columns === undefined ? [i] : [Math.floor(i / columns), i % columns]);
    const data = Array.from({ length: rows * (columns ?? 1) }, (_, i) => value(name, at(i)));
    return [name, { shape, data }];
  }),
);

const record = (prefix: string, axes: readonly string[], environment: Environment) =>
  Object.fromEntries(axes.map((axis) => [axis, environment[`${prefix}.${axis}`]]));

/** The argument of `attend` and `score` for such values. */
function argumentOf({ axes, params, tables: declared }: Pattern, environment: Environment) {
  return {
    q: record("q", axes.query, environment),
    k: record("k", axes.key, environment),
    size: { q: record("size.q", axes.query, environment), k: record("size.k", axes.key, environment) },
    ...Object.fromEntries(["head", "batch", "s"].map((name) => [name, environment[name]])),
    ...Object.fromEntries(params.map(({ name }) => [name, environment[name]])),
    ...Object.fromEntries(declared.map(({ name }) => [name, (...indices: number[]) => value(name, indices)])),
  };
}

describe.each(patterns.map((pattern) => [pattern.name, pattern] as const))("%s", (name, pattern) => {
  const declared = declarations.get(name) as AnyAttention;
  const attend = evaluator(pattern.attend, tables);

  test("attend", () => {
    const seen = new Set<number>();
    fc.assert(
      fc.property(environmentOf(pattern), (environment) => {
        const expected = Number(declared.attend(argumentOf(pattern, environment) as never));
        expect(attend(environment)).toBe(expected);
        seen.add(expected);
      }),
      { numRuns: 500 },
    );
    if (pattern.attend.kind !== "const") expect(seen.size).toBe(2);
  });

  if (!pattern.score) return;
  const score = evaluator(pattern.score, tables);
  test("score", () => {
    fc.assert(
      fc.property(environmentOf(pattern), (environment) => {
        const expected = declared.score?.(argumentOf(pattern, environment) as never) as number;
        const error = Math.abs(score(environment) - expected);
        expect(error).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(expected)));
      }),
      { numRuns: 500 },
    );
  });
});
