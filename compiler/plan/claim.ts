/** Claims about patterns and their kernels, and what is found of them: plain data between prover, solver and command line. */
import type { Environment, TableValues } from "../ir/evaluate.js";
import type { Expr } from "../ir/expression.js";
import type { PatternTable } from "./pattern.js";

/**
 * What a claim is about. `coverage`: every live pair lies within the derived loops and on their lattice. `uniqueness`:
 * it is visited by exactly one region and one iteration. `tiles`: `guard`, `live` and `full` say what they must. `score`:
 * the logit is the declared one. `integers`: nothing leaves 32 bits and no divisor is 0. `tables`: every index lies in its table. `question`: the user's own.
 */
export type ClaimKind = "coverage" | "uniqueness" | "tiles" | "score" | "integers" | "tables" | "question";

/**
 * `assumptions` imply `goal`, for all integers, tables and, in place of floats, real numbers. Claims are closed: what
 * bounds their variables (params, extents, tables) stands among the assumptions.
 */
export interface Claim {
  readonly kind: ClaimKind;
  /** What is claimed, as a sentence without its full stop. */
  readonly text: string;
  readonly assumptions: readonly Expr[];
  readonly goal: Expr;
  readonly tables: readonly PatternTable[];
}

/** Name of the integer variable that holds the extent of a dimension of a table. */
export const entriesOf = (table: string, dimension: number): string => `entries.${table}.${dimension}`;

/** Values of a table at some of its places. */
export interface PartialTable {
  readonly name: string;
  readonly entries: readonly { readonly indices: readonly number[]; readonly value: number }[];
}

/** Values for all that a claim reads. */
export interface Model {
  readonly variables: Environment;
  readonly tables: readonly PartialTable[];
}

/** Values under which a claim fails, found by evaluating it with them. */
export interface Counterexample {
  readonly variables: Environment;
  readonly tables: TableValues;
}

/** What a solver finds: that a claim holds, values under which it does not, or nothing. */
export type Outcome =
  | { readonly kind: "holds" }
  | { readonly kind: "fails"; readonly model: Model }
  | { readonly kind: "unknown"; readonly reason: string };

/** Decides claims; every call is bounded in time. */
export interface Solver {
  /** Name and version. */
  readonly name: string;
  /** Looks for a counterexample for at most so many milliseconds. */
  readonly solve: (claim: Claim, milliseconds: number) => Promise<Outcome>;
  /** Ends what runs in the background, so that the process can exit. */
  readonly close: () => Promise<void>;
}
