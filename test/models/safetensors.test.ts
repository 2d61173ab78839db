/** Safetensors files: what the format's own library writes, round trips, and damage of every kind. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../models/msc/random.js";
import { formatSafetensors, type OutgoingTensor, parseSafetensors } from "../../models/msc/safetensors.js";
import { throughHalves } from "../../runtime/half.js";
import { damage, damaged, latin, safetensorsOf } from "./bytes.js";
import { textOf } from "./faults.js";

const textFrom = (bytes: Uint8Array) => String.fromCharCode(...bytes);

const small = new Map<string, OutgoingTensor>([
  ["b.weight", { shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) }],
  ["a.half", { dtype: "F16", shape: [3], data: Float32Array.of(1, -2.5, 65504) }],
  ["a.bias", { shape: [1], data: Float32Array.of(0.5) }],
]);
// Written by the Python package safetensors 0.8 from the same arrays.
const SMALL = latin(
  '\xd8\0\0\0\0\0\0\0{"__metadata__":{"made":"by test"},"a.bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},' +
    '"b.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[4,28]},"a.half":{"dtype":"F16","shape":[3],"data_offsets":[28,34]}}' +
    "\0\0\0?\0\0\0\0\0\0\x80?\0\0\0@\0\0@@\0\0\x80@\0\0\xa0@\0<\0\xc1\xff{",
);

const bitsOf = (data: Float32Array) => new Uint32Array(data.buffer, data.byteOffset, data.length);

const names = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom("__proto__", "constructor", "toString", "0", "10", "", '"', "\\", "\ud800", "\u2028", "é"),
);
const tensorArbitrary = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }), fc.boolean(), fc.integer({ min: 0 }))
  .map(([shape, half, seed]): OutgoingTensor => {
    const { word, normal } = randomStream(seed % 2 ** 32, "values");
    const count = shape.reduce((product, extent) => product * extent, 1);
    if (half) return { dtype: "F16", shape, data: throughHalves(Array.from({ length: count }, () => 100 * normal())) };
    return { dtype: "F32", shape, data: new Float32Array(Uint32Array.from({ length: count }, word).buffer) };
  });
const pairs = fc.uniqueArray(fc.tuple(names, tensorArbitrary), { selector: ([name]) => name, maxLength: 6 });
const notes = fc.uniqueArray(fc.tuple(names, names), { selector: ([name]) => name, maxLength: 3 });

describe("files", () => {
  it("are, byte for byte, what the format's own library writes", () => {
    const written = formatSafetensors(small, new Map([["made", "by test"]]));
    expect(textFrom(written)).toBe(textFrom(SMALL));
    const empty = formatSafetensors(new Map([["e", { shape: [0, 3], data: new Float32Array(0) }]]));
    expect(textFrom(empty)).toBe('8\0\0\0\0\0\0\0{"e":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}}');
    expect(textFrom(formatSafetensors(new Map()))).toBe("\b\0\0\0\0\0\0\0{}      ");
  });

  it("come back as they were written, bit for bit, whatever the names and the order", () => {
    fc.assert(
      fc.property(pairs, notes, (tensors, metadata) => {
        const bytes = formatSafetensors(new Map(tensors), new Map(metadata));
        expect(formatSafetensors(new Map([...tensors].reverse()), new Map([...metadata].reverse()))).toEqual(bytes);
        expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
        // Behind one more byte nothing is aligned.
        const shifted = new Uint8Array(bytes.length + 1);
        shifted.set(bytes, 1);
        const back = parseSafetensors(shifted.subarray(1), "a.safetensors");
        expect(back.metadata).toEqual(new Map(metadata));
        expect([...back.tensors.keys()].sort()).toEqual(tensors.map(([name]) => name).sort());
        for (const [name, { dtype, shape, data }] of tensors) {
          const found = back.tensors.get(name);
          expect([found?.dtype, found?.shape]).toEqual([dtype, shape]);
          expect(bitsOf(found?.data as Float32Array)).toEqual(bitsOf(data));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("may list tensors in another order than their data, and hold bfloat16", () => {
    const bytes = safetensorsOf(
      '{ "b": {"data_offsets": [4, 8], "shape": [2, 1], "dtype": "BF16"},\n"a": {"dtype":"F32","shape":[],"data_offsets":[0,4]}}  ',
      8,
    );
    bytes.set([0, 0, 0x80, 0xbf, 0x80, 0x3f, 0x49, 0x40], bytes.length - 8);
    const { tensors, metadata } = parseSafetensors(bytes, "a.safetensors");
    expect(metadata.size).toBe(0);
    expect([...tensors]).toEqual([
      ["a", { dtype: "F32", shape: [], data: Float32Array.of(-1) }],
      ["b", { dtype: "BF16", shape: [2, 1], data: Float32Array.of(1, 3.140625) }],
    ]);
  });

  it("change no prototype", () => {
    const entry = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
    const { tensors } = parseSafetensors(safetensorsOf(`{"__proto__":${entry}}`, 4), "a.safetensors");
    expect([...tensors.keys()]).toEqual(["__proto__"]);
    const inside = `{"a":{"__proto__":{"dtype":"F32"},"shape":[1],"data_offsets":[0,4]}}`;
    expect(textOf(() => parseSafetensors(safetensorsOf(inside, 4), "a.safetensors"))).toContain("there is no 'dtype'");
    expect(parseSafetensors(safetensorsOf('{"__metadata__":{"__proto__":"x"}}'), "a.safetensors").metadata).toEqual(
      new Map([["__proto__", "x"]]),
    );
    expect(Object.hasOwn(Object.prototype, "dtype")).toBe(false);
  });
});

/** The parser reads the file or says what is wrong with it, and nothing else happens. */
function survives(bytes: Uint8Array): void {
  const text = textOf(() => parseSafetensors(bytes, "a.safetensors"));
  expect(text.length).toBeLessThan(600);
  expect(text).not.toMatch(/undefined|NaN|\[object/);
}

describe("damage", () => {
  it("of any byte is survived", () => {
    for (let at = 0; at < SMALL.length; at++) {
      for (const bit of [0, 1, 2, 3, 4, 5, 6, 7]) {
        const bytes = SMALL.slice();
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
        survives(bytes);
      }
    }
  });

  it("of several bytes, and lost or doubled pieces, is survived", () => {
    fc.assert(
      fc.property(damage(SMALL.length), (edits) => survives(damaged(SMALL, edits))),
      { numRuns: 3000 },
    );
  });

  it("of the header's values is survived", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.nat({ max: 20 }), (header, data) =>
        survives(safetensorsOf(header, data)),
      ),
      { numRuns: 1000 },
    );
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(-1, 0.5, 1e300, 2 ** 53, 4, 0, "F32", [0, 4], [1]),
    );
    const entry = fc.record({ dtype: odd, shape: odd, data_offsets: odd }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.dictionary(names, entry), (header) => survives(safetensorsOf(header, 4))),
      { numRuns: 1000 },
    );
  });

  it("by truncation is an error at every length", () => {
    for (let length = 0; length < SMALL.length; length++) {
      expect(textOf(() => parseSafetensors(SMALL.subarray(0, length), "a.safetensors"))).toMatch(
        /^a\.safetensors is truncated: .* needs \d+ bytes, the file has \d+\n/,
      );
    }
  });

  it("by nesting deeper than any stack is survived", () => {
    const deep = "[".repeat(500_000) + "]".repeat(500_000);
    survives(safetensorsOf(deep));
    survives(safetensorsOf(`{"a":${deep}}`));
    survives(safetensorsOf(`{"a":{"dtype":"F32","shape":[${deep}],"data_offsets":[0,0]}}`));
    survives(safetensorsOf(`{"a":{"dtype":"F32","shape":${deep},"data_offsets":[0,0]}}`));
    survives(safetensorsOf(`{"__metadata__":{"a":${deep}}}`));
  });
});
