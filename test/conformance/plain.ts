/** Attention as a plain float32 program computes it: whole rows, two passes over the keys, every operation rounded. */
import { type AnyAttention, EMPTY_LSE } from "../../dsl/index.js";
import type { Scene } from "./scene.js";

const f32 = Math.fround;

export interface Result {
  /** Row-major `[batch, heads, ...query extents, value dim]`. */
  readonly output: Float32Array;
  readonly lse: Float32Array;
}

/** All positions of a box, row-major. */
export function positionsOf(axes: readonly string[], extents: readonly number[], offset: readonly number[]) {
  const count = extents.reduce((total, extent) => total * extent, 1);
  return Array.from({ length: count }, (_, index) => {
    const position: Record<string, number> = {};
    let left = index;
    for (let i = axes.length - 1; i >= 0; i--) {
      position[axes[i] as string] = (offset[i] as number) + (left % (extents[i] as number));
      left = Math.floor(left / (extents[i] as number));
    }
    return position;
  });
}

const lookupsOf = (tables: Scene["tables"]) =>
  Object.fromEntries(
    Object.entries(tables).map(([name, { shape, data }]) => [
      name,
      (...indices: number[]) => data[indices.reduce((at, index, i) => at * (shape[i] as number) + index, 0)] as number,
    ]),
  );

const named = (axes: readonly string[], values: readonly number[]) =>
  Object.fromEntries(axes.map((axis, i) => [axis, values[i] as number]));

export function plainAttention(declaration: AnyAttention, scene: Scene): Result {
  const axes = "query" in declaration.axes ? declaration.axes : { query: declaration.axes, key: declaration.axes };
  const { q, k, v, queryOffset, keyOffset } = scene;
  const [batches = 0, heads = 0] = q.shape;
  const group = heads / (k.shape[1] as number);
  const queries = positionsOf(axes.query, q.shape.slice(2, -1), queryOffset);
  const keys = positionsOf(axes.key, k.shape.slice(2, -1), keyOffset);
  const [headDim, valueDim] = [q.shape.at(-1) as number, v.shape.at(-1) as number];
  const scale = f32(scene.scale ?? 1 / Math.sqrt(headDim));
  const size = { q: named(axes.query, scene.size.q), k: named(axes.key, scene.size.k) };
  const given = { size, ...scene.params, ...lookupsOf(scene.tables) };
  const output = new Float32Array(batches * heads * queries.length * valueDim);
  const lse = new Float32Array(batches * heads * queries.length).fill(EMPTY_LSE);

  for (let row = 0; row < lse.length; row++) {
    const at = queries[row % queries.length];
    const head = Math.floor(row / queries.length) % heads;
    const batch = Math.floor(row / queries.length / heads);
    const keyBase = (batch * (heads / group) + Math.floor(head / group)) * keys.length;
    const seen: { readonly key: number; readonly logit: number }[] = [];
    for (const [key, position] of keys.entries()) {
      const pair = { ...given, q: at, k: position, head, batch };
      if (!declaration.attend(pair as never)) continue;
      let dot = 0;
      for (let i = 0; i < headDim; i++) {
        dot = f32(dot + f32((q.data[row * headDim + i] as number) * (k.data[(keyBase + key) * headDim + i] as number)));
      }
      const s = f32(dot * scale);
      seen.push({ key, logit: declaration.score ? f32(declaration.score({ ...pair, s } as never)) : s });
    }
    if (seen.length === 0) continue;
    const largest = seen.reduce((most, { logit }) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
    const weights = seen.map(({ logit }) => f32(Math.exp(f32(logit - largest))));
    const total = weights.reduce((sum, weight) => f32(sum + weight), 0);
    lse[row] = f32(largest + f32(Math.log(total)));
    for (let column = 0; column < valueDim; column++) {
      let sum = 0;
      for (const [i, { key }] of seen.entries()) {
        sum = f32(sum + f32((weights[i] as number) * (v.data[(keyBase + key) * valueDim + column] as number)));
      }
      output[row * valueDim + column] = sum / total;
    }
  }
  return { output, lse };
}
