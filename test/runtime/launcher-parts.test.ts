/** How a launch is divided into slabs and splits, and where the keys of a ring lie: the rules, and what is said where they cannot be kept. */
import { afterAll, describe, expect, it } from "vitest";
import { slotsOf, turnOf } from "../../runtime/launcher/ring.js";
import { chosenSplits } from "../../runtime/launcher/splits.js";
import { bindText } from "./bind-text.js";
import { operand } from "./fake-device.js";
import type { HandWritten } from "./hand-written.js";
import { OF_PARTS, seen } from "./launch-texts.js";

const tables = { shift: { shape: [2], data: Int32Array.of(0, 1) } };

/** One line per case: what changes in the launch, and the whole text. */
const cases: readonly [
  code: string,
  change: { readonly [name: string]: unknown },
  text: string,
  options?: HandWritten,
][] = [
  [
    "slab-too-large",
    { q: operand([1, 2, 8, 4], { strides: [0, 4, 8, 1100], bytes: 32768 }) },
    "what one tile of queries needs of q spans 13300 bytes, a binding holds at most 4096 (maxStorageBufferBindingSize of the device)\n" +
      "  help: ask for more in requestDevice({ requiredLimits: { maxStorageBufferBindingSize: 13300 } }), or bind less: a shorter window, fewer frames of keys in an operand, or a smaller grid",
  ],
  [
    "slab-too-large",
    { q: operand([1, 2, 8, 4], { strides: [0, 4, 8, 1100], bytes: 32768 }), maxBindingSize: 2048 },
    "what one tile of queries needs of q spans 13300 bytes, a binding holds at most 2048 (maxBindingSize, as given to bind)\n" +
      "  help: give bind no maxBindingSize, or one of 13300 or more, or bind less: a shorter window, fewer frames of keys in an operand, or a smaller grid",
  ],
  [
    "tables-too-large",
    {
      ...Object.fromEntries(["q", "k", "v", "output"].map((name) => [name, operand([1, 2, 1023, 4])])),
      tables: { shift: tables.shift, bias: { shape: [1023], data: new Float32Array(1023) } },
    },
    "the tables have 4100 bytes together, a binding holds at most 4096 (maxStorageBufferBindingSize of the device)\n" +
      "  help: ask for more in requestDevice({ requiredLimits: { maxStorageBufferBindingSize: 4100 } }), or give smaller tables",
    { tables: true },
  ],
  [
    "buffer-too-large",
    Object.fromEntries(["q", "k", "v", "output"].map((name) => [name, operand([1, 2, 2049, 4])])),
    "the buffer of lse that the launch would own has 16392 bytes, the device allows 16384 (maxBufferSize)\n" +
      "  help: ask for more in requestDevice({ requiredLimits }), or give lse as an operand",
  ],
  [
    "binding-size-invalid",
    { maxBindingSize: 255 },
    "maxBindingSize is 255, expected bytes, 256 or more (minStorageBufferOffsetAlignment)",
  ],
  [
    "held-invalid",
    { keyExtent: [9], k: operand([1, 2, 8, 4]) },
    "keyExtent is 9 on axis 'x', expected 1 to 8, which k has room for",
  ],
  ["position-count", { keyExtent: [1, 2] }, "keyExtent has 2 entries, expected 1: [x]"],
  ["ring-unknown", { keyRing: { t: true } }, "keyRing names 't', the axes of the keys are: 'x'"],
  ["splits-invalid", { splits: 65 }, "splits is 65, expected an integer from 1 to 64", { merge: true }],
  ["splits-invalid", { splits: 0.5 }, "splits is 0.5, expected an integer from 1 to 64"],
  [
    "splits-unbindable",
    { splits: 64, maxBindingSize: 1024 },
    "what 64 splits give for one tile of queries spans 4096 bytes, a binding holds at most 1024 (maxBindingSize, as given to bind)\n" +
      "  help: ask for fewer splits, or leave splits out",
    { merge: true },
  ],
  [
    "splits-unmerged",
    { splits: 2 },
    "splits is 2, and this kernel comes without the one that joins them\n" +
      "  help: give createKernel the merge kernel too, as load() of an emitted module does",
  ],
  [
    "splits-too-large",
    { splits: 65 - 1, ...Object.fromEntries(["q", "output"].map((name) => [name, operand([1, 2, 9, 4])])) },
    "64 splits need a buffer of 18432 bytes, the device allows 16384 (maxBufferSize)\n" +
      "  help: use fewer splits: a launch of many tiles needs none",
    { merge: true },
  ],
];

describe("bind", () => {
  it.each(cases)("%s", async (code, change, text, options) => {
    expect(await bindText(change, options)).toBe(text);
    expect([...seen]).toContain(code);
  });
});

describe("splits that a launch chooses", () => {
  it("are one where there are tiles enough, or boxes too few", () => {
    expect([32, 100, 65_536].map((tiles) => chosenSplits(tiles, 1e6))).toEqual([1, 1, 1]);
    expect([0, 1, 7].map((boxes) => chosenSplits(1, boxes))).toEqual([1, 1, 1]);
  });
  it("fill the device, with some boxes each", () => {
    expect([1, 2, 3, 10, 31].map((tiles) => chosenSplits(tiles, 1e6))).toEqual([64, 64, 42, 12, 4]);
    expect([8, 12, 40, 1000].map((boxes) => chosenSplits(2, boxes))).toEqual([2, 3, 10, 64]);
  });
});

describe("a ring", () => {
  /** The kernel's arithmetic: the lesser of two sums in u32. */
  const slotByTurn = (keys: Parameters<typeof turnOf>[0], position: number) => {
    const { slot, wrap } = turnOf(keys, 0);
    const from = position - (keys.origin[0] as number);
    return Math.min((from + slot) >>> 0, (from + wrap) >>> 0);
  };

  it("holds position p in slot p modulo its extent", () => {
    for (const ring of [1, 2, 5, 7]) {
      for (const origin of [0, 1, 6, 7, 13, 2 ** 31 - 9]) {
        const keys = { origin: [origin], rings: [ring] };
        for (let held = 0; held < ring; held++) expect(slotByTurn(keys, origin + held)).toBe((origin + held) % ring);
      }
    }
  });

  it("leaves positions as they are where there is none", () => {
    for (const position of [5, 6, 2 ** 31 - 1])
      expect(slotByTurn({ origin: [5], rings: [0] }, position)).toBe(position - 5);
  });

  it("takes as slots of a range what lies between its ends, or all of the ring", () => {
    const keys = { origin: [4], rings: [7] };
    expect(slotsOf(keys, 0, [4, 6])).toEqual([4, 6]);
    expect(slotsOf(keys, 0, [7, 10])).toEqual([0, 3]);
    expect(slotsOf(keys, 0, [6, 7])).toEqual([0, 6]);
    expect(slotsOf({ origin: [4] }, 0, [6, 9])).toEqual([2, 5]);
  });
});

afterAll(() => {
  expect(OF_PARTS.filter((code) => !seen.has(code))).toEqual([]);
});
