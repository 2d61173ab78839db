/** The pieces that claims are put together from: closing a claim, conditions as lists, where elements and boxes lie. */
import {
  add,
  and,
  type Expr,
  eq,
  FALSE,
  float,
  int,
  intVar,
  le,
  min,
  mul,
  or,
  substitute,
  TRUE,
} from "../ir/expression.js";
import { simplify } from "../ir/simplify.js";
import type { Claim, ClaimKind } from "../plan/claim.js";
import type { Pattern } from "../plan/pattern.js";
import type { Loop } from "../plan/plan.js";
import { type Domain, premisesOf, sizeName } from "./premises.js";

export const conjunction = (parts: readonly Expr[]): Expr => parts.reduce(and, TRUE);
export const disjunction = (parts: readonly Expr[]): Expr => parts.reduce(or, FALSE);

/** A statement before it is closed. */
export interface Statement {
  readonly kind: ClaimKind;
  readonly text: string;
  readonly assumptions: readonly Expr[];
  readonly goal: Expr;
}

/** Adds what is known of every name that a statement reads. */
export function closed({ kind, text, assumptions, goal }: Statement, domain: Domain): Claim {
  const premises = premisesOf([...assumptions, goal], domain);
  return { kind, text, assumptions: [...premises, ...assumptions], goal, tables: domain.tables };
}

/**
 * Values of params put in, and the sizes of a shared grid written in one way. The analysis does the same for itself:
 * the prover must not take what it checks from there.
 */
export function specialised(e: Expr, { axes, params }: Pattern, constants: ReadonlyMap<string, number>): Expr {
  return substitute(e, (name) => {
    const value = constants.get(name);
    const param = params.find((each) => each.name === name);
    if (value !== undefined && param) return param.type === "int" ? int(value) : float(Math.fround(value));
    const axis = /^size\.k\.(.*)$/.exec(name)?.[1];
    return axis === undefined ? undefined : intVar(sizeName(axes, "k", axis));
  });
}

/** One side of a loop nest: its letter, axes, and the extents of its tiles or boxes. */
export interface Side {
  readonly letter: "q" | "k";
  readonly axes: readonly string[];
  readonly extents: readonly number[];
}

/** The element lies in the box that its operand holds. */
export const inOperand = ({ letter, axes }: Side): Expr[] =>
  axes.flatMap((axis) => {
    const at = intVar(`${letter}.${axis}`);
    return [le(intVar(`origin.${letter}.${axis}`), at), le(at, intVar(`last.${letter}.${axis}`))];
  });

/** The element lies in a tile of the scheduled shape that starts anywhere in the operand and is clipped to it. */
export const inTile = ({ letter, axes, extents }: Side): Expr[] =>
  axes.flatMap((axis, i) => {
    const [at, lo, hi] = [intVar(`${letter}.${axis}`), intVar(`${letter}.${axis}.lo`), intVar(`${letter}.${axis}.hi`)];
    const last = intVar(`last.${letter}.${axis}`);
    const end = min(add(lo, int((extents[i] as number) - 1)), last);
    return [le(intVar(`origin.${letter}.${axis}`), lo), le(lo, last), eq(hi, end), le(lo, at), le(at, hi)];
  });

/** The element lies within the ends of a box of a loop, wherever in the operand that box starts. */
export function inBox({ axis, step }: Loop, letter: string, extent: number): Expr[] {
  const [at, lo, hi] = [intVar(`${letter}.${axis}`), intVar(`${letter}.${axis}.lo`), intVar(`${letter}.${axis}.hi`)];
  const reach = simplify(add(lo, mul(int(extent - 1), step)));
  const [first, last] = [intVar(`origin.${letter}.${axis}`), intVar(`last.${letter}.${axis}`)];
  return [le(first, lo), le(lo, at), le(at, hi), le(hi, reach), le(hi, last)];
}
