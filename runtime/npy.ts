/** Reads and writes `.npy` files: float32, int32 and int64 in C order; every fault says what was expected and what was found. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fail, fileReason, HostError, hostProblem } from "./messages.js";

/** A dense row-major array of a file. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

const MAGIC = "\x93NUMPY";
/** The dtypes that are read, and the bytes of one value. */
const DTYPES = { "<f4": 4, "<i4": 4, "<i8": 8 } as const;
type Dtype = keyof typeof DTYPES;
const EXPECTED = { float: "float32 ('<f4')", int: "int32 ('<i4') or int64 ('<i8')", any: "float32, int32 or int64" };

const isDtype = (descr: string): descr is Dtype => Object.hasOwn(DTYPES, descr);

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Bytes before the values. */
  readonly length: number;
}

/** The header is a Python dict of three known keys, in any order. */
function readHeader(path: string, bytes: Buffer): Header {
  if (bytes.toString("latin1", 0, 6) !== MAGIC) throw fail("npy-magic", path);
  const [major = 0, minor = 0] = bytes.subarray(6, 8);
  if ((major !== 1 && major !== 2) || minor !== 0) throw fail("npy-version", path, `${major}.${minor}`);
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) throw fail("npy-truncated", path, start, bytes.length);
  const length = start + (major === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (bytes.length < length) throw fail("npy-truncated", path, length, bytes.length);
  const text = bytes.toString("latin1", start, length);
  const descr = text.match(/'descr'\s*:\s*'([^']*)'/)?.[1];
  const fortran = text.match(/'fortran_order'\s*:\s*(True|False)/)?.[1];
  const shape = text.match(/'shape'\s*:\s*\(([\d,\sL]*)\)/)?.[1];
  if (descr === undefined) throw fail("npy-header", path, "no 'descr' of a plain dtype");
  if (fortran === undefined) throw fail("npy-header", path, "no 'fortran_order'");
  if (shape === undefined) throw fail("npy-header", path, "no 'shape'");
  const extents = shape.split(",").flatMap((part) => (part.trim() ? [Number.parseInt(part, 10)] : []));
  return { descr, fortran: fortran === "True", shape: extents, length };
}

function readInt64(path: string, bytes: Buffer, count: number): Int32Array<ArrayBuffer> {
  const values = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const value = bytes.readBigInt64LE(i * 8);
    if (value !== BigInt.asIntN(32, value)) throw fail("npy-range", path, i, String(value));
    values[i] = Number(value);
  }
  return values;
}

/** Parses the bytes of a file; `path` is for messages, `want` the kind of values that the caller can take. */
export function parseNpy(path: string, bytes: Buffer, want: keyof typeof EXPECTED = "any"): NpyArray {
  const { descr, fortran, shape, length } = readHeader(path, bytes);
  const kind = descr === "<f4" ? "float" : "int";
  if (!isDtype(descr) || (want !== "any" && want !== kind)) throw fail("npy-dtype", path, EXPECTED[want], descr);
  // In one dimension both orders are the same, and numpy writes either.
  if (fortran && shape.filter((extent) => extent > 1).length > 1) throw fail("npy-order", path);
  const count = shape.reduce((product, extent) => product * extent, 1);
  const total = length + count * DTYPES[descr];
  if (bytes.length < total) throw fail("npy-truncated", path, total, bytes.length);
  if (bytes.length > total) throw fail("npy-trailing", path, total, bytes.length);
  const values = bytes.subarray(length);
  if (descr === "<i8") return { shape, data: readInt64(path, values, count) };
  const { buffer } = new Uint8Array(values);
  return { shape, data: descr === "<f4" ? new Float32Array(buffer) : new Int32Array(buffer) };
}

/**
 * Reads a file.
 * @throws HostError with a code that begins with `npy-`, or `file-unreadable`.
 */
export function readNpy(path: string, want: keyof typeof EXPECTED = "any"): NpyArray {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw fail("file-unreadable", path, fileReason(error, "read"));
  }
  return parseNpy(path, bytes, want);
}

/** Format 1.0; the values begin at a multiple of 64 bytes, as numpy does it. */
export function formatNpy({ shape, data }: NpyArray): Buffer {
  const descr = data instanceof Float32Array ? "<f4" : "<i4";
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const padding = 63 - ((10 + dict.length) % 64);
  const text = `${dict}${" ".repeat(padding)}\n`;
  const head = Buffer.alloc(10);
  head.write(`${MAGIC}\x01\x00`, "latin1");
  head.writeUInt16LE(text.length, 8);
  return Buffer.concat([head, Buffer.from(text, "latin1"), Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}

/** Writes a file whole or not at all: to a temporary name beside it first, then renamed. */
export function writeWhole(path: string, bytes: Uint8Array | string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, bytes);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fail("file-unwritable", path, fileReason(error, "write"));
  }
}

/** @throws HostError `file-unwritable`. */
export const writeNpy = (path: string, array: NpyArray): void => writeWhole(path, formatNpy(array));

/** Compares a file's shape with the expected extents, axis by axis; an absent extent may be anything. */
export function requireShape(
  path: string,
  shape: readonly number[],
  axes: readonly { readonly name: string; readonly extent?: number }[],
): void {
  const names = axes.map(({ name }) => name);
  if (shape.length !== axes.length) throw fail("npy-rank", path, names, shape);
  const problems = axes.flatMap(({ name, extent }, i) => {
    const got = shape[i] as number;
    return extent === undefined || extent === got ? [] : [hostProblem("npy-extent", path, name, extent, got)];
  });
  if (problems.length > 0) throw new HostError(problems);
}
