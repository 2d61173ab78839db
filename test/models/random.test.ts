/** Random numbers: known answers, moments, and streams that know nothing of each other. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logarithm, normals, randomStream, uniforms, xoshiro } from "../../models/msc/random.js";
import { textOf } from "./faults.js";

const take = (count: number, draw: () => number) => Array.from({ length: count }, draw);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const moment = (values: ArrayLike<number>, power: number) => mean(Array.from(values, (value) => value ** power));

describe("known answers", () => {
  it("of xoshiro128**, as its authors' program prints them", () => {
    expect(take(10, xoshiro([1, 2, 3, 4]))).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  // Worked out apart from this code, with whole numbers of any size and the C library's logarithm.
  it.each([
    [
      0,
      "",
      [3849692582, 2671589843, 1297239755, 2088819926],
      [0.896326404974073, 0.302037168192426, 0.5860789640637579],
      [0.6223807116503113, -0.31087569890471684, 0.5859142945569348, -1.5747904022592587],
    ],
    [
      1,
      "embed.weight",
      [4122611229, 1093511828, 3564433784, 886826245],
      [0.9598702211275925, 0.829909408140781, 0.38016145872544216],
      [-0.7147082618771201, 1.417815645713687, -1.188887565838905, 0.5190063579312746],
    ],
    [
      4294967295,
      "noise.0",
      [2814596425, 2248090514, 2663058890, 3850848920],
      [0.65532429906297, 0.6200417197987111, 0.05999318907288986],
      [1.5301343699280072, 1.1825577993743892, -0.6029485530873412, 0.15274062784503847],
    ],
  ] as const)("of seed %i, %o", (seed, name, words, uniform, normal) => {
    expect(take(4, randomStream(seed, name).word)).toEqual(words);
    expect(take(3, randomStream(seed, name).uniform)).toEqual(uniform);
    const drawn = take(4, randomStream(seed, name).normal);
    for (const [i, value] of drawn.entries()) expect(value).toBeCloseTo(normal[i] as number, 14);
    expect(normals(seed, name, 3)).toEqual(Float32Array.from(normal.slice(0, 3)));
  });

  it("of the logarithm, within two units of the last place", () => {
    const above = fc.double({ min: 2 ** -1000, max: 2 ** 1000, noNaN: true });
    const below = fc.double({ min: 2 ** -106, max: 1, minExcluded: true, maxExcluded: true, noNaN: true });
    const check = (value: number) => {
      const wanted = Math.log(value);
      expect(Math.abs(logarithm(value) - wanted)).toBeLessThanOrEqual(2 ** -51 * Math.abs(wanted));
    };
    fc.assert(fc.property(fc.oneof(above, below), check), { numRuns: 2000 });
    expect(logarithm(1)).toBe(0);
  });
});

describe("moments", () => {
  const count = 200_000;
  // Five deviations of each estimate: the seeds are fixed, so a pass stays a pass.
  const within = (found: number, wanted: number, variance: number) =>
    expect(Math.abs(found - wanted)).toBeLessThan(5 * Math.sqrt(variance / count));

  it.each([1, 2, 3])("of normals, seed %i", (seed) => {
    const values = normals(seed, "moments", count);
    within(moment(values, 1), 0, 1);
    within(moment(values, 2), 1, 2);
    within(moment(values, 3), 0, 15);
    within(moment(values, 4), 3, 96);
    // Neighbours come of one pair of uniforms.
    within(mean(Array.from({ length: count - 1 }, (_, i) => (values[i] as number) * (values[i + 1] as number))), 0, 1);
    const beyond = values.filter((value) => Math.abs(value) > 2).length / count;
    within(beyond, 0.0455, 0.0455 * 0.9545);
    expect(Math.max(...values.subarray(0, 1000))).toBeLessThan(6);
  });

  it("of normals of another deviation", () => {
    within(moment(normals(1, "scaled", count, 0.25), 2), 1 / 16, 2 / 256);
  });

  it.each([1, 2, 3])("of uniforms, seed %i", (seed) => {
    const values = uniforms(seed, "moments", count);
    within(moment(values, 1), 1 / 2, 1 / 12);
    within(moment(values, 2), 1 / 3, 4 / 45);
    const bins = new Array<number>(16).fill(0);
    for (const value of values) bins[Math.floor(value * 16)] = (bins[Math.floor(value * 16)] as number) + 1;
    for (const bin of bins) within(bin / count, 1 / 16, 15 / 256);
    const scaled = uniforms(seed, "moments", count, -2, 2);
    expect(scaled.every((value) => value >= -2 && value <= 2)).toBe(true);
    within(moment(scaled, 1), 0, 16 / 12);
  });
});

describe("streams", () => {
  it("depend on seed and name, and on nothing that is drawn elsewhere", () => {
    const [a, b] = [randomStream(7, "a"), randomStream(7, "b")];
    const mixed = take(20, () => {
      b.normal();
      b.word();
      return a.normal();
    });
    expect(mixed).toEqual(take(20, randomStream(7, "a").normal));
    expect(normals(7, "a", 20)).toEqual(Float32Array.from(mixed));
    expect(normals(7, "a", 5)).toEqual(normals(7, "a", 20).subarray(0, 5));
  });

  it("of many names and seeds never meet", () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      for (let i = 0; i < 500; i++) {
        seen.add(take(2, randomStream(seed, `layers.${i >> 4}.branches.${i & 15}`).word).join());
      }
    }
    for (const seed of [0x9e3779b9, 0xffffffff, 2 ** 31]) seen.add(take(2, randomStream(seed, "").word).join());
    expect(seen.size).toBe(10_003);
  });

  it("of names and seeds that differ little are not alike", () => {
    const pairs = [
      [randomStream(1, "a"), randomStream(2, "a")],
      [randomStream(1, "a"), randomStream(1, "b")],
      [randomStream(1, "ab"), randomStream(1, "ba")],
      [randomStream(0, ""), randomStream(0x9e3779b9, "")],
    ] as const;
    for (const [left, right] of pairs) {
      const product = mean(take(20_000, () => left.normal() * right.normal()));
      expect(Math.abs(product)).toBeLessThan(5 / Math.sqrt(20_000));
    }
  });
});

it.each([-1, 1.5, 2 ** 32, Number.NaN])("seed: %d", (seed) => {
  expect(textOf(() => randomStream(seed, "a"))).toBe(
    `the seed is ${seed}, expected a whole number from 0 to 4294967295\n  help: give a seed such as 1`,
  );
});
