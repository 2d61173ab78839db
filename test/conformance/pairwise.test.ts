/** The pairwise cover covers, in few rows and the same ones every time. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { pairwise, product } from "./pairwise.js";

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Pairs of values of different factors that no row holds. */
function missingPairs(factors: { readonly [factor: string]: readonly unknown[] }): string[] {
  const rows = pairwise(factors);
  const entries = Object.entries(factors);
  return entries.flatMap(([first, values], i) =>
    entries
      .slice(i + 1)
      .flatMap(([second, others]) =>
        values.flatMap((a) =>
          others.flatMap((b) =>
            rows.some((row) => row[first] === a && row[second] === b) ? [] : [`${first} ${a}, ${second} ${b}`],
          ),
        ),
      ),
  );
}

it("holds every pair of values of random factors", () => {
  const factors = fc
    .array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 6 })
    .map((counts) => Object.fromEntries(counts.map((count, i) => [`f${i}`, numbers(count)])));
  fc.assert(
    fc.property(factors, (each) => {
      expect(missingPairs(each)).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

it("is the same every time, and far smaller than the product", () => {
  const factors = { a: numbers(7), b: numbers(5), c: numbers(4), d: numbers(4), e: numbers(3), f: numbers(2) };
  expect(pairwise(factors)).toEqual(pairwise(factors));
  expect(pairwise(factors).length).toBeLessThanOrEqual(45);
  expect(product(factors).length).toBe(7 * 5 * 4 * 4 * 3 * 2);
});
