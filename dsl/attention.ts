/** `attention`: a pattern as a function of a query position and a key position. That function is its specification. */
import type { Params } from "./params.js";
import type { Tables } from "./tables.js";

type AxisList = readonly [string, ...string[]];

/** One grid that queries and keys share, or a grid for each. 1 to 4 axes, outermost first. */
export type Axes = AxisList | { readonly query: AxisList; readonly key: AxisList };

export type QueryAxis<A extends Axes> = A extends { readonly query: readonly (infer Name extends string)[] }
  ? Name
  : A extends readonly (infer Name extends string)[]
    ? Name
    : never;

export type KeyAxis<A extends Axes> = A extends { readonly key: readonly (infer Name extends string)[] }
  ? Name
  : A extends readonly (infer Name extends string)[]
    ? Name
    : never;

/** An absolute, non-negative integer per axis. */
export type Position<Axis extends string> = { readonly [axis in Axis]: number };

/** What `attend` sees: the two positions, the extents of the two grids, the head, the batch, params and tables. */
export type At<A extends Axes, P extends Params, T extends Tables> = {
  /** Position of the query. */
  readonly q: Position<QueryAxis<A>>;
  /** Position of the key. */
  readonly k: Position<KeyAxis<A>>;
  /** Extents of the whole grids. */
  readonly size: { readonly q: Position<QueryAxis<A>>; readonly k: Position<KeyAxis<A>> };
  /** Query head. */
  readonly head: number;
  readonly batch: number;
} & { readonly [name in keyof P]: number } & {
  readonly [name in keyof T]: T[name] extends { readonly labels: infer Labels extends readonly string[] }
    ? (...indices: Indices<Labels>) => number
    : never;
};

type Indices<Labels extends readonly string[]> = { readonly [dimension in keyof Labels]: number };

/** What `score` sees: the same, and `s`, the scaled logit `dot(q, k) * scale`. */
export type ScoreAt<A extends Axes, P extends Params, T extends Tables> = At<A, P, T> & { readonly s: number };

type Reserved = "q" | "k" | "s" | "size" | "head" | "batch";
type NotReserved = { readonly [name in Reserved]?: never };

export interface AttentionSpec<A extends Axes, P extends Params, T extends Tables> {
  /** Names of the axes, outermost first. */
  readonly axes: A;
  /** Numbers chosen at run time. */
  readonly params?: P & NotReserved;
  /** Tensors captured at run time. */
  readonly tables?: T & NotReserved;
  /** True where the query sees the key. */
  readonly attend: (at: At<A, P, T>) => boolean;
  /** Changes the logit of a pair that attends; without it the logit is `s`. */
  readonly score?: (at: ScoreAt<A, P, T>) => number;
}

/** A declared attention pattern. Its `attend` can be called by other declarations and by tests. */
export interface Attention<A extends Axes = Axes, P extends Params = Params, T extends Tables = Tables> {
  readonly kind: "attention";
  readonly axes: A;
  readonly params: P;
  readonly tables: T;
  readonly attend: (at: At<A, P, T>) => boolean;
  readonly score?: (at: ScoreAt<A, P, T>) => number;
}

/** Any declaration, for code that handles patterns it does not know. */
export interface AnyAttention {
  readonly kind: "attention";
  readonly axes: Axes;
  readonly params: Params;
  readonly tables: Tables;
  readonly attend: (at: never) => boolean;
  readonly score?: (at: never) => number;
}

/**
 * Declares an attention pattern. `attend` and `score` are plain TypeScript functions: tests call them as they stand,
 * the compiler reads their source. What they may contain is in docs/language.md.
 */
export function attention<
  const A extends Axes,
  // biome-ignore lint/complexity/noBannedTypes: no params is the empty record
  const P extends Params = {},
  // biome-ignore lint/complexity/noBannedTypes: no tables is the empty record
  const T extends Tables = {},
>(spec: AttentionSpec<A, P, T>): Attention<A, P, T> {
  const { axes, params, tables, attend, score } = spec;
  return Object.freeze({
    kind: "attention",
    axes,
    params: params ?? ({} as P),
    tables: tables ?? ({} as T),
    attend,
    ...(score ? { score } : {}),
  });
}
