/** A tensor operation as the frontend hands it on, and the plan that backends print: a value per index, with reductions. Plain data. */
import type { Expr } from "../ir/expression.js";
import type { PatternParam, Place, Where } from "./pattern.js";

/** A dimension of an input: its extent is that of an output axis of the same name, else of every other label of its name. */
export interface TensorLabel {
  readonly name: string;
  readonly tie: "axis" | "free";
}

/** What an operation reads, called like a function of its indices. In the IR a `lookup` of the input's name. */
export interface TensorInput {
  readonly name: string;
  readonly type: "int" | "float";
  readonly labels: readonly TensorLabel[];
  /** Stored as f32 whatever the kernel's dtype; int inputs are int32 in any case. */
  readonly isExact: boolean;
}

/** One variable of a reduction: counts from 0 to below its extent. */
export interface Range {
  /** Unique in the operation: `<result>.<name in the source>`, such as `sum0.k`. */
  readonly name: string;
  /** An int over sizes and int params. */
  readonly extent: Expr;
}

/**
 * A value made of many: the sum or the largest of `body` over all values of the ranges. Where several are nested, the
 * inner one's body reads ranges of the outer one.
 */
export interface Reduction {
  /** Name of the float variable that stands for the result: `sum0`, `max1`. */
  readonly name: string;
  readonly op: "sum" | "max";
  /** Outermost first. */
  readonly ranges: readonly Range[];
  /** Type float; reads results of reductions before this one only. */
  readonly body: Expr;
}

/**
 * Variables of the expressions: `at.<axis>` (int, the output index), `size.<label>` (int, extents of axes and free
 * labels), ranges and results of reductions by their names, params by name.
 */
export interface Tensor {
  /** Name of the export. */
  readonly name: string;
  /** First sentence of the declaration's comment, or one made from the operation. */
  readonly sentence: string;
  readonly place: Where;
  /** Names of the output's dimensions, outermost first; 1 to 6. */
  readonly axes: readonly string[];
  readonly params: readonly PatternParam[];
  readonly inputs: readonly TensorInput[];
  /** The output is stored as f32 whatever the kernel's dtype. */
  readonly isExact: boolean;
  /** Each reads only those before it. */
  readonly reductions: readonly Reduction[];
  /** Type float, over all of the above. */
  readonly value: Expr;
  /** The source text of integer subexpressions, for messages about overflow and zero divisors. */
  readonly texts: ReadonlyMap<Expr, { readonly text: string; readonly place: Place }>;
}

/** How the elements of the output are computed; chosen from the expression (compiler/schedule/tensor-schedule.ts). */
export type TensorSchedule =
  | {
      /** One invocation per element; reductions are loops inside it. */
      readonly kind: "map";
    }
  | {
      /** One workgroup per row of the output: reductions that the whole row shares are computed by all of its invocations. */
      readonly kind: "reduce";
      /** Axes that number the rows; what all shared reductions read. */
      readonly rows: readonly string[];
      /** The axes of a row, which shared reductions do not read; may be none. */
      readonly columns: readonly string[];
      /** Names of the shared reductions, in order; the others are loops. */
      readonly shared: readonly string[];
    }
  | {
      /** A tiled product: the only reduction is the sum of `left * right`. */
      readonly kind: "contraction";
      readonly reduction: string;
      /** Axes that both factors read: one product for each. May be none. */
      readonly batch: readonly string[];
      /** Axes that only `left` reads, outermost first; at least one. */
      readonly rows: readonly string[];
      /** Axes that only `right` reads, outermost first; at least one. */
      readonly columns: readonly string[];
      /** Factors of the body, type float: the prologue is part of them. The epilogue is the operation's `value`. */
      readonly left: Expr;
      readonly right: Expr;
    };

export interface TensorPlan {
  readonly tensor: Tensor;
  /** Params that were compiled in, by name. */
  readonly constants: ReadonlyMap<string, number>;
  readonly schedule: TensorSchedule;
}
