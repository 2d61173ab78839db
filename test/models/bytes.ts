/** Bytes of files as some other program, or a damaged disk, could have written them. */

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
