/** Numbers as people write them. */

/** The shortest decimal that stands for the same f32. */
export function numberText(value: number): string {
  if (Number.isInteger(value)) return String(value);
  for (let digits = 1; digits < 10; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === Math.fround(value)) return text;
  }
  return String(value);
}

/** `1,240,936`. */
export const count = (n: number): string => n.toLocaleString("en-US");

export const decimals = (n: number): string => (n < 10 ? n.toFixed(2) : n < 100 ? n.toFixed(1) : count(Math.round(n)));

const UNITS = ["", "k", "M", "G", "T", "P", "E"];
/** `1.24 G`; three digits and the power of a thousand. */
export function short(n: number): string {
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(n, 1)) / 3), 0), UNITS.length - 1);
  const scaled = n / 1000 ** power;
  return `${power === 0 ? count(n) : scaled.toPrecision(3)} ${UNITS[power]}`;
}
