/** A pattern as the frontend hands it on: axes, params, tables and the two expressions. Plain data. */
import type { Expr } from "../ir/expression.js";

export interface Axes {
  /** Names of the query axes, outermost first. */
  readonly query: readonly string[];
  readonly key: readonly string[];
  /** One grid for both: `size.q` equals `size.k`. */
  readonly shared: boolean;
}

export interface PatternParam {
  readonly name: string;
  readonly type: "int" | "float";
  readonly min?: number;
  readonly max?: number;
  readonly default?: number;
}

/** What fixes the extent of a dimension of a table. */
export type TableTie = "axis" | "head" | "batch" | "free";

/** A dimension of a table. */
export interface TableLabel {
  readonly name: string;
  readonly tie: TableTie;
  /** The declared extent of a free dimension, an int over int params; absent where any extent will do. */
  readonly extent?: Expr;
}

export interface PatternTable {
  readonly name: string;
  readonly type: "int" | "float";
  readonly labels: readonly TableLabel[];
  readonly min?: number;
  readonly max?: number;
  readonly sorted: boolean;
}

/** Place in a source file; lines and columns count from 1. */
export interface Place {
  /** Path relative to the package of the source, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A place with its extent and the source line around it, for messages. */
export interface Where extends Place {
  readonly length: number;
  readonly source: string;
}

/**
 * The variables of `attend` and `score`: `q.<axis>`, `k.<axis>`, `size.q.<axis>`, `size.k.<axis>`, `head`, `batch`,
 * params by name, and in `score` the float `s`. For a shared grid both sizes are still named apart.
 */
export interface Pattern {
  /** Name of the export. */
  readonly name: string;
  /** First sentence of the declaration's comment, or one made from the pattern. */
  readonly sentence: string;
  /** The declaration's name in its source. */
  readonly place: Where;
  readonly axes: Axes;
  readonly params: readonly PatternParam[];
  readonly tables: readonly PatternTable[];
  /** True where the query sees the key; type `bool`. */
  readonly attend: Expr;
  /** The changed logit, type `float`; absent where the logit is `s`. */
  readonly score?: Expr;
  /** The source text of integer subexpressions, for messages about overflow and zero divisors. */
  readonly texts: ReadonlyMap<Expr, { readonly text: string; readonly place: Place }>;
}
