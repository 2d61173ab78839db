/** Half-precision floats (IEEE 754 binary16) as bits, rounded to nearest, ties to even; Node 20 has no Float16Array. */

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The bits of the half nearest to a number, which is taken as float32. */
export function halfBits(value: number): number {
  float[0] = value;
  const bits = word[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00; // NaN
  if (size >= 0x477ff000) return sign | 0x7c00; // From 65520 on, half way behind the largest half, it is infinite.
  // Exponents differ by 112; 13 bits of the fraction go, and a tie goes to the even neighbour.
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  // Subnormal halves are multiples of 2^-24, as are float32 from 0.5 to 1: the sum is rounded as the half must be.
  word[0] = size;
  float[0] = (float[0] as number) + 0.5;
  return sign | ((word[0] as number) - 0x3f000000);
}

/** Units of the fraction by exponent; those of exponent 0 are subnormal. */
const UNITS = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25));

/** The value of a half. */
export function halfValue(bits: number): number {
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction : fraction + 1024) * (UNITS[exponent] as number);
}

/** The bits of many numbers; an even count, as WebGPU copies whole words. */
export function toHalves(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(values.length + (values.length % 2));
  for (let i = 0; i < values.length; i++) halves[i] = halfBits(values[i] as number);
  return halves;
}

/** Numbers of bits. */
export function fromHalves(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = halfValue(halves[i] as number);
  return values;
}

/** The values that halves have after numbers are stored in them. */
export const throughHalves = (values: ArrayLike<number>): Float32Array<ArrayBuffer> =>
  Float32Array.from(values, (value) => halfValue(halfBits(value)));
