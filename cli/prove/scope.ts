/** For what a proof holds, in one sentence: all that the patterns read, within what is declared and fixed. */
import { type Expr, nodesOf } from "../../compiler/ir/expression.js";
import { type Domain, domainOf } from "../../compiler/proof/premises.js";
import { domainOfBoth, type Subject } from "../../compiler/proof/questions.js";
import { numberText } from "../number-text.js";
import type { Asked } from "./asking.js";
import { boundsText } from "./wording.js";

/** The params that are fixed, each once. */
const fixedOf = (subjects: readonly Subject[]) => [
  ...new Map(subjects.flatMap(({ constants }) => [...constants])).entries(),
];

/** The params and tables that the patterns speak of together. */
export const domainOfSubjects = ([mine, other]: Asked["subjects"]): Domain =>
  other ? domainOfBoth(mine, other) : domainOf(mine.pattern, mine.constants);

/** `places` says for which grids, queries and keys; the expressions are what is decided on. */
export function scopeOf(
  subjects: Asked["subjects"],
  expressions: readonly Expr[],
  places: readonly [grid: string, ...more: string[]],
): string {
  const { params, tables } = domainOfSubjects(subjects);
  const nodes = nodesOf(...expressions);
  const reads = (name: string) => nodes.some((e) => e.kind === "var" && e.name === name);
  const fixed = fixedOf(subjects).map(([name, value]) => `${name}=${numberText(value)}`);
  const bounds = [...fixed, ...params.filter(({ name }) => reads(name)).map(boundsText)];
  const read = tables.filter(({ name }) =>
    nodes.some((e) => (e.kind === "lookup" || e.kind === "search") && e.table === name),
  );
  const [grid, ...more] = places;
  const parts = [
    grid,
    ...["head", "batch"].filter(reads).map((name) => `every ${name}`),
    ...more,
    ...(bounds.length > 0 ? [`all params within their bounds (${bounds.join(", ")})`] : []),
    ...(read.length > 0
      ? [
          `all values of ${read.map(({ name }) => name).join(", ")} that keep ${read.length > 1 ? "their tables'" : "the table's"} promises`,
        ]
      : []),
  ];
  const last = parts.length > 1 ? `${parts.length > 2 ? "," : ""} and ${parts.pop()}` : "";
  return `for ${parts.join(", ")}${last}`;
}
