/** Every message of safetensors files, whole. */
import { afterAll, describe, expect, it } from "vitest";
import { mscCodes } from "../../models/msc/messages.js";
import { formatSafetensors, type OutgoingTensor, parseSafetensors } from "../../models/msc/safetensors.js";
import { latin, safetensorsOf } from "./bytes.js";
import { seen, textOf } from "./faults.js";

const AGAIN = "help: the file is damaged or was not written as safetensors: download it or write it again";
const WHOLE_FILE = "help: the file was not written or downloaded to its end: get it again";
const DESCRIBED =
  "help: each tensor has 'dtype' (a string), 'shape' (a list) and 'data_offsets' (begin and end), and nothing else";
const one = (entry: object, bytes = 4) =>
  safetensorsOf({ w: { dtype: "F32", shape: [1], data_offsets: [0, 4], ...entry } }, bytes);
const two = (begin: number, end: number) =>
  safetensorsOf(
    {
      v: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
      w: { dtype: "F32", shape: [(end - begin) / 4], data_offsets: [begin, end] },
    },
    20,
  );

describe("messages", () => {
  const faults: readonly [code: string, bytes: Uint8Array, text: string, help: string][] = [
    [
      "safetensors-truncated",
      Uint8Array.of(1, 2, 3),
      "a is truncated: the length of the header needs 8 bytes, the file has 3",
      WHOLE_FILE,
    ],
    [
      "safetensors-truncated",
      safetensorsOf("{}").subarray(0, 9),
      "a is truncated: the header needs 10 bytes, the file has 9",
      WHOLE_FILE,
    ],
    ["safetensors-truncated", one({}, 3), "a is truncated: tensor 'w' needs 66 bytes, the file has 65", WHOLE_FILE],
    ["safetensors-trailing", one({}, 6), "a is too long: its header and tensors take 66 bytes, the file has 68", AGAIN],
    [
      "safetensors-header-length",
      latin("PK\x03\x04\x14\0\0\0..........."),
      "a is not a safetensors file: its first 8 bytes announce a header of 85966670672 bytes, expected 2 to 100000000",
      "help: convert weights of another format (.bin, .pt, .ckpt, .npz) to safetensors first",
    ],
    [
      "safetensors-header",
      safetensorsOf("{]"),
      "a has a safetensors header that cannot be read: it is not JSON",
      AGAIN,
    ],
    [
      "safetensors-header",
      latin("\x02\0\0\0\0\0\0\0\xff{"),
      "a has a safetensors header that cannot be read: it is not UTF-8",
      AGAIN,
    ],
    [
      "safetensors-header",
      safetensorsOf("[1, {}]"),
      "a has a safetensors header that cannot be read: it is [1, {...}], expected an object",
      AGAIN,
    ],
    [
      "safetensors-header",
      safetensorsOf("null"),
      "a has a safetensors header that cannot be read: it is null, expected an object",
      AGAIN,
    ],
    [
      "safetensors-duplicate",
      safetensorsOf('{"a\\"b":{}, "c":["a","a"], "\\u0061\\"b" : {}}'),
      "the header of a gives 'a\"b' twice, and it is not clear which is meant",
      "help: write the file again with one tensor of each name",
    ],
    [
      "safetensors-duplicate",
      safetensorsOf('{"w":{"dtype":"F32","shape":[1],"dtype":"F16","data_offsets":[0,4]}}', 4),
      "the header of a gives 'dtype' twice, and it is not clear which is meant",
      "help: write the file again with one tensor of each name",
    ],
    [
      "safetensors-metadata",
      safetensorsOf({ __metadata__: [1, 2, 3, 4, 5] }),
      "'__metadata__' of a is [1, 2, 3, 4, ...], expected an object whose values are strings",
      AGAIN,
    ],
    [
      "safetensors-metadata",
      safetensorsOf({ __metadata__: { n: 1 } }),
      "'__metadata__' of a is { 'n': 1 }, expected an object whose values are strings",
      AGAIN,
    ],
    [
      "safetensors-entry",
      safetensorsOf({ w: 1 }),
      "tensor 'w' of a is not described as it must be: it is 1",
      DESCRIBED,
    ],
    [
      "safetensors-entry",
      safetensorsOf({ w: { dtype: "F32", shape: [] } }),
      "tensor 'w' of a is not described as it must be: there is no 'data_offsets'",
      DESCRIBED,
    ],
    [
      "safetensors-entry",
      one({ "sp\u001b[31mam": 1 }),
      "tensor 'w' of a is not described as it must be: 'sp\\u{1b}[31mam' is not known",
      DESCRIBED,
    ],
    ["safetensors-entry", one({ shape: 3 }), "tensor 'w' of a is not described as it must be: 'shape' is 3", DESCRIBED],
    [
      "safetensors-dtype",
      one({ dtype: "I64" }),
      "tensor 'w' of a has dtype 'I64', expected 'F32', 'F16' or 'BF16'",
      "help: convert it to float32 and write the file again",
    ],
    [
      "safetensors-dtype",
      one({ dtype: "toString" }),
      "tensor 'w' of a has dtype 'toString', expected 'F32', 'F16' or 'BF16'",
      "help: convert it to float32 and write the file again",
    ],
    [
      "safetensors-dtype",
      one({ dtype: ["F32"] }),
      "tensor 'w' of a has dtype ['F32'], expected 'F32', 'F16' or 'BF16'",
      "help: convert it to float32 and write the file again",
    ],
    [
      "safetensors-shape",
      one({ shape: [1, -1] }),
      "dimension 1 of tensor 'w' of a is -1, expected a whole number from 0 to 2^53 - 1",
      AGAIN,
    ],
    [
      "safetensors-shape",
      one({ shape: [1.5] }),
      "dimension 0 of tensor 'w' of a is 1.5, expected a whole number from 0 to 2^53 - 1",
      AGAIN,
    ],
    [
      "safetensors-shape",
      one({ shape: ["1"] }),
      "dimension 0 of tensor 'w' of a is '1', expected a whole number from 0 to 2^53 - 1",
      AGAIN,
    ],
    [
      "safetensors-size",
      one({ shape: [2 ** 30, 2 ** 30, 16] }),
      "the shape of tensor 'w' of a has more than 9007199254740991 values",
      AGAIN,
    ],
    [
      "safetensors-offsets",
      one({ data_offsets: [4, 0] }),
      "tensor 'w' of a has data_offsets [4, 0], expected two whole numbers, the second not below the first",
      AGAIN,
    ],
    [
      "safetensors-offsets",
      one({ data_offsets: [0, 4, 8] }),
      "tensor 'w' of a has data_offsets [0, 4, 8], expected two whole numbers, the second not below the first",
      AGAIN,
    ],
    [
      "safetensors-offsets",
      one({ data_offsets: [-4, 0] }),
      "tensor 'w' of a has data_offsets [-4, 0], expected two whole numbers, the second not below the first",
      AGAIN,
    ],
    [
      "safetensors-offsets",
      one({ data_offsets: [0, 1e300] }),
      "tensor 'w' of a has data_offsets [0, 1e+300], expected two whole numbers, the second not below the first",
      AGAIN,
    ],
    [
      "safetensors-bytes",
      one({ shape: [3, 2] }),
      "tensor 'w' of a has 4 bytes between its data_offsets, and its shape and dtype need 24",
      AGAIN,
    ],
    [
      "safetensors-overlap",
      two(4, 20),
      "tensor 'w' of a begins at byte 4 of the data, within 'v', which ends at 8",
      AGAIN,
    ],
    [
      "safetensors-gap",
      two(12, 20),
      "tensor 'w' of a begins at byte 12 of the data, and what is before it ends at 8: bytes of no tensor are not allowed",
      AGAIN,
    ],
  ];
  it.each(faults)("%s, case %#", (code, bytes, text, help) => {
    expect(textOf(() => parseSafetensors(bytes, "a"))).toBe(`${text}\n  ${help}`);
    expect([...seen]).toContain(code);
  });

  const data = Float32Array.of(1, 70000);
  const outgoing: readonly [string, OutgoingTensor, string][] = [
    [
      "__metadata__",
      { shape: [2], data },
      "a tensor cannot be named '__metadata__', which safetensors files keep for themselves\n  help: give it another name",
    ],
    [
      "w",
      { shape: [3, 2], data },
      "tensor 'w' of shape [3, 2] has 6 values, and 2 were given\n  help: give as many values as the shape has",
    ],
    [
      "w",
      { dtype: "F16", shape: [2], data },
      "value 1 of tensor 'w' is 70000, and F16 holds at most 65504\n  help: write the tensor as F32",
    ],
  ];
  it.each(outgoing)("of writing %s, case %#", (name, tensor, text) => {
    expect(textOf(() => formatSafetensors(new Map([[name, tensor]])))).toBe(text);
  });

  it("cuts names short", () => {
    const long = safetensorsOf({ ["x".repeat(1e6)]: 1 });
    expect(textOf(() => parseSafetensors(long, "a"))).toContain(`tensor '${"x".repeat(60)}...' of a is not`);
  });

  afterAll(() => {
    expect(mscCodes.filter((code) => code.startsWith("safetensors-") && !seen.has(code))).toEqual([]);
  });
});
