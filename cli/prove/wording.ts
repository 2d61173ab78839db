/** Numbers, bounds and declarations as the answers of `mscc prove` and its messages write them. */
import type { Axes, PatternParam, PatternTable } from "../../compiler/plan/pattern.js";

/** The shortest decimal that stands for the same f32. */
export function numberText(value: number): string {
  if (Number.isInteger(value)) return String(value);
  for (let digits = 1; digits < 10; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === Math.fround(value)) return text;
  }
  return String(value);
}

/** `frames >= 1`, `0 <= reach <= 9`; the name alone where there is no bound. */
export function boundsText({ name, min, max }: Pick<PatternParam, "name" | "min" | "max">): string {
  if (min === undefined && max === undefined) return `any ${name}`;
  if (min === undefined) return `${name} <= ${max}`;
  return max === undefined ? `${name} >= ${min}` : `${min} <= ${name} <= ${max}`;
}

export function axesText({ query, key, shared }: Axes): string {
  if (shared) return `${query.join(", ")} (one grid)`;
  return `queries over ${query.join(", ")}, keys over ${key.join(", ")} (two grids)`;
}

export const tableText = ({ type, labels, sorted }: Pick<PatternTable, "type" | "labels" | "sorted">): string =>
  `table${type === "int" ? ".int" : ""}(${labels.map(({ name }) => `"${name}"`).join(", ")})${sorted ? ", sorted" : ""}`;

/** `t=2, y=1`. */
export const namedText = (values: { readonly [name: string]: number | undefined }): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value === undefined ? "any" : numberText(value)}`)
    .join(", ");
