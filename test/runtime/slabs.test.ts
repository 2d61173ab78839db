/** The binding of a box of an operand: what the kernel adds up modulo 2^32 is where an element lies in the binding, beyond 4 GiB too. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { bindingOf, type Layout } from "../../runtime/launcher/layout.js";

const RUNS = 2000;
const ALIGNMENT = 256;
/** What a u32 of the uniform block becomes. */
const u32 = (value: number) => Number(BigInt.asUintN(32, BigInt(value)));

/** A box inside an operand of a few dimensions, with strides and an offset of up to 2^40 elements. */
const boxes = fc.array(
  fc.record({
    extent: fc.integer({ min: 1, max: 5 }),
    stride: fc.oneof(
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 0, max: 2 ** 30 }).map((n) => n * 1021),
    ),
    ends: fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })),
  }),
  { minLength: 1, maxLength: 6 },
);

it("holds every element of its box, at the offset that the kernel computes", () => {
  fc.assert(
    fc.property(boxes, fc.integer({ min: 0, max: 2 ** 40 }), fc.constantFrom(2, 4), (dimensions, start, bytes) => {
      const layout: Layout = {
        ...{ axes: dimensions.map((_, i) => `a${i}`), shape: dimensions.map(({ extent }) => extent) },
        ...{ strides: dimensions.map(({ stride }) => stride), start, bytes },
      };
      const box = dimensions.map(({ extent, ends }) => {
        const [a = 0, b = 0] = ends.map((end) => Math.min(end, extent - 1)).sort((x, y) => x - y);
        return [a, b] as const;
      });
      const { offset, bindingOffset, bindingSize } = bindingOf(layout, box, ALIGNMENT);
      expect([bindingOffset % ALIGNMENT, bindingSize % 4]).toEqual([0, 0]);
      const picks = [box.map(([lo]) => lo), box.map(([, hi]) => hi), box.map(([lo, hi], i) => (i % 2 ? lo : hi))];
      for (const index of picks) {
        const place = index.reduce((sum, n, i) => sum + n * (layout.strides[i] as number), start);
        const within = place - bindingOffset / bytes;
        expect(within).toBeGreaterThanOrEqual(0);
        expect((within + 1) * bytes).toBeLessThanOrEqual(bindingSize);
        const added = index.reduce(
          (sum, n, i) => (sum + BigInt(n) * BigInt(u32(layout.strides[i] as number))) & 0xffffffffn,
          BigInt(u32(offset)),
        );
        expect(Number(added)).toBe(u32(within));
      }
    }),
    { numRuns: RUNS },
  );
});
