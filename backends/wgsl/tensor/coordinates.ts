/** Coordinates of an element of an index space that is numbered through, the last one fastest. */

/** One of the dimensions: the name of its coordinate and its extent, both i32. */
export interface Dimension {
  readonly name: string;
  readonly extent: string;
}

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
    lines.push(`let ${beyond} = ${rest} / u32(${extent});`);
    lines.push(put(name, `i32(${rest} - ${beyond} * u32(${extent}))`));
    rest = beyond;
  }
  return lines;
}

/** An extent as a factor: `r + 1` times `3` is not `3 * r + 1`. */
const factor = (extent: string): string => (/^[\w.]+$/.test(extent) ? extent : `(${extent})`);

/** How many elements there are, a u32. */
export function volume(dimensions: readonly Dimension[]): string {
  const [first, ...more] = dimensions.map(({ extent }) => extent);
  if (first === undefined) return "1u";
  return more.length === 0 ? `u32(${first})` : `u32(${[first, ...more].map(factor).join(" * ")})`;
}
