/** The part of the frames that the picture shows: three quarters of each side, around the cone. */

export interface View {
  /** First row and column of tokens, and how many. */
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

/** Where a window of `extent` out of `whole` starts, so that its middle is near that of lo .. hi. */
function start(lo: number, hi: number, extent: number, whole: number): number {
  return Math.max(0, Math.min(whole - extent, Math.round((lo + hi + 1 - extent) / 2)));
}

/** The whole frame where the tokens do not fit into the smaller window. */
export function viewOf([, rows, columns]: readonly [number, number, number], keys: readonly number[]): View {
  const size = { rows: Math.ceil(0.75 * rows), columns: Math.ceil(0.75 * columns) };
  const ys = keys.map((key) => Math.floor(key / columns) % rows);
  const xs = keys.map((key) => key % columns);
  const [top, bottom, left, right] = [Math.min(...ys), Math.max(...ys), Math.min(...xs), Math.max(...xs)];
  if (bottom - top >= size.rows || right - left >= size.columns) return { row: 0, column: 0, rows, columns };
  return { row: start(top, bottom, size.rows, rows), column: start(left, right, size.columns, columns), ...size };
}

/** The pixels of a view; three bytes each. */
export function crop(rgb: Uint8Array, width: number, patch: number, { row, column, rows, columns }: View): Uint8Array {
  const line = 3 * columns * patch;
  const cut = new Uint8Array(rows * patch * line);
  for (let y = 0; y < rows * patch; y++) {
    const from = 3 * ((row * patch + y) * width + column * patch);
    cut.set(rgb.subarray(from, from + line), y * line);
  }
  return cut;
}
