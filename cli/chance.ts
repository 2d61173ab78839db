/** Numbers that look random and depend on nothing but their keys, and the values of tables that are drawn with them. */

/** A number in [0, 1) that depends on nothing but its arguments, so that a table's values do not depend on its extents. */
export function chance(...keys: readonly number[]): number {
  let state = 0x9e3779b9;
  for (const key of keys) {
    state = Math.imul(state ^ (key | 0), 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    state ^= state >>> 16;
  }
  return (state >>> 0) / 2 ** 32;
}

/** What a table promises of its values. */
export interface Promised {
  readonly type: "int" | "float";
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly sorted?: boolean | undefined;
}

/** How values are drawn where the promises leave it open. */
export interface Habit {
  /** The least value where no bound is promised. */
  readonly low: number;
  /** From the least value to the largest. */
  readonly spread: number;
  /** How many entries of a sorted table it takes until its values have risen by about 1. */
  readonly pace: number;
}

/** The value of a table at some indices: what it promises, and else what is the habit. */
export function drawnValue(
  { type, min, max, sorted }: Promised,
  { low: least, spread, pace }: Habit,
  indices: readonly number[],
  random: number,
): number {
  const low = min ?? (max === undefined ? least : max - spread);
  if (sorted) {
    // Index plus less than one rises with the index, and so does what is made of it.
    const step = ((indices.at(-1) as number) + 0.9 * random) / pace;
    return Math.min(low + (type === "int" ? Math.floor(step) : Math.fround(step)), max ?? Number.POSITIVE_INFINITY);
  }
  const high = max ?? low + spread;
  if (type === "int") return low + Math.floor(random * (high - low + 1));
  return Math.min(Math.max(Math.fround(low + random * (high - low)), low), high);
}

/** Every value of a table, row-major. */
export function filled(shape: readonly number[], value: (indices: readonly number[]) => number): number[] {
  const count = shape.reduce((so, extent) => so * extent, 1);
  return Array.from({ length: count }, (_, index) => {
    const indices: number[] = [];
    let rest = index;
    for (let i = shape.length - 1; i >= 0; i--) {
      indices[i] = rest % (shape[i] as number);
      rest = Math.floor(rest / (shape[i] as number));
    }
    return value(indices);
  });
}
