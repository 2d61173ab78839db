/** Ridge regression: what it finds, what the penalty does, and what it refuses. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { normals } from "../../models/msc/random.js";
import { createRidge } from "../../models/msc/ridge.js";

const dot = (a: ArrayLike<number>, b: ArrayLike<number>, at = 0) =>
  Array.from(a).reduce((sum, value, i) => sum + value * (b[at + i] as number), 0);

test("finds the map and the bias that made the targets", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 6 }), (seed, features) => {
      const [targets, rows] = [3, 40];
      const x = normals(seed, "x", rows * features);
      const map = normals(seed, "map", targets * features);
      const y = Float32Array.from({ length: rows * targets }, (_, i) => {
        const [row, target] = [Math.floor(i / targets), i % targets];
        return target + dot(x.slice(row * features, (row + 1) * features), map, target * features);
      });
      const ridge = createRidge(features, targets);
      ridge.add(x.slice(0, 10 * features), y.slice(0, 10 * targets), 2);
      ridge.add(x.slice(10 * features), y.slice(10 * targets));
      const { weight, bias } = ridge.solve(0);
      expect(ridge.rows()).toBe(rows);
      for (const [i, value] of weight.entries()) expect(value).toBeCloseTo(map[i] as number, 3);
      for (const [target, value] of bias.entries()) expect(value).toBeCloseTo(target, 3);
    }),
    { numRuns: 30 },
  );
});

test("a penalty draws the weights towards 0 and leaves the bias", () => {
  const x = normals(3, "x", 200);
  const ridge = createRidge(1, 1);
  ridge.add(
    x,
    Float32Array.from(x, (value) => 2 * value + 5),
  );
  const [free, drawn] = [ridge.solve(0), ridge.solve(1)];
  expect(free.weight[0]).toBeCloseTo(2, 4);
  expect(drawn.weight[0]).toBeGreaterThan(0.8);
  expect(drawn.weight[0]).toBeLessThan(1.2);
  expect(drawn.bias[0]).toBeCloseTo(5, 0);
});

test("refuses features that follow from one another, which a penalty allows", () => {
  const ridge = createRidge(2, 1);
  ridge.add(Float32Array.of(1, 1, 2, 2, 3, 3), Float32Array.of(1, 2, 3));
  expect(() => ridge.solve(0)).toThrow("feature 1 follows from those before it: take a larger penalty");
  expect(ridge.solve(0.1).weight[0]).toBeCloseTo(ridge.solve(0.1).weight[1] as number, 5);
});
