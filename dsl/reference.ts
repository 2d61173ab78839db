/** The meaning of a declaration: attention computed pair by pair in float64, calling the declared functions themselves. */
import type { AnyAttention } from "./attention.js";
import { declaredExtents } from "./extents.js";
import type { Table } from "./tables.js";

/** LSE of a query that sees no key. */
export const EMPTY_LSE = -3.4028234663852886e38;

/** Values of one table, row-major, one extent per label. */
export interface TableData {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Dense row-major arrays and the numbers that a launch gives. */
export interface ReferenceInput {
  /** `[batch, query heads, ...query extents, head dim]`. */
  readonly q: TableData;
  /** `[batch, key heads, ...key extents, head dim]`; the query heads are a multiple of the key heads. */
  readonly k: TableData;
  /** `[batch, key heads, ...key extents, value dim]`. */
  readonly v: TableData;
  readonly params?: { readonly [name: string]: number };
  readonly tables?: { readonly [name: string]: TableData };
  /** Extents of the whole grids; by default offset plus local extents, for a shared grid the larger of the two sides. */
  readonly size?: { readonly q?: readonly number[]; readonly k?: readonly number[] };
  /** Position of the first local query, per query axis; by default the origin. */
  readonly queryOffset?: readonly number[];
  /** Position of the first local key, per key axis; by default the origin. */
  readonly keyOffset?: readonly number[];
  /** Factor of the dot product; by default `1 / sqrt(head dim)`. */
  readonly scale?: number;
}

export interface ReferenceResult {
  /** `[batch, query heads, ...query extents, value dim]`. */
  readonly output: Float64Array;
  /** Natural logarithm of the sum of exponentials, `[batch, query heads, ...query extents]`; EMPTY_LSE where no key is seen. */
  readonly lse: Float64Array;
  /** Pairs that attend, summed over batch and heads. */
  readonly pairs: number;
}

const axesOf = (pattern: AnyAttention) =>
  "query" in pattern.axes ? pattern.axes : { query: pattern.axes, key: pattern.axes };

function positions(axes: readonly string[], extents: readonly number[], offset: readonly number[]) {
  const count = extents.reduce((product, extent) => product * extent, 1);
  return Array.from({ length: count }, (_, index) => {
    const position: Record<string, number> = {};
    let rest = index;
    for (let i = axes.length - 1; i >= 0; i--) {
      position[axes[i] as string] = (rest % (extents[i] as number)) + (offset[i] ?? 0);
      rest = Math.floor(rest / (extents[i] as number));
    }
    return position;
  });
}

function lookupOf(name: string, declared: Table, values: TableData | undefined) {
  if (!values) throw new Error(`table '${name}' has no values`);
  return (...indices: number[]) => {
    let offset = 0;
    for (const [dimension, label] of declared.labels.entries()) {
      const index = indices[dimension] as number;
      const extent = values.shape[dimension] as number;
      if (!(Number.isInteger(index) && index >= 0 && index < extent)) {
        throw new RangeError(`index ${index} of table '${name}' is outside 0..${extent - 1} (dimension '${label}')`);
      }
      offset = offset * extent + index;
    }
    return values.data[offset] as number;
  };
}

const record = (axes: readonly string[], values: readonly number[]) =>
  Object.fromEntries(axes.map((axis, i) => [axis, values[i] as number]));

/** The positions that the operands hold and the extents of the whole grids. */
function gridsOf(pattern: AnyAttention, { q, k, size, queryOffset, keyOffset }: ReferenceInput) {
  const axes = axesOf(pattern);
  const queryOrigin = queryOffset ?? axes.query.map(() => 0);
  const keyOrigin = keyOffset ?? axes.key.map(() => 0);
  const [queryExtents, keyExtents] = [q.shape.slice(2, -1), k.shape.slice(2, -1)];
  const reach = (extents: readonly number[], origin: readonly number[]) => extents.map((n, i) => n + (origin[i] ?? 0));
  let querySize = size?.q ?? reach(queryExtents, queryOrigin);
  let keySize = size?.k ?? reach(keyExtents, keyOrigin);
  if (!("query" in pattern.axes)) {
    querySize = size?.q ?? size?.k ?? querySize.map((n, i) => Math.max(n, keySize[i] as number));
    keySize = querySize;
  }
  return {
    queries: positions(axes.query, queryExtents, queryOrigin),
    keys: positions(axes.key, keyExtents, keyOrigin),
    size: { q: record(axes.query, querySize), k: record(axes.key, keySize) },
  };
}

function checkExtents(name: string, declared: readonly (number | undefined)[], { labels }: Table, given: TableData) {
  for (const [dimension, extent] of declared.entries()) {
    const got = given.shape[dimension];
    if (extent === undefined || extent === got) continue;
    throw new RangeError(
      `dimension '${labels[dimension]}' of table '${name}' has extent ${got}, expected ${extent}, as it is declared`,
    );
  }
}

/** What a pair's functions see beside the pair: params, as kernels round them, and tables. */
function capturesOf(pattern: AnyAttention, { params, tables }: ReferenceInput) {
  const values = Object.entries(pattern.params).map(([name, param]) => {
    const value = params?.[name] ?? param.default;
    if (value === undefined) throw new Error(`param '${name}' has no value and no default`);
    return [name, param.kind === "float" ? Math.fround(value) : value] as const;
  });
  const lookups = Object.entries(pattern.tables).map(([name, declared]) => {
    const given = tables?.[name];
    if (given) checkExtents(name, declaredExtents(pattern, name, Object.fromEntries(values)), declared, given);
    return [name, lookupOf(name, declared, given)] as const;
  });
  return Object.fromEntries<unknown>([...values, ...lookups]);
}

/** A key that a query sees: where its vectors start, counted in vectors, and its logit. */
interface SeenKey {
  readonly vector: number;
  readonly logit: number;
}

function dot(a: ArrayLike<number>, aAt: number, b: ArrayLike<number>, bAt: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (a[aAt + i] as number) * (b[bAt + i] as number);
  return sum;
}

/** Adds the softmax-weighted values to the output; gives the LSE. */
function attendTo(
  seen: readonly SeenKey[],
  v: ArrayLike<number>,
  valueDim: number,
  output: Float64Array,
  at: number,
): number {
  const largest = seen.reduce((so, { logit }) => (logit > so ? logit : so), Number.NEGATIVE_INFINITY);
  const total = seen.reduce((sum, { logit }) => sum + Math.exp(logit - largest), 0);
  for (const { vector, logit } of seen) {
    const weight = Math.exp(logit - largest) / total;
    for (let j = 0; j < valueDim; j++) {
      output[at + j] = (output[at + j] as number) + weight * (v[vector * valueDim + j] as number);
    }
  }
  return largest + Math.log(total);
}

/**
 * Runs a declaration on dense arrays. Time and memory are those of the plain computation, queries times keys.
 * @throws RangeError where a table has another extent than its declaration states, or is indexed out of its extents
 * for a pair that attends; Error where a table or a param has no value.
 */
export function reference(pattern: AnyAttention, input: ReferenceInput): ReferenceResult {
  const [batches = 0, heads = 0] = input.q.shape;
  const keyHeads = input.k.shape[1] as number;
  const headDim = input.q.shape.at(-1) as number;
  const valueDim = input.v.shape.at(-1) as number;
  const scale = input.scale ?? 1 / Math.sqrt(headDim);
  const { queries, keys, size } = gridsOf(pattern, input);
  const captures = capturesOf(pattern, input);
  const output = new Float64Array(batches * heads * queries.length * valueDim);
  const lse = new Float64Array(batches * heads * queries.length).fill(EMPTY_LSE);
  let pairs = 0;

  const keysOf = (q: Record<string, number>, row: number, head: number, batch: number): SeenKey[] => {
    const first = (batch * keyHeads + Math.floor(head / (heads / keyHeads))) * keys.length;
    return keys.flatMap((k, column) => {
      const at = { q, k, size, head, batch, ...captures };
      if (!pattern.attend(at as never)) return [];
      const s = dot(input.q.data, row * headDim, input.k.data, (first + column) * headDim, headDim) * scale;
      return [{ vector: first + column, logit: pattern.score ? pattern.score({ ...at, s } as never) : s }];
    });
  };
  for (let batch = 0; batch < batches; batch++) {
    for (let head = 0; head < heads; head++) {
      for (const [i, q] of queries.entries()) {
        const row = (batch * heads + head) * queries.length + i;
        const seen = keysOf(q, row, head, batch);
        if (seen.length === 0) continue;
        pairs += seen.length;
        lse[row] = attendTo(seen, input.v.data, valueDim, output, row * valueDim);
      }
    }
  }
  return { output, lse, pairs };
}
