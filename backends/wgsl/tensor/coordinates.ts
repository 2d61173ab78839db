/** Coordinates of an element of an index space that is numbered through, the last one fastest. */

/** One of the dimensions: the name of its coordinate and its extent, both i32. */
export interface Dimension {
  readonly name: string;
  readonly extent: string;
}

/** Emitted where a text calls it. */
export const QUOTIENT = `// n / d. Integer division is slow on GPUs and one lane at a time in software; a quotient of floats, corrected by that of
// what it leaves, errs by at most one.
fn quotient(n: u32, d: u32) -> u32 {
  var q = u32(f32(n) / f32(d));
  q += u32(i32(floor(f32(i32(n - q * d)) / f32(d))));
  let rest = i32(n - q * d);
  return select(select(q, q + 1u, rest >= i32(d)), q - 1u, rest < 0);
}`;

/** Statements that give each coordinate of element `index`, a u32; `put` says how one is kept. */
export function coordinates(
  index: string,
  dimensions: readonly Dimension[],
  put: (name: string, value: string) => string = (name, value) => `let ${name} = ${value};`,
): string[] {
  const lines: string[] = [];
  let rest = index;
  for (const [i, { name, extent }] of [...dimensions.entries()].reverse()) {
    if (i === 0) {
      lines.push(put(name, `i32(${rest})`));
      continue;
    }
    const beyond = `beyond_${name}`;
    lines.push(`let ${beyond} = quotient(${rest}, u32(${extent}));`);
    lines.push(put(name, `i32(${rest} - ${beyond} * u32(${extent}))`));
    rest = beyond;
  }
  return lines;
}

/** How many elements there are, a u32. */
export const volume = (dimensions: readonly Dimension[]): string =>
  dimensions.length === 0 ? "1u" : `u32(${dimensions.map(({ extent }) => extent).join(" * ")})`;
