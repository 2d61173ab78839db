/** Names and numbers as SMT-LIB writes them. */

export const SORT = { int: "Int", float: "Real", bool: "Bool" } as const;

export const symbol = (name: string): string => `|${name}|`;

/** An integer literal; SMT-LIB has no negative ones. */
export const integer = (value: number | bigint): string =>
  value < 0 ? `(- ${-BigInt(value)})` : String(BigInt(value));

/** A finite f32 as an exact real. */
export function real(value: number): string {
  let [numerator, denominator] = [Math.abs(value), 1n];
  while (!Number.isInteger(numerator)) {
    numerator *= 2;
    denominator *= 2n;
  }
  const size = denominator === 1n ? `${BigInt(numerator)}.0` : `(/ ${BigInt(numerator)}.0 ${denominator}.0)`;
  return value < 0 ? `(- ${size})` : size;
}
