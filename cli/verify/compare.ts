/** The worst element: of a kernel against the declared function, beside that of a plain float32 computation. */
import type { Dtype } from "../../compiler/plan/manifest.js";
import { throughHalves } from "../../runtime/half.js";

export interface Comparison {
  /** Largest difference; infinite where either side is not a number. */
  readonly error: number;
  /** The same for the plain computation, rounded to the dtype of the result. */
  readonly plain: number;
  readonly tolerance: number;
  readonly passed: boolean;
  /** The worst element. */
  readonly at: { readonly index: readonly number[]; readonly got: number; readonly want: number };
}

/** The largest difference and where it is; infinite where either side holds a NaN or lengths differ. */
export function worst(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
): { readonly error: number; readonly index: number } {
  let [error, index] = [got.length === want.length ? 0 : Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < want.length; i++) {
    const difference = Math.abs((got[i] as number) - (want[i] as number));
    const own = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    if (own > error) [error, index] = [own, i];
  }
  return { error, index };
}

const EMPTY = -1e38;

/** Largest size of a value that is not the mark of an empty row. */
const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((most, value) => (value > EMPTY ? Math.max(most, Math.abs(value)) : most), 0);

/**
 * A kernel may err more than the plain computation, since its sums run in another order and drivers differ in `exp`;
 * sixteen times as much, or 4e-6 of the largest value, is still rounding. Where it stores halves, one more rounding comes
 * on top: by less than a unit in the last place, 2^-10 of the value (2^-24 among subnormals), since WGSL leaves open
 * whether it goes to the nearest. The sums themselves are float32 in any case, so that their allowance does not grow.
 *
 * `trusted` is the largest error of the plain computation, by the largest value, that is taken for rounding: one that
 * follows what the compiler read, not what the user wrote, may be wrong as the kernel is.
 */
export function compare(
  got: ArrayLike<number>,
  plain: ArrayLike<number>,
  want: ArrayLike<number>,
  shape: readonly number[],
  dtype: Dtype = "f32",
  trusted = Number.POSITIVE_INFINITY,
): Comparison {
  const { error, index } = worst(got, want);
  const ofSums = worst(plain, want).error;
  const ofPlain = dtype === "f32" ? ofSums : worst(throughHalves(plain), want).error;
  const top = largest(want);
  const isRounding = Number.isFinite(ofSums) && ofSums <= trusted * Math.max(1, top);
  const rounding = isRounding ? 16 * ofSums : 0;
  const storing = dtype === "f32" ? 0 : Math.max(2 ** -10 * top, 2 ** -24);
  const tolerance = Math.max(rounding, 4e-6 * Math.max(1, top)) + storing;
  const indices: number[] = [];
  let rest = index;
  for (let i = shape.length - 1; i >= 0; i--) {
    indices[i] = rest % (shape[i] as number);
    rest = Math.floor(rest / (shape[i] as number));
  }
  const at = { index: indices, got: got[index] as number, want: want[index] as number };
  return { error, plain: ofPlain, tolerance, passed: error <= tolerance, at };
}
