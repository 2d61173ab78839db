/** The meaning of a declaration: attention computed pair by pair in float64, calling the declared functions themselves. */
import type { AnyAttention } from "./attention.js";
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

/**
 * Runs a declaration on dense arrays. Time and memory are those of the plain computation, queries times keys.
 * @throws RangeError where a table is indexed out of its extents for a pair that attends; Error where a table or a
 * param has no value.
 */
export function reference(pattern: AnyAttention, input: ReferenceInput): ReferenceResult {
  const { query: queryAxes, key: keyAxes } = axesOf(pattern);
  const shared = !("query" in pattern.axes);
  const [batches = 0, heads = 0] = input.q.shape;
  const keyHeads = input.k.shape[1] as number;
  const headDim = input.q.shape.at(-1) as number;
  const valueDim = input.v.shape.at(-1) as number;
  const queryExtents = input.q.shape.slice(2, -1);
  const keyExtents = input.k.shape.slice(2, -1);
  const queryOffset = input.queryOffset ?? queryAxes.map(() => 0);
  const keyOffset = input.keyOffset ?? keyAxes.map(() => 0);
  const reach = (extents: readonly number[], offset: readonly number[]) => extents.map((n, i) => n + (offset[i] ?? 0));
  let querySize = input.size?.q ?? reach(queryExtents, queryOffset);
  let keySize = input.size?.k ?? reach(keyExtents, keyOffset);
  if (shared) {
    const given = input.size?.q ?? input.size?.k;
    querySize = given ?? querySize.map((n, i) => Math.max(n, keySize[i] as number));
    keySize = querySize;
  }
  const scale = input.scale ?? 1 / Math.sqrt(headDim);

  const params = Object.fromEntries(
    Object.entries(pattern.params).map(([name, param]) => {
      const value = input.params?.[name] ?? param.default;
      if (value === undefined) throw new Error(`param '${name}' has no value and no default`);
      return [name, param.kind === "float" ? Math.fround(value) : value];
    }),
  );
  const lookups = Object.fromEntries(
    Object.entries(pattern.tables).map(([name, declared]) => [name, lookupOf(name, declared, input.tables?.[name])]),
  );
  const queries = positions(queryAxes, queryExtents, queryOffset);
  const keys = positions(keyAxes, keyExtents, keyOffset);
  const size = { q: record(queryAxes, querySize), k: record(keyAxes, keySize) };

  const output = new Float64Array(batches * heads * queries.length * valueDim);
  const lse = new Float64Array(batches * heads * queries.length).fill(EMPTY_LSE);
  const logits = new Float64Array(keys.length);
  const seen = new Int32Array(keys.length);
  let pairs = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (let head = 0; head < heads; head++) {
      const keyHead = Math.floor(head / (heads / keyHeads));
      const queryBase = (batch * heads + head) * queries.length;
      const keyBase = (batch * keyHeads + keyHead) * keys.length;
      for (const [row, q] of queries.entries()) {
        let count = 0;
        let largest = Number.NEGATIVE_INFINITY;
        for (const [column, k] of keys.entries()) {
          const at = { q, k, size, head, batch, ...params, ...lookups };
          if (!pattern.attend(at as never)) continue;
          let dot = 0;
          const qAt = (queryBase + row) * headDim;
          const kAt = (keyBase + column) * headDim;
          for (let i = 0; i < headDim; i++)
            dot += (input.q.data[qAt + i] as number) * (input.k.data[kAt + i] as number);
          const s = dot * scale;
          const logit = pattern.score ? pattern.score({ ...at, s } as never) : s;
          logits[count] = logit;
          seen[count++] = column;
          if (logit > largest) largest = logit;
        }
        if (count === 0) continue;
        pairs += count;
        let total = 0;
        for (let i = 0; i < count; i++) total += Math.exp((logits[i] as number) - largest);
        lse[queryBase + row] = largest + Math.log(total);
        for (let i = 0; i < count; i++) {
          const weight = Math.exp((logits[i] as number) - largest) / total;
          const vAt = (keyBase + (seen[i] as number)) * valueDim;
          const outAt = (queryBase + row) * valueDim;
          for (let j = 0; j < valueDim; j++) {
            output[outAt + j] = (output[outAt + j] as number) + weight * (input.v.data[vAt + j] as number);
          }
        }
      }
    }
  }
  return { output, lse, pairs };
}
