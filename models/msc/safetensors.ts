/** Reads and writes safetensors files, bytes in and bytes out; the header of a file that is read is trusted in nothing. */
import { fromHalves, halfBits } from "../../runtime/half.js";
import { quoted, shown } from "../messages.js";
import { repeatedKey } from "./json-keys.js";
import { mscFault } from "./messages.js";

/** Bytes of a value. */
const DTYPES = { F32: 4, F16: 2, BF16: 2 } as const;
export type SafetensorsDtype = keyof typeof DTYPES;

export interface SafetensorsTensor {
  /** How the file stores the values. */
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Row-major; widened to float32, which holds every value of F16 and BF16. */
  readonly data: Float32Array<ArrayBuffer>;
}

export interface Safetensors {
  /** By name, in the order of the file's data. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** What is written; F32 where no dtype is given. */
export interface OutgoingTensor {
  readonly dtype?: "F32" | "F16";
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface Entry {
  readonly tensor: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Bytes of a header at most, as the format has it. */
const LONGEST_HEADER = 100_000_000;
const METADATA = "__metadata__";
const KEYS = ["dtype", "shape", "data_offsets"];

type Plain = { readonly [key: string]: unknown };
const isObject = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isDtype = (value: unknown): value is SafetensorsDtype =>
  typeof value === "string" && Object.hasOwn(DTYPES, value);
const compare = <T extends string | number>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0);

/** The header as an object, and where the data begin. */
function readHeader(bytes: Uint8Array, file: string): { readonly header: Plain; readonly start: number } {
  if (bytes.length < 8) throw mscFault("safetensors-truncated", file, "the length of the header", 8, bytes.length);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length < 2n || length > LONGEST_HEADER) throw mscFault("safetensors-header-length", file, length, LONGEST_HEADER);
  const start = 8 + Number(length);
  if (bytes.length < start) throw mscFault("safetensors-truncated", file, "the header", start, bytes.length);
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, start));
  } catch {
    throw mscFault("safetensors-header", file, "it is not UTF-8");
  }
  try {
    header = JSON.parse(text);
  } catch {
    throw mscFault("safetensors-header", file, "it is not JSON");
  }
  if (!isObject(header)) throw mscFault("safetensors-header", file, `it is ${shown(header)}, expected an object`);
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw mscFault("safetensors-duplicate", file, repeated);
  return { header, start };
}

function readMetadata(file: string, found: unknown): ReadonlyMap<string, string> {
  if (!isObject(found)) throw mscFault("safetensors-metadata", file, shown(found));
  const entries = Object.entries(found).map(([key, value]): [string, string] => {
    if (typeof value !== "string") throw mscFault("safetensors-metadata", file, `{ ${quoted(key)}: ${shown(value)} }`);
    return [key, value];
  });
  return new Map(entries);
}

/** How many values a shape has. */
function countOf(file: string, tensor: string, shape: readonly unknown[]): number {
  let count = 1;
  for (const [axis, extent] of shape.entries()) {
    if (!isCount(extent)) throw mscFault("safetensors-shape", file, tensor, axis, shown(extent));
    count *= extent;
    if (!Number.isSafeInteger(count)) throw mscFault("safetensors-size", file, tensor);
  }
  return count;
}

function readEntry(file: string, tensor: string, found: unknown): Entry {
  if (!isObject(found)) throw mscFault("safetensors-entry", file, tensor, `it is ${shown(found)}`);
  const missing = KEYS.find((key) => !Object.hasOwn(found, key));
  if (missing !== undefined) throw mscFault("safetensors-entry", file, tensor, `there is no '${missing}'`);
  const odd = Object.keys(found).find((key) => !KEYS.includes(key));
  if (odd !== undefined) throw mscFault("safetensors-entry", file, tensor, `${quoted(odd)} is not known`);
  const { dtype, shape, data_offsets: offsets } = found;
  if (!isDtype(dtype)) throw mscFault("safetensors-dtype", file, tensor, shown(dtype));
  if (!Array.isArray(shape)) throw mscFault("safetensors-entry", file, tensor, `'shape' is ${shown(shape)}`);
  const count = countOf(file, tensor, shape);
  const [begin, end]: readonly unknown[] = Array.isArray(offsets) && offsets.length === 2 ? offsets : [];
  if (!isCount(begin) || !isCount(end) || end < begin)
    throw mscFault("safetensors-offsets", file, tensor, shown(offsets));
  const needed = count * DTYPES[dtype];
  if (end - begin !== needed) throw mscFault("safetensors-bytes", file, tensor, needed, end - begin);
  return { tensor, dtype, shape, begin, end };
}

/** Tensors take every byte of the data once. */
function requireCover(file: string, entries: readonly Entry[], start: number, length: number): void {
  let before = { tensor: "", end: 0 };
  for (const entry of entries) {
    const { tensor, begin, end } = entry;
    if (begin < before.end) throw mscFault("safetensors-overlap", file, tensor, begin, before.tensor, before.end);
    if (begin > before.end) throw mscFault("safetensors-gap", file, tensor, begin, before.end);
    if (start + end > length)
      throw mscFault("safetensors-truncated", file, `tensor ${quoted(tensor)}`, start + end, length);
    before = entry;
  }
  if (start + before.end < length) throw mscFault("safetensors-trailing", file, start + before.end, length);
}

/** Values of little-endian bytes, whatever the alignment of the bytes. */
function widened(dtype: SafetensorsDtype, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const { buffer } = new Uint8Array(bytes);
  if (dtype === "F32") return new Float32Array(buffer);
  const halves = new Uint16Array(buffer);
  if (dtype === "F16") return fromHalves(halves);
  // A bfloat16 is the upper half of a float32.
  return new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer);
}

/**
 * Parses the bytes of a file: F32, F16 and BF16, at most 100 MB of header.
 * @param file for messages.
 * @throws ModelError with a code that begins with `safetensors-`.
 */
export function parseSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const { header, start } = readHeader(bytes, file);
  const metadata = Object.hasOwn(header, METADATA) ? readMetadata(file, header[METADATA]) : new Map<string, string>();
  const entries = Object.entries(header)
    .filter(([tensor]) => tensor !== METADATA)
    .map(([tensor, found]) => readEntry(file, tensor, found))
    .sort((a, b) => compare(a.begin, b.begin) || compare(a.end, b.end));
  requireCover(file, entries, start, bytes.length);
  const tensors = entries.map(({ tensor, dtype, shape, begin, end }): [string, SafetensorsTensor] => {
    return [tensor, { dtype, shape, data: widened(dtype, bytes.subarray(start + begin, start + end)) }];
  });
  return { tensors: new Map(tensors), metadata };
}

const member = (key: string, value: unknown) => `${JSON.stringify(key)}:${JSON.stringify(value)}`;

function stored(tensor: string, dtype: "F32" | "F16", data: Float32Array): Uint8Array {
  if (dtype === "F32") return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const halves = Uint16Array.from(data, (value, index) => {
    const bits = halfBits(value);
    const isInfinite = (bits & 0x7fff) === 0x7c00;
    if (isInfinite && Number.isFinite(value)) throw mscFault("safetensors-range", tensor, index, value);
    return bits;
  });
  return new Uint8Array(halves.buffer);
}

/** A tensor's place in the data, and its bytes. */
function placed(tensor: string, { dtype = "F32", shape, data }: OutgoingTensor, begin: number) {
  if (tensor === METADATA) throw mscFault("safetensors-name");
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (count !== data.length) throw mscFault("safetensors-values", tensor, shape, count, data.length);
  const bytes = stored(tensor, dtype, data);
  return { entry: { dtype, shape, data_offsets: [begin, begin + bytes.length] }, bytes };
}

/**
 * The bytes of a file, which depend on nothing but what is in it: all of F32 and then all of F16, so that every
 * tensor is aligned to its values, and names sorted in each; the data begin at a multiple of 8 bytes.
 * @throws ModelError `safetensors-name`, `safetensors-values` or `safetensors-range`.
 */
export function formatSafetensors(
  tensors: ReadonlyMap<string, OutgoingTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array<ArrayBuffer> {
  // Entries rather than an object: a name may look like a number, or be '__proto__'.
  const members: string[] = [];
  const parts: Uint8Array[] = [];
  let end = 0;
  if (metadata.size > 0) {
    const sorted = [...metadata].sort(([a], [b]) => compare(a, b));
    members.push(`"${METADATA}":{${sorted.map(([key, value]) => member(key, value)).join(",")}}`);
  }
  const rank = ({ dtype = "F32" }: OutgoingTensor) => -DTYPES[dtype];
  const sorted = [...tensors].sort(([a, left], [b, right]) => compare(rank(left), rank(right)) || compare(a, b));
  for (const [name, tensor] of sorted) {
    const { entry, bytes } = placed(name, tensor, end);
    members.push(member(name, entry));
    parts.push(bytes);
    end += bytes.length;
  }
  return joined(`{${members.join(",")}}`, parts, end);
}

function joined(json: string, parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(json);
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(start + length).fill(0x20, 0, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(text, 8);
  let at = start;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
