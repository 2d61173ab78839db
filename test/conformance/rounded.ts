/**
 * The plain program as tensor cores make one run it: weights are rounded to the dtype of the values before they multiply
 * them; the sum of the weights, and so the LSE, is of those that were not.
 */
import { attends, eachRow, product, scored } from "../../cli/verify/scene.js";
import { type AnyAttention, EMPTY_LSE } from "../../dsl/index.js";
import type { Result } from "./plain.js";
import type { Scene } from "./scene.js";
import { ROUNDOFF, roundTo, type Stored } from "./sixteen-bit.js";

const f32 = Math.fround;

export interface RoundedResult extends Result {
  /**
   * Error that the rounding of weights brings into an element of the output where chance decides each: the weights'
   * largest relative error, times the root of the sum of (weight x value)^2 over the sum of weights; the most of all
   * elements. What another program errs, whose weights are scaled by another maximum, is of this size too, whereas the
   * error of one program may be small by luck where the elements are few.
   */
  readonly spread: number;
}

export function roundedAttention(declaration: AnyAttention, scene: Scene, dtype: Stored): RoundedResult {
  const { q, k, v, size, params, queryOffset, keyOffset } = scene;
  const [batches = 0, heads = 0] = q.shape;
  const keyHeads = k.shape[1] as number;
  const extent = { q: q.shape.slice(2, -1), k: k.shape.slice(2, -1) };
  const offset = { q: queryOffset, k: keyOffset };
  const [queries, keys] = [product(extent.q), product(extent.k)];
  const [headDim, valueDim] = [q.shape.at(-1) as number, v.shape.at(-1) as number];
  const scale = f32(scene.scale ?? 1 / Math.sqrt(headDim));
  const output = new Float32Array(batches * heads * queries * valueDim);
  const lse = new Float32Array(batches * heads * queries).fill(EMPTY_LSE);
  const lookups = Object.fromEntries(
    Object.entries(scene.tables).map(([name, { shape, data }]) => [
      name,
      (...at: number[]) => data[at.reduce((place, index, i) => place * (shape[i] as number) + index, 0)] as number,
    ]),
  );
  const logitOf = (row: number, key: number) => {
    let sum = 0;
    for (let i = 0; i < headDim; i++) {
      sum = f32(sum + (q.data[row * headDim + i] as number) * (k.data[key * headDim + i] as number));
    }
    return f32(sum * scale);
  };
  let spread = 0;
  const places = { size, extent, offset, batches, heads, keyHeads, params };
  eachRow(declaration, places, lookups, ({ batch, head, query }, pairs) => {
    const row = (batch * heads + head) * queries + query;
    const first = (batch * keyHeads + Math.floor(head / (heads / keyHeads))) * keys;
    const seen = pairs.flatMap((at, key) =>
      attends(declaration, at)
        ? [{ key: first + key, logit: f32(scored(declaration, at, logitOf(row, first + key))) }]
        : [],
    );
    if (seen.length === 0) return;
    const largest = seen.reduce((most, { logit }) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
    const weights = seen.map(({ logit }) => f32(Math.exp(f32(logit - largest))));
    const total = weights.reduce((sum, weight) => f32(sum + weight), 0);
    lse[row] = f32(largest + f32(Math.log(total)));
    const rounded = weights.map(roundTo[dtype]);
    for (let column = 0; column < valueDim; column++) {
      let [sum, squares] = [0, 0];
      for (const [i, { key }] of seen.entries()) {
        const term = (rounded[i] as number) * (v.data[key * valueDim + column] as number);
        sum = f32(sum + term);
        // The largest weight is 1 in any such program.
        if (weights[i] !== 1) squares += term * term;
      }
      output[row * valueDim + column] = sum / total;
      spread = Math.max(spread, (ROUNDOFF[dtype] * Math.sqrt(squares)) / total);
    }
  });
  return { output, lse, spread };
}
