/** Attention as a plain float32 program computes it, of the numbers of a case: the program of `mscc verify`. */
import { type PlainResult, plainAttention as plain } from "../../cli/verify/plain.js";
import type { AnyAttention } from "../../dsl/index.js";
import type { Scene } from "./scene.js";

export type Result = PlainResult;

export function plainAttention(declaration: AnyAttention, scene: Scene): Result {
  const { q, k, size, params, queryOffset, keyOffset } = scene;
  const [batches = 0, heads = 0] = q.shape;
  const [, keyHeads = 0] = k.shape;
  const extent = { q: q.shape.slice(2, -1), k: k.shape.slice(2, -1) };
  const offset = { q: queryOffset, k: keyOffset };
  return plain(declaration, { size, extent, offset, batches, heads, keyHeads, params }, scene);
}
