/** The positions of one comparison, and every pair of them that a declared function is asked about. */
import type { AnyAttention } from "../../dsl/index.js";

export interface Scene {
  /** Extents of the whole grids, in the order of the axes. */
  readonly size: { readonly q: readonly number[]; readonly k: readonly number[] };
  /** Extents that the operands hold: a box of the grid. */
  readonly extent: { readonly q: readonly number[]; readonly k: readonly number[] };
  /** Positions of the first query and the first key. */
  readonly offset: { readonly q: readonly number[]; readonly k: readonly number[] };
  readonly batches: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly params: { readonly [name: string]: number };
}

type Position = { readonly [axis: string]: number };
type Lookups = { readonly [table: string]: (...indices: number[]) => number };

/** What `attend` and `score` are called with. */
export interface At {
  readonly q: Position;
  readonly k: Position;
  readonly size: { readonly q: Position; readonly k: Position };
  readonly head: number;
  readonly batch: number;
}

export const product = (extents: readonly number[]): number => extents.reduce((total, extent) => total * extent, 1);

export const axesOf = ({ axes }: AnyAttention) => ("query" in axes ? axes : { query: axes, key: axes });

const named = (axes: readonly string[], values: readonly number[]): Position =>
  Object.fromEntries(axes.map((axis, i) => [axis, values[i] as number]));

/** All positions of a box, row-major. */
export function positionsOf(
  axes: readonly string[],
  extents: readonly number[],
  offset: readonly number[],
): readonly Position[] {
  return Array.from({ length: product(extents) }, (_, index) => {
    const values: number[] = [];
    let rest = index;
    for (let i = axes.length - 1; i >= 0; i--) {
      const extent = extents[i] as number;
      values[i] = (rest % extent) + (offset[i] as number);
      rest = Math.floor(rest / extent);
    }
    return named(axes, values);
  });
}

/** Calls `visit` for each query of each head with the pairs that it may see. */
export function eachRow(
  pattern: AnyAttention,
  scene: Scene,
  lookups: Lookups,
  visit: (row: { readonly batch: number; readonly head: number; readonly query: number }, pairs: readonly At[]) => void,
): void {
  const axes = axesOf(pattern);
  const queries = positionsOf(axes.query, scene.extent.q, scene.offset.q);
  const keys = positionsOf(axes.key, scene.extent.k, scene.offset.k);
  const size = { q: named(axes.query, scene.size.q), k: named(axes.key, scene.size.k) };
  for (let batch = 0; batch < scene.batches; batch++) {
    for (let head = 0; head < scene.heads; head++) {
      for (const [query, q] of queries.entries()) {
        const pairs = keys.map((k) => ({ q, k, size, head, batch, ...scene.params, ...lookups }));
        visit({ batch, head, query }, pairs);
      }
    }
  }
}

export const attends = (pattern: AnyAttention, at: At): boolean => pattern.attend(at as never);

export const scored = (pattern: AnyAttention, at: At, s: number): number =>
  pattern.score ? pattern.score({ ...at, s } as never) : s;
