/** Every text that the model's weights and random numbers can show, as one table of codes. */
import { messagesOf, quoted, type Text } from "../messages.js";

const AGAIN = "the file is damaged or was not written as safetensors: download it or write it again";
const WHOLE_FILE = "the file was not written or downloaded to its end: get it again";

const tensorOf = (file: string, tensor: string) => `tensor ${quoted(tensor)} of ${file}`;

export const {
  codes: mscCodes,
  problem: mscProblem,
  fail: mscFault,
} = messagesOf({
  // What is read.
  "safetensors-truncated": (file: string, part: string, needed: number, found: number): Text => [
    `${file} is truncated: ${part} needs ${needed} bytes, the file has ${found}`,
    WHOLE_FILE,
  ],
  "safetensors-trailing": (file: string, expected: number, found: number): Text => [
    `${file} is too long: its header and tensors take ${expected} bytes, the file has ${found}`,
    AGAIN,
  ],
  "safetensors-header-length": (file: string, found: bigint, most: number): Text => [
    `${file} is not a safetensors file: its first 8 bytes announce a header of ${found} bytes, expected 2 to ${most}`,
    "convert weights of another format (.bin, .pt, .ckpt, .npz) to safetensors first",
  ],
  "safetensors-header": (file: string, reason: string): Text => [
    `${file} has a safetensors header that cannot be read: ${reason}`,
    AGAIN,
  ],
  "safetensors-duplicate": (file: string, key: string): Text => [
    `the header of ${file} gives ${quoted(key)} twice, and it is not clear which is meant`,
    "write the file again with one tensor of each name",
  ],
  "safetensors-metadata": (file: string, found: string): Text => [
    `'__metadata__' of ${file} is ${found}, expected an object whose values are strings`,
    AGAIN,
  ],
  "safetensors-entry": (file: string, tensor: string, reason: string): Text => [
    `${tensorOf(file, tensor)} is not described as it must be: ${reason}`,
    "each tensor has 'dtype' (a string), 'shape' (a list) and 'data_offsets' (begin and end), and nothing else",
  ],
  "safetensors-dtype": (file: string, tensor: string, found: string): Text => [
    `${tensorOf(file, tensor)} has dtype ${found}, expected 'F32', 'F16' or 'BF16'`,
    "convert it to float32 and write the file again",
  ],
  "safetensors-shape": (file: string, tensor: string, axis: number, found: string): Text => [
    `dimension ${axis} of ${tensorOf(file, tensor)} is ${found}, expected a whole number from 0 to 2^53 - 1`,
    AGAIN,
  ],
  "safetensors-size": (file: string, tensor: string): Text => [
    `the shape of ${tensorOf(file, tensor)} has more than 9007199254740991 values`,
    AGAIN,
  ],
  "safetensors-offsets": (file: string, tensor: string, found: string): Text => [
    `${tensorOf(file, tensor)} has data_offsets ${found}, expected two whole numbers, the second not below the first`,
    AGAIN,
  ],
  "safetensors-bytes": (file: string, tensor: string, needed: number, found: number): Text => [
    `${tensorOf(file, tensor)} has ${found} bytes between its data_offsets, and its shape and dtype need ${needed}`,
    AGAIN,
  ],
  "safetensors-overlap": (file: string, tensor: string, begin: number, other: string, end: number): Text => [
    `${tensorOf(file, tensor)} begins at byte ${begin} of the data, within ${quoted(other)}, which ends at ${end}`,
    AGAIN,
  ],
  "safetensors-gap": (file: string, tensor: string, begin: number, end: number): Text => [
    `${tensorOf(file, tensor)} begins at byte ${begin} of the data, and what is before it ends at ${end}: bytes of no tensor are not allowed`,
    AGAIN,
  ],

  // What is written.
  "safetensors-name": (): Text => [
    "a tensor cannot be named '__metadata__', which safetensors files keep for themselves",
    "give it another name",
  ],
  "safetensors-values": (tensor: string, shape: readonly number[], needed: number, found: number): Text => [
    `tensor ${quoted(tensor)} of shape [${shape.join(", ")}] has ${needed} values, and ${found} were given`,
    "give as many values as the shape has",
  ],
  "safetensors-range": (tensor: string, index: number, found: number): Text => [
    `value ${index} of tensor ${quoted(tensor)} is ${found}, and F16 holds at most 65504`,
    "write the tensor as F32",
  ],

  // Random numbers.
  seed: (found: string): Text => [
    `the seed is ${found}, expected a whole number from 0 to 4294967295`,
    "give a seed such as 1",
  ],
});
