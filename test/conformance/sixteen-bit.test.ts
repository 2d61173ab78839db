/** Numbers of 16 bits are the nearest ones. */
import { expect, it } from "vitest";
import { draw, generator } from "./random.js";
import { brainBits, brainValue, fromStored, ROUNDOFF, roundTo, toStored } from "./sixteen-bit.js";

const numbers = [...draw(generator(7), 500), ...draw(generator(8), 500, 1e-36), ...draw(generator(9), 500, 1e38)];

it("bf16 is the nearest, ties to even", () => {
  for (const value of numbers) {
    const bits = brainBits(value);
    const error = Math.abs(brainValue(bits) - value);
    for (const other of [bits - 1, bits + 1]) {
      const theirs = Math.abs(brainValue(other) - value);
      expect(error < theirs || (error === theirs && bits % 2 === 0), `${value}`).toBe(true);
    }
  }
  // Half way between 1 and 1 + 2^-7, and between that and the next.
  expect(roundTo.bf16(1 + 2 ** -8)).toBe(1);
  expect(roundTo.bf16(1 + 3 * 2 ** -8)).toBe(1 + 2 ** -6);
  expect([Number.NaN, Number.POSITIVE_INFINITY, -0].map(roundTo.bf16)).toEqual([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -0,
  ]);
});

it.each(["f32", "f16", "bf16"] as const)("%s errs by its roundoff at most, and is read as it was stored", (dtype) => {
  const values = draw(generator(10), 1000);
  const read = fromStored(Uint8Array.from(new Uint8Array(toStored(values, dtype).slice().buffer)).buffer, dtype);
  for (const [i, value] of values.entries()) {
    expect(read[i]).toBe(roundTo[dtype](value));
    expect(Math.abs((read[i] as number) - value)).toBeLessThanOrEqual(ROUNDOFF[dtype] * Math.abs(value) + 2 ** -25);
  }
});
