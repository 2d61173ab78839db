/** Bytes of files as some other program, or a damaged disk, could have written them. */
import fc from "fast-check";

/** The bytes of text with one character for each. */
export const latin = (text: string) => Uint8Array.from(text, (each) => each.charCodeAt(0));

/** A safetensors file with any header, and data of as many bytes. */
export function safetensorsOf(header: unknown, dataBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

/** Pieces of a file one after another; text has one byte for each character. */
export function bytesOf(...parts: readonly (string | ArrayLike<number>)[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => Array.from(typeof part === "string" ? latin(part) : part)));
}

/** What a disk or a network may do to a file. */
export interface Damage {
  readonly at: number;
  readonly remove: number;
  readonly insert: Uint8Array;
}

/** Pieces removed and put in, one after the other. */
export function damaged(bytes: Uint8Array, edits: readonly Damage[]): Uint8Array {
  const values = Array.from(bytes);
  for (const { at, remove, insert } of edits) values.splice(at, remove, ...insert);
  return Uint8Array.from(values);
}

/** Edits of a file of some length. */
export const damage = (length: number): fc.Arbitrary<Damage[]> =>
  fc.array(
    fc.record({
      at: fc.nat({ max: length }),
      remove: fc.nat({ max: 9 }),
      insert: fc.uint8Array({ maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 4 },
  );
