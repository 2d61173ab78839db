/** The plan of an attention kernel: what is visited and what is evaluated, as plain data. How a tile is computed is a backend's. */
import type { Expr } from "../ir/expression.js";
import type { Pattern } from "./pattern.js";

/**
 * A loop over boxes along one axis. It starts at `lower`, moved up to the lattice where there is one, ends at `upper`
 * (inclusive) and advances by `step` times the extent of the box. Inside it `<side>.<axis>.lo` is the first position
 * of the box and `<side>.<axis>.hi` the last one, at most `upper`; positions of a box are `step` apart.
 */
export interface Loop {
  readonly axis: string;
  /** Ends over the variables of the tile, of outer boxes, `origin.*`, `last.*`, sizes, params and tables. */
  readonly lower: Expr;
  readonly upper: Expr;
  /** Distance of neighbouring positions: 1, or the modulus of a lattice. */
  readonly step: Expr;
  /** Positions are congruent to this modulo `step`; absent where `step` is 1. */
  readonly residue?: Expr;
  /** False only when no pair of the tile and the boxes so far attends; over variables known inside this loop. */
  readonly live: Expr;
  /** No atom of the pattern bounds this axis: every position of the operand is scanned, filtered by `live`. */
  readonly scanned: boolean;
}

/** A part of the pattern that is a conjunction. A pair that attends is visited by exactly one region. */
export interface Region {
  /** False only when the tile has no pair in this region at all. */
  readonly guard: Expr;
  /** One per axis of the looped side, outer to inner. */
  readonly loops: readonly Loop[];
  /** True only when every pair of the tile and the box attends in this region; the box must be whole. */
  readonly full: Expr;
  /** Whether a single pair attends in this region; over `q.*` and `k.*`. */
  readonly attend: Expr;
  /** The same by bounds along the innermost key axis; only for tiles of queries, absent where it takes more than bounds. */
  readonly row?: RowBounds;
}

/** The keys that one query sees along the innermost key axis, where the outer key axes stand still; over `q.*`, outer `k.*`. */
export interface RowBounds {
  /** False where it sees none. */
  readonly sees: Expr;
  /** First position of a key that it sees; absent where nothing bounds it. */
  readonly lower?: Expr;
  /** Last one. */
  readonly upper?: Expr;
}

/** Which keys a tile of queries sees (`role` "query-tile") or which queries see a tile of keys ("key-tile"). */
export interface LoopNest {
  readonly role: "query-tile" | "key-tile";
  readonly regions: readonly Region[];
}

/** Extents of the tiles, one per axis. */
export interface TileShapes {
  readonly query: readonly number[];
  readonly key: readonly number[];
}

/**
 * Variables beside those of the pattern: `q.<axis>.lo`, `q.<axis>.hi` (first and last position of the tile or box,
 * clipped to the operand), `k.<axis>.lo`, `k.<axis>.hi`, `origin.q.<axis>`, `last.q.<axis>` (first and last position
 * that the operand holds), `origin.k.<axis>`, `last.k.<axis>`. For a shared grid `size.k.*` is written `size.q.*`.
 */
export interface AttentionPlan {
  readonly pattern: Pattern;
  /** Params that were compiled in, by name. */
  readonly constants: ReadonlyMap<string, number>;
  readonly tiles: TileShapes;
  readonly forward: LoopNest;
  /** The same with roles swapped: for a tile of keys, the queries that see it. */
  readonly backward: LoopNest;
  /** Logit of a pair that attends, type `float`, over `s` and the variables of the pattern. */
  readonly score: Expr;
  /** Nothing is masked: the pattern holds for every pair. */
  readonly dense: boolean;
}

/** The expressions of the bounds of a row; none where it has no bounds. */
export const partsOfRow = (row: RowBounds | undefined): Expr[] =>
  row ? [row.sees, row.lower, row.upper].filter((part) => part !== undefined) : [];
