/** Attention in float32 as a naive program computes it, row by row, rounding after every operation: the error to beat. */
import { type AnyAttention, EMPTY_LSE, type TableData } from "../../dsl/index.js";
import { attends, eachRow, product, type Scene, scored } from "./scene.js";

const f32 = Math.fround;

export interface Arrays {
  readonly q: TableData;
  readonly k: TableData;
  readonly v: TableData;
  readonly tables: { readonly [name: string]: TableData };
  /** Factor of the dot product; by default 1 / sqrt(head dim). */
  readonly scale?: number;
}

export interface PlainResult {
  readonly output: Float32Array;
  readonly lse: Float32Array;
}

const lookupsOf = (tables: Arrays["tables"]) =>
  Object.fromEntries(
    Object.entries(tables).map(([name, { shape, data }]) => [
      name,
      (...indices: number[]) =>
        data[indices.reduce((offset, index, i) => offset * (shape[i] as number) + index, 0)] as number,
    ]),
  );

function dot(a: TableData, aAt: number, b: TableData, bAt: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum = f32(sum + f32((a.data[aAt + i] as number) * (b.data[bAt + i] as number)));
  return sum;
}

export function plainAttention(pattern: AnyAttention, scene: Scene, arrays: Arrays): PlainResult {
  const { q, k, v, tables } = arrays;
  const queries = product(scene.extent.q);
  const keys = product(scene.extent.k);
  const headDim = q.shape.at(-1) as number;
  const valueDim = v.shape.at(-1) as number;
  const scale = f32(arrays.scale ?? 1 / Math.sqrt(headDim));
  const rows = scene.batches * scene.heads * queries;
  const output = new Float32Array(rows * valueDim);
  const lse = new Float32Array(rows).fill(EMPTY_LSE);
  eachRow(pattern, scene, lookupsOf(tables), ({ batch, head, query }, pairs) => {
    const row = (batch * scene.heads + head) * queries + query;
    const keyBase = (batch * scene.keyHeads + Math.floor(head / (scene.heads / scene.keyHeads))) * keys;
    const seen = pairs.flatMap((at, key) => {
      if (!attends(pattern, at)) return [];
      const s = f32(dot(q, row * headDim, k, (keyBase + key) * headDim, headDim) * scale);
      return [{ key, logit: f32(scored(pattern, at, s)) }];
    });
    if (seen.length === 0) return;
    const largest = seen.reduce((most, { logit }) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
    const weights = seen.map(({ logit }) => f32(Math.exp(f32(logit - largest))));
    const total = weights.reduce((sum, weight) => f32(sum + weight), 0);
    lse[row] = f32(largest + f32(Math.log(total)));
    for (let column = 0; column < valueDim; column++) {
      let sum = 0;
      for (const [i, { key }] of seen.entries()) {
        const value = v.data[(keyBase + key) * valueDim + column] as number;
        sum = f32(sum + f32((weights[i] as number) * value));
      }
      output[row * valueDim + column] = sum / total;
    }
  });
  return { output, lse };
}
