/** Numbers as kernels store them: f32, f16 or bf16 (the upper half of an f32), each rounded to the nearest, ties to even. */
import { fromHalves, halfBits, halfValue } from "../../runtime/half.js";

export type Stored = "f32" | "f16" | "bf16";

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

export function brainBits(value: number): number {
  float[0] = value;
  const bits = word[0] as number;
  if (Number.isNaN(value)) return 0x7fff;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

export function brainValue(bits: number): number {
  word[0] = bits << 16;
  return float[0] as number;
}

/** Largest relative error of rounding a number to a dtype. */
export const ROUNDOFF: { readonly [dtype in Stored]: number } = { f32: 2 ** -24, f16: 2 ** -11, bf16: 2 ** -8 };

/** A number after it was stored. */
export const roundTo: { readonly [dtype in Stored]: (value: number) => number } = {
  f32: Math.fround,
  f16: (value) => halfValue(halfBits(value)),
  bf16: (value) => brainValue(brainBits(value)),
};

/** Numbers as they lie in memory. */
export function toStored(values: Float32Array, dtype: Stored): Float32Array | Uint16Array {
  if (dtype === "f32") return values;
  return Uint16Array.from(values, dtype === "f16" ? halfBits : brainBits);
}

/** Numbers of the bytes of memory. */
export function fromStored(memory: ArrayBuffer, dtype: Stored): Float32Array<ArrayBuffer> {
  if (dtype === "f32") return new Float32Array(memory);
  const words = new Uint16Array(memory);
  return dtype === "f16" ? fromHalves(words) : Float32Array.from(words, brainValue);
}
