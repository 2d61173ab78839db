/** What differs between the languages of the kernels where a plan's parts are spelled: declarations, functions, calls, loops. */
import type { BinaryOp, Expr, UnaryOp } from "../../compiler/ir/expression.js";

/** Types have the same names in both languages. */
export type Scalar = "i32" | "u32" | "f32" | "bool";

export interface Dialect {
  /** Definition of a function, which can read the uniforms as `u`. */
  fn(
    name: string,
    parameters: readonly (readonly [name: string, type: Scalar | "Box"])[],
    returns: Scalar,
    body: string,
  ): string;
  /** Call of a function that was defined so. */
  call(name: string, ...given: readonly string[]): string;
  /** `struct Name { ... }` of scalars. */
  struct(name: string, members: readonly (readonly [name: string, type: Scalar])[]): string;
  /** Declares a value that does not change. */
  let(name: string, type: Scalar, value: string): string;
  /** Declares a variable. */
  var(name: string, type: Scalar, value: string): string;
  /** Declares an array of variables. */
  array(name: string, type: Scalar, length: number): string;
  /** Head of a loop of an unsigned variable from 0 to below `end`, with its opening brace. */
  loop(variable: string, end: number, step: number): string;
  /** Head of a switch over an integer, with its opening brace. */
  switchOn(value: string): string;
  /** Label of a case of several values, without its colon. */
  caseOf(values: readonly number[]): string;
  /** All of several conditions, each a comparison or a call. */
  all(conditions: readonly string[]): string;
  /** Whether the logic of an expression evaluates both of its sides, which nothing in an expression forbids. */
  isEager(e: Expr): boolean;
  /** Functions by operator; a pair is the one for integers and the one for floats. */
  readonly functions: { readonly [op in UnaryOp | BinaryOp]?: string | readonly [int: string, float: string] };
}
