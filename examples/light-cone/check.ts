/** The declared function, executed for every pair: the whole attention in float64, and plain float32 beside it to compare with. */
import type { Position } from "mscc";
import { lightCone } from "../../dsl/variants/light-cone.js";
import { HEAD_DIM, HEADS, type Tokens, VALUE_DIM } from "./tokens.js";

export type Place = Position<"t" | "y" | "x">;
export type Params = { readonly [name in keyof typeof lightCone.params]: number };

/** Largest error of one result, and what a plain float32 computation of it errs. */
export interface Errors {
  readonly kernel: number;
  readonly plain: number;
  /** Sixteen times the plain error, or 2e-5: sums run in another order and drivers differ in `exp`. */
  readonly allowed: number;
}

export interface Check {
  readonly queries: number;
  /** Pairs that attend, of one head. */
  readonly pairs: number;
  readonly output: Errors;
  readonly lse: Errors;
  readonly passed: boolean;
}

/** Positions of all tokens of a grid, in the order of the tensors. */
export function placesOf([frames, rows, columns]: Tokens["grid"]): Place[] {
  const inFrame = rows * columns;
  return Array.from({ length: frames * inFrame }, (_, i) => ({
    t: Math.floor(i / inFrame),
    y: Math.floor((i % inFrame) / columns),
    x: i % columns,
  }));
}

/** Asks the declared function about one query and every key. */
function keysOf(places: readonly Place[], q: Place, size: Place, params: Params): number[] {
  const seen: number[] = [];
  const { attend } = lightCone;
  const at = { q, k: q, size: { q: size, k: size }, head: 0, batch: 0, ...params };
  for (let i = 0; i < places.length; i++) {
    at.k = places[i] as Place;
    if (attend(at)) seen.push(i);
  }
  return seen;
}

/** What every sum and every result is kept in. */
type Precision = Float64ArrayConstructor | Float32ArrayConstructor;

/** Softmax attention of one query over the keys it sees. */
function softmax({ q, k, v }: Tokens, head: number, query: number, keys: readonly number[], Precision: Precision) {
  const [headDim, valueDim] = [HEAD_DIM, VALUE_DIM];
  const base = head * (q.data.length / HEADS / headDim);
  const scale = 1 / Math.sqrt(headDim);
  const weights = new Precision(keys.length);
  const output = new Precision(valueDim);
  const [sum, lse] = [new Precision(1), new Precision(1)];
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < keys.length; i++) {
    const [a, b] = [(base + query) * headDim, (base + (keys[i] as number)) * headDim];
    sum[0] = 0;
    for (let d = 0; d < headDim; d++) sum[0] += (q.data[a + d] as number) * (k.data[b + d] as number);
    weights[i] = sum[0] * scale;
    largest = Math.max(largest, weights[i] as number);
  }
  sum[0] = 0;
  for (let i = 0; i < keys.length; i++) {
    weights[i] = Math.exp((weights[i] as number) - largest);
    sum[0] += weights[i] as number;
  }
  lse[0] = largest + Math.log(sum[0]);
  for (let i = 0; i < keys.length; i++) {
    const at = (base + (keys[i] as number)) * valueDim;
    const weight = (weights[i] as number) / sum[0];
    weights[i] = weight;
    for (let d = 0; d < valueDim; d++) output[d] = (output[d] as number) + weight * (v.data[at + d] as number);
  }
  return { weights, output, lse: lse[0] };
}

const sizeOf = ([t, y, x]: Tokens["grid"]): Place => ({ t, y, x });

/** Where one query of one head looks: the keys it sees, by index, and their weights, which sum to 1. */
export function weightsOf(tokens: Tokens, params: Params, head: number, query: Place) {
  const [, rows, columns] = tokens.grid;
  const index = (query.t * rows + query.y) * columns + query.x;
  const keys = keysOf(placesOf(tokens.grid), query, sizeOf(tokens.grid), params);
  return { keys, weights: Array.from(softmax(tokens, head, index, keys, Float64Array).weights) };
}

/** Keeps the largest difference; NaN on either side is infinite. */
function worst() {
  let most = 0;
  const note = (got: number, want: number) => {
    const difference = Math.abs(got - want);
    if (!(difference <= most)) most = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  };
  return { note, most: () => most };
}

/** Compares all rows of a kernel's results with the declared function. */
export function check(
  tokens: Tokens,
  params: Params,
  got: { readonly output: Float32Array; readonly lse: Float32Array },
): Check {
  const places = placesOf(tokens.grid);
  const [output, plainOutput, lse, plainLse] = [worst(), worst(), worst(), worst()];
  let pairs = 0;
  const size = sizeOf(tokens.grid);
  for (const [query, place] of places.entries()) {
    const keys = keysOf(places, place, size, params);
    pairs += keys.length;
    for (let head = 0; head < HEADS; head++) {
      const row = head * places.length + query;
      const want = softmax(tokens, head, query, keys, Float64Array);
      const plain = softmax(tokens, head, query, keys, Float32Array);
      for (let d = 0; d < VALUE_DIM; d++) {
        output.note(got.output[row * VALUE_DIM + d] as number, want.output[d] as number);
        plainOutput.note(plain.output[d] as number, want.output[d] as number);
      }
      lse.note(got.lse[row] as number, want.lse);
      plainLse.note(plain.lse, want.lse);
    }
  }
  const errors = (kernel: number, plain: number): Errors => ({ kernel, plain, allowed: Math.max(16 * plain, 2e-5) });
  const results = { output: errors(output.most(), plainOutput.most()), lse: errors(lse.most(), plainLse.most()) };
  const passed = Object.values(results).every(({ kernel, allowed }) => kernel <= allowed);
  return { queries: places.length, pairs, ...results, passed };
}
