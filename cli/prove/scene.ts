/** A counterexample as a picture needs it: grids, the query, the key, params, tables, and what the query sees of the grid. */
import { type Environment, evaluator, type TableValues } from "../../compiler/ir/evaluate.js";
import { nodesOf } from "../../compiler/ir/expression.js";
import type { Counterexample } from "../../compiler/plan/claim.js";
import { sizeName } from "../../compiler/proof/premises.js";
import { conditionOf } from "../../compiler/proof/questions.js";
import type { Asked } from "./asking.js";

export type Named = { readonly [name: string]: number };

export interface Scene {
  readonly axes: { readonly query: readonly string[]; readonly key: readonly string[]; readonly shared: boolean };
  /** Extents of the grid of the queries, and of that of the keys. */
  readonly grid: Named;
  readonly keyGrid: Named;
  /** Undefined for a param that the patterns do not read. */
  readonly params: { readonly [name: string]: number | undefined };
  readonly query: Named;
  /** Absent where the counterexample is a query alone. */
  readonly key?: Named;
  /** Head and batch, with their numbers, where a pattern reads them. */
  readonly launch: Named;
  readonly tables: TableValues;
  /** For each pattern, whether the query sees the key at this position. */
  readonly sees: readonly ((key: readonly number[]) => boolean)[];
}

const extentsOf = (
  axes: readonly string[],
  side: "q" | "k",
  nameOf: (side: "q" | "k", axis: string) => string,
  { variables }: Counterexample,
): Named =>
  Object.fromEntries(
    axes.map((axis) => [axis, variables[nameOf(side, axis)] ?? (variables[`${side}.${axis}`] ?? 0) + 1]),
  );

const positionOf = (axes: readonly string[], side: "q" | "k", variables: Environment): Named =>
  Object.fromEntries(axes.map((axis) => [axis, variables[`${side}.${axis}`] ?? 0]));

export function sceneOf({ subjects }: Pick<Asked, "subjects">, counterexample: Counterexample): Scene {
  const { variables, tables } = counterexample;
  const { axes } = subjects[0].pattern;
  const nameOf = (side: "q" | "k", axis: string) => sizeName(axes, side, axis);
  const [grid, keyGrid] = [
    extentsOf(axes.query, "q", nameOf, counterexample),
    extentsOf(axes.key, "k", nameOf, counterexample),
  ];
  const conditions = subjects.map(conditionOf);
  const nodes = nodesOf(...conditions);
  const known: { [name: string]: number } = { ...variables };
  for (const axis of axes.query) known[nameOf("q", axis)] = grid[axis] as number;
  for (const axis of axes.key) known[nameOf("k", axis)] = keyGrid[axis] as number;
  const params = subjects.flatMap(({ pattern, constants }) =>
    pattern.params.map(({ name }) => [name, constants.get(name) ?? variables[name]] as const),
  );
  const launch = ["head", "launch.heads", "batch", "launch.batches"].filter((name) => variables[name] !== undefined);
  const read = new Set(nodes.flatMap((e) => (e.kind === "lookup" || e.kind === "search" ? [e.table] : [])));
  return {
    axes,
    grid,
    keyGrid,
    params: Object.fromEntries(params),
    query: positionOf(axes.query, "q", variables),
    ...(axes.key.some((axis) => variables[`k.${axis}`] !== undefined)
      ? { key: positionOf(axes.key, "k", variables) }
      : {}),
    launch: Object.fromEntries(launch.map((name) => [name, variables[name] as number])),
    tables: Object.fromEntries(Object.entries(tables).filter(([name]) => read.has(name))),
    sees: conditions.map((condition) => {
      const holds = evaluator(condition, tables);
      const place: { [name: string]: number } = { ...known };
      return (key) => {
        for (const [i, axis] of axes.key.entries()) place[`k.${axis}`] = key[i] as number;
        return holds(place) === 1;
      };
    }),
  };
}
