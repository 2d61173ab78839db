/** `sum`, `mean` and `max` over ranges: what the value of a tensor operation is made of beside its inputs. */

type Body = (...indices: number[]) => number;

/** Extents of one to four ranges, then the value at an index of each. */
export interface Reduce {
  (n: number, body: (i: number) => number): number;
  (n: number, m: number, body: (i: number, j: number) => number): number;
  (n: number, m: number, l: number, body: (i: number, j: number, k: number) => number): number;
  (n: number, m: number, l: number, o: number, body: (i: number, j: number, k: number, h: number) => number): number;
}

/** Calls the body for every index, the last range fastest. @throws RangeError where an extent is no positive integer. */
function visit(name: string, given: readonly (number | Body)[], take: (value: number) => void): number {
  const body = given.at(-1) as Body;
  const extents = given.slice(0, -1) as number[];
  const bad = extents.find((extent) => !(Number.isInteger(extent) && extent > 0));
  if (bad !== undefined) throw new RangeError(`a range of ${name} has extent ${bad}, expected a positive integer`);
  const count = extents.reduce((product, extent) => product * extent, 1);
  const indices = extents.map(() => 0);
  for (let n = 0; n < count; n++) {
    take(body(...indices));
    for (let i = indices.length - 1; i >= 0; i--) {
      indices[i] = (indices[i] as number) + 1;
      if ((indices[i] as number) < (extents[i] as number)) break;
      indices[i] = 0;
    }
  }
  return count;
}

/** The sum of the body over all indices: `sum(size.k, (k) => x(t, k) * weight(c, k))`. */
export const sum: Reduce = (...given: (number | Body)[]): number => {
  let total = 0;
  visit("sum", given, (value) => {
    total += value;
  });
  return total;
};

/** The sum divided by the number of indices: `mean(r, r, (dy, dx) => x(r * y + dy, r * i + dx))`. */
export const mean: Reduce = (...given: (number | Body)[]): number => {
  let total = 0;
  const count = visit("mean", given, (value) => {
    total += value;
  });
  return total / count;
};

/** The largest value of the body. */
export const max: Reduce = (...given: (number | Body)[]): number => {
  let largest = Number.NEGATIVE_INFINITY;
  visit("max", given, (value) => {
    largest = Math.max(largest, value);
  });
  return largest;
};
