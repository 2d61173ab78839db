/** A counterexample as rows of a table, and the read outside its table that a claim about tables is refuted by. */
import { InternalError } from "../../compiler/diagnostics/diagnostic.js";
import { evaluator } from "../../compiler/ir/evaluate.js";
import { type Expr, nodesOf } from "../../compiler/ir/expression.js";
import { type Claim, type Counterexample, entriesOf } from "../../compiler/plan/claim.js";
import { numberText } from "../number-text.js";
import { aligned, indented } from "../panels.js";
import type { Scene } from "./scene.js";
import { namedText } from "./wording.js";

const MOST_ENTRIES = 16;

/** Values of a table as nested lists, small ones only. */
function tableValues({ shape, data }: Scene["tables"][string]): string {
  if (data.length > MOST_ENTRIES) return `${shape.join(" x ")} values, too many to write out`;
  const write = (offset: number, [extent, ...inner]: readonly number[]): string => {
    if (extent === undefined) return numberText(data[offset] as number);
    const step = inner.reduce((product, each) => product * each, 1);
    return `[${Array.from({ length: extent }, (_, i) => write(offset + i * step, inner)).join(", ")}]`;
  };
  return write(0, shape);
}

export function rowsOf({ axes, grid, keyGrid, params, query, key, launch, tables }: Scene): [string, string][] {
  const { head, "launch.heads": heads = 1, batch, "launch.batches": batches = 1 } = launch;
  return [
    ["grid", `${namedText(grid)}${axes.shared ? "" : " of the queries"}`],
    ...(axes.shared ? [] : [["", `${namedText(keyGrid)} of the keys`] as [string, string]]),
    ...(Object.keys(params).length > 0 ? [["params", namedText(params)] as [string, string]] : []),
    ["query", namedText(query)],
    ...(key ? [["key", namedText(key)] as [string, string]] : []),
    ...(head === undefined ? [] : [["head", `${head} (of ${heads}, counted from 0)`] as [string, string]]),
    ...(batch === undefined ? [] : [["batch", `${batch} (of ${batches}, counted from 0)`] as [string, string]]),
    ...Object.entries(tables).map(([name, values]): [string, string] => [name, tableValues(values)]),
  ];
}

/** The rows, and in a sentence what makes them a counterexample. */
export const counterexampleLines = (rows: readonly (readonly [string, string])[], reason: string): string[] => [
  "The smallest counterexample found:",
  "",
  ...indented(aligned(rows)),
  "",
  reason,
];

/** A read of a table at some indices, with the extents of the table. */
export interface Read {
  readonly table: string;
  readonly indices: readonly number[];
  readonly extents: readonly number[];
}

/** The comparisons of indices with extents in the goal of a claim about tables, by dimension. */
const comparedIn = ({ goal, tables }: Claim): { readonly table: string; readonly indices: readonly Expr[] } => {
  const upper = nodesOf(goal).flatMap((e) => (e.kind === "binary" && e.op === "lt" && e.b.kind === "var" ? [e] : []));
  for (const { name, labels } of tables) {
    const indices = labels.flatMap((_, i) => {
      const entries = entriesOf(name, i);
      return upper.filter(({ b }) => b.kind === "var" && b.name === entries).map(({ a }) => a);
    });
    if (indices.length === labels.length) return { table: name, indices };
  }
  throw new InternalError("a claim about tables compares no index");
};

/** The table that a claim about tables is about. */
export const tableOf = (claim: Claim): string => comparedIn(claim).table;

export function readOf(claim: Claim, { variables, tables }: Counterexample): Read {
  const { table, indices } = comparedIn(claim);
  return {
    table,
    indices: indices.map((index) => evaluator(index, tables)(variables)),
    extents: indices.map((_, i) => variables[entriesOf(table, i)] ?? 1),
  };
}

/** `bias` is read at index 1 and has 1 entry. */
export function readText({ table, indices, extents }: Read): string {
  if (indices.length > 1) {
    return `\`${table}\` is read at indices ${indices.join(", ")}, and its extents are ${extents.join(" x ")}.`;
  }
  const [extent = 1] = extents;
  return `\`${table}\` is read at index ${indices[0]}, and it has ${extent} ${extent === 1 ? "entry" : "entries"}.`;
}
