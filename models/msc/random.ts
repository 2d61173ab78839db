/** Random numbers from a seed and a name: the same bits on every platform, whatever else is drawn, and in which order. */
import { mscFault } from "./messages.js";

/** A sequence of numbers. What is drawn from one stream changes nothing in another. */
export interface RandomStream {
  /** A whole number from 0 to 2^32 - 1. */
  word(): number;
  /** From 0 to below 1, a multiple of 2^-53; as float32 it may round to 1. */
  uniform(): number;
  /** Of mean 0 and deviation 1. */
  normal(): number;
}

type State = [number, number, number, number];

const rotate = (word: number, by: number) => (word << by) | (word >>> (32 - by));

/** xoshiro128** 1.1 (Blackman and Vigna, https://prng.di.unimi.it): 32 bits from a state that is not all 0. */
export function xoshiro(state: State): () => number {
  let [a, b, c, d] = state;
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

const GOLDEN = 0x9e3779b9;

/** The finaliser of splitmix32: every bit of a word changes about half of the bits of the result. */
function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}

/** A state of 128 bits, so that of thousands of names no two meet. */
function stateOf(seed: number, name: string): State {
  const lane = (number: number): number => {
    let word = mix(mix(seed + GOLDEN) + number);
    for (let i = 0; i < name.length; i++) word = mix(word + GOLDEN + name.charCodeAt(i));
    return mix(word + GOLDEN + name.length);
  };
  const state: State = [lane(1), lane(2), lane(3), lane(4)];
  // From the state 0 only zeros come; no known name leads there.
  return state.some((word) => word !== 0) ? state : [1, 2, 3, 4];
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/**
 * The natural logarithm of a normal number above 0, by additions, products and quotients alone: `Math.log` may differ
 * in its last bit from one engine to the next, and with it every weight.
 */
export function logarithm(value: number): number {
  double[0] = value;
  let exponent = ((words[1] as number) >>> 20) - 1023;
  words[1] = ((words[1] as number) & 0xfffff) | 0x3ff00000;
  let fraction = double[0];
  if (fraction > Math.SQRT2) {
    fraction /= 2;
    exponent++;
  }
  // ln m = 2 artanh((m - 1) / (m + 1)), and the argument is at most 0.172: eleven terms reach float64.
  const argument = (fraction - 1) / (fraction + 1);
  const square = argument * argument;
  let sum = 0;
  for (let power = 21; power >= 1; power -= 2) sum = sum * square + 1 / power;
  return exponent * Math.LN2 + 2 * argument * sum;
}

/**
 * The stream of a seed and a name, such as that of a tensor.
 * @param seed a whole number from 0 to 4294967295.
 * @throws ModelError `seed`.
 */
export function randomStream(seed: number, name: string): RandomStream {
  if (!(Number.isInteger(seed) && seed >= 0 && seed <= 0xffffffff)) throw mscFault("seed", String(seed));
  const word = xoshiro(stateOf(seed, name));
  const uniform = () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53;
  let spare: number | undefined;
  // Box and Muller's transform in Marsaglia's polar form, which needs no sine and no cosine.
  const normal = (): number => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    for (;;) {
      const [x, y] = [2 * uniform() - 1, 2 * uniform() - 1];
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const stretch = Math.sqrt((-2 * logarithm(square)) / square);
      spare = y * stretch;
      return x * stretch;
    }
  };
  return { word, uniform, normal };
}

/** The first numbers of a stream as float32, each times the deviation. */
export function normals(seed: number, name: string, count: number, deviation = 1): Float32Array<ArrayBuffer> {
  const { normal } = randomStream(seed, name);
  return new Float32Array(count).map(() => normal() * deviation);
}

/** The first numbers of a stream as float32, from `low` to `high`. */
export function uniforms(seed: number, name: string, count: number, low = 0, high = 1): Float32Array<ArrayBuffer> {
  const { uniform } = randomStream(seed, name);
  return new Float32Array(count).map(() => low + (high - low) * uniform());
}
