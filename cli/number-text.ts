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
