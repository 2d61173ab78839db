/** Numbers, bounds and declarations as the answers of `mscc prove` and its messages write them. */
import { print } from "../../compiler/ir/print.js";
import type { Axes, PatternParam, PatternTable } from "../../compiler/plan/pattern.js";
import { numberText } from "../number-text.js";

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

/** `table.int("i", { min: 0, sorted: true })`: everything that two declarations may differ in. */
export function tableText({ type, labels, min, max, sorted }: PatternTable): string {
  const extents = labels.filter(({ tie }) => tie === "free").flatMap(({ extent }) => (extent ? [print(extent)] : []));
  const promises = [
    ...(min === undefined ? [] : [`min: ${numberText(min)}`]),
    ...(max === undefined ? [] : [`max: ${numberText(max)}`]),
    ...(sorted ? ["sorted: true"] : []),
    ...(extents.length > 0 ? [`extents: [${extents.join(", ")}]`] : []),
  ];
  const names = labels.map(({ name }) => `"${name}"`);
  const parts = [...names, ...(promises.length > 0 ? [`{ ${promises.join(", ")} }`] : [])];
  return `table${type === "int" ? ".int" : ""}(${parts.join(", ")})`;
}

/** `t=2, y=1`. */
export const namedText = (values: { readonly [name: string]: number | undefined }): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value === undefined ? "any" : numberText(value)}`)
    .join(", ");

const WIDTH = 104;

/** Text in lines of a width that is easily read, bounds unbroken; all lines but the first stand two columns in. */
export function paragraph(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/(?<![<>]=) (?![<>]=)/)) {
    if (line !== "" && line.length + word.length >= WIDTH) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
