/** The worst element: of a kernel against the declared function, beside that of a plain float32 computation. */

export interface Comparison {
  /** Largest difference; infinite where either side is not a number. */
  readonly error: number;
  /** The same for the plain computation. */
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
 * sixteen times as much, or 4e-6 of the largest value, is still rounding.
 */
export function compare(
  got: ArrayLike<number>,
  plain: ArrayLike<number>,
  want: ArrayLike<number>,
  shape: readonly number[],
): Comparison {
  const { error, index } = worst(got, want);
  const ofPlain = worst(plain, want).error;
  const rounding = Number.isFinite(ofPlain) ? 16 * ofPlain : 0;
  const tolerance = Math.max(rounding, 4e-6 * Math.max(1, largest(want)));
  const indices: number[] = [];
  let rest = index;
  for (let i = shape.length - 1; i >= 0; i--) {
    indices[i] = rest % (shape[i] as number);
    rest = Math.floor(rest / (shape[i] as number));
  }
  const at = { index: indices, got: got[index] as number, want: want[index] as number };
  return { error, plain: ofPlain, tolerance, passed: error <= tolerance, at };
}
