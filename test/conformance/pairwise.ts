/** Pairwise cover: few rows in which every two values of different factors meet. Deterministic and greedy. */

type Factors = { readonly [factor: string]: readonly unknown[] };
export type Row<F extends Factors> = { readonly [factor in keyof F]: F[factor][number] };

const keyOf = (i: number, a: number, j: number, b: number) => (i < j ? `${i}:${a} ${j}:${b}` : `${j}:${b} ${i}:${a}`);

/** All pairs of values, as indices of two factors and of their values. */
function pairsOf(counts: readonly number[]): Map<string, readonly [number, number, number, number]> {
  const pairs = new Map<string, readonly [number, number, number, number]>();
  for (const [i, m] of counts.entries()) {
    for (const [j, n] of counts.entries()) {
      if (j <= i) continue;
      for (let a = 0; a < m; a++) for (let b = 0; b < n; b++) pairs.set(keyOf(i, a, j, b), [i, a, j, b]);
    }
  }
  return pairs;
}

/**
 * Rows of one value per factor. Each row starts from the first pair that is still missing and adds, factor by factor,
 * the value that meets the most missing pairs; among equals the one used least.
 */
export function pairwise<F extends Factors>(factors: F): Row<F>[] {
  const names = Object.keys(factors);
  const counts = names.map((name) => factors[name]?.length ?? 0);
  const missing = pairsOf(counts);
  const used = counts.map((count) => Array<number>(count).fill(0));
  const rows: number[][] = [];
  while (missing.size > 0) {
    const [[i, a, j, b]] = missing.values() as unknown as [readonly [number, number, number, number]];
    const row = counts.map((_, factor) => (factor === i ? a : factor === j ? b : -1));
    for (const [factor, count] of counts.entries()) {
      if (row[factor] !== -1) continue;
      const gain = (value: number) =>
        row.filter((other, at) => other !== -1 && missing.has(keyOf(at, other, factor, value))).length;
      const cost = (value: number) => used[factor]?.[value] ?? 0;
      const values = Array.from({ length: count }, (_, value) => value);
      row[factor] = values.reduce((best, value) => {
        const difference = gain(value) - gain(best);
        return difference > 0 || (difference === 0 && cost(value) < cost(best)) ? value : best;
      });
    }
    for (const [at, value] of row.entries()) {
      (used[at] as number[])[value] = (used[at]?.[value] ?? 0) + 1;
      for (const [other, its] of row.entries()) if (other > at) missing.delete(keyOf(at, value, other, its));
    }
    rows.push(row);
  }
  return rows.map(
    (row) => Object.fromEntries(names.map((name, factor) => [name, factors[name]?.[row[factor] as number]])) as Row<F>,
  );
}

/** Every combination; the last factor changes fastest. */
export function product<F extends Factors>(factors: F): Row<F>[] {
  let rows: { [factor: string]: unknown }[] = [{}];
  for (const [name, values] of Object.entries(factors)) {
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value })));
  }
  return rows as Row<F>[];
}
