/** Half-precision floats: every one of them, and roundings against a search for the nearest. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHalves, halfBits, halfValue, throughHalves, toHalves } from "../../runtime/half.js";

/** Every finite half that is not negative, in order: its bits are its index. */
const finite = Array.from({ length: 0x7c00 }, (_, bits) => {
  const [exponent, fraction] = [bits >> 10, bits & 0x3ff];
  return exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
});

const places = [...finite, 65536];

/** By the definition: the nearest half, of two equally near ones the even; 65536, the next, stands for infinity. */
function naive(value: number): number {
  const x = Math.fround(value);
  const sign = Object.is(x, -0) || x < 0 ? 0x8000 : 0;
  if (Number.isNaN(x)) return 0x7e00;
  const size = Math.abs(x);
  let [low, high] = [0, places.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((places[middle] as number) <= size) low = middle;
    else high = middle;
  }
  const [below, above] = [size - (places[low] as number), (places[high] as number) - size];
  const isLow = below < above || (below === above && low % 2 === 0);
  return sign | (isLow ? low : high);
}

describe("halves", () => {
  it("are what their bits say, and come back", () => {
    const negative = (bits: number) => bits | 0x8000;
    const all = finite.map((_, bits) => bits);
    expect(all.map(halfValue)).toEqual(finite);
    expect(finite.map(halfBits)).toEqual(all);
    expect(all.map(negative).map(halfValue)).toEqual(finite.map((value) => -value));
    expect(finite.map((value) => halfBits(-value))).toEqual(all.map(negative));
    expect(halfBits(Number.POSITIVE_INFINITY)).toBe(0x7c00);
    expect(halfBits(Number.NEGATIVE_INFINITY)).toBe(0xfc00);
    expect(halfValue(0xfc00)).toBe(Number.NEGATIVE_INFINITY);
    expect(halfValue(halfBits(Number.NaN))).toBeNaN();
    expect(halfValue(0x7c01)).toBeNaN();
  });

  it("round to nearest, ties to even, between any two neighbours", () => {
    const around = finite.map((here, bits) => {
      const next = places[bits + 1] as number;
      const [tie, little] = [(here + next) / 2, (next - here) / 1024];
      return [tie, tie - little, tie + little].map(halfBits);
    });
    expect(around).toEqual(finite.map((_, bits) => [bits + (bits % 2), bits, bits + 1]));
  });

  it("are those that a search finds, for any float32", () => {
    const ofBits = fc
      .integer({ min: 0, max: 0xffffffff })
      .map((bits) => new Float32Array(Uint32Array.of(bits).buffer)[0] as number);
    const near = fc.float({ min: -70000, max: 70000, noNaN: true });
    const small = fc.float({ min: Math.fround(-(2 ** -13)), max: Math.fround(2 ** -13), noNaN: true });
    fc.assert(
      fc.property(fc.oneof(ofBits, near, small), (value) => {
        expect(halfBits(value) & (Number.isNaN(value) ? 0x7fff : 0xffff)).toBe(naive(value));
      }),
      { numRuns: 5_000 },
    );
  });

  it("fill whole words", () => {
    expect([...toHalves([1, -2, 0.5])]).toEqual([0x3c00, 0xc000, 0x3800, 0]);
    expect([...fromHalves(Uint16Array.of(0x3c00, 0xc000))]).toEqual([1, -2]);
    expect([...throughHalves([1 + 2 ** -12, 70000])]).toEqual([1, Number.POSITIVE_INFINITY]);
  });
});
