/** What both skeletons of tiled products share: rows, columns and terms by number, the factors, and the epilogue with its store. */
import { type Expr, nodesOf, variablesOf } from "../../../compiler/ir/expression.js";
import type { Dtype } from "../../../compiler/plan/manifest.js";
import type { Reduction, TensorPlan, TensorSchedule } from "../../../compiler/plan/tensor.js";
import { coordinates, type Dimension, volume } from "./coordinates.js";
import { storeAt } from "./interface.js";
import { local, namesOf } from "./scalars.js";
import { axesNamed } from "./skeleton.js";
import { expressed, extentOf, indented, type Scope } from "./statements.js";

export type ContractionSchedule = Extract<TensorSchedule, { kind: "contraction" }>;

/** One of the index spaces of a product: `struct Row`, whose numbers `row_of` turns into coordinates. */
interface Space {
  readonly name: "batch" | "row" | "column" | "term";
  readonly struct: "Batch" | "Row" | "Column" | "Term";
  readonly dimensions: readonly Dimension[];
}

export interface Product {
  readonly plan: TensorPlan;
  readonly schedule: ContractionSchedule;
  readonly dtype: Dtype;
  readonly reduction: Reduction;
  readonly scope: Scope;
  readonly spaces: { readonly [name in Space["name"]]: Space };
  /** First argument of the factors and of `store`, where there are batch axes. */
  readonly batch: string;
}

export function productOf(plan: TensorPlan, schedule: ContractionSchedule, dtype: Dtype): Product {
  const reduction = plan.tensor.reductions.find(({ name }) => name === schedule.reduction);
  if (!reduction) throw new RangeError(`no reduction '${schedule.reduction}'`);
  const spaceOf: { [name: string]: Space["name"] } = {};
  for (const axis of schedule.batch) spaceOf[`at.${axis}`] = "batch";
  for (const axis of schedule.rows) spaceOf[`at.${axis}`] = "row";
  for (const axis of schedule.columns) spaceOf[`at.${axis}`] = "column";
  for (const { name } of reduction.ranges) spaceOf[name] = "term";
  const names = namesOf(plan, (name) => (spaceOf[name] ? `${spaceOf[name]}.${local(name)}` : local(name)));
  const scope: Scope = {
    plan,
    names,
    ranges: new Set(reduction.ranges.map(({ name }) => name)),
    done: new Set([reduction.name]),
  };
  const terms = reduction.ranges.map(
    (range): Dimension => ({ name: local(range.name), extent: extentOf(scope, range) }),
  );
  return {
    plan,
    schedule,
    dtype,
    reduction,
    scope,
    spaces: {
      batch: { name: "batch", struct: "Batch", dimensions: axesNamed(schedule.batch) },
      row: { name: "row", struct: "Row", dimensions: axesNamed(schedule.rows) },
      column: { name: "column", struct: "Column", dimensions: axesNamed(schedule.columns) },
      term: { name: "term", struct: "Term", dimensions: terms },
    },
    batch: schedule.batch.length > 0 ? "batch, " : "",
  };
}

export const countOf = ({ spaces }: Product, name: Space["name"]): string => volume(spaces[name].dimensions);

const used = ({ spaces }: Product) => Object.values(spaces).filter(({ dimensions }) => dimensions.length > 0);

function emitSpace({ name, struct, dimensions }: Space): string {
  const members = dimensions.map((each) => `  ${each.name}: i32,`).join("\n");
  const lines = coordinates("n", dimensions, (coordinate, value) => `${name}.${coordinate} = ${value};`);
  return `struct ${struct} {\n${members}\n}\n\nfn ${name}_of(n: u32) -> ${struct} {\n${indented([`var ${name}: ${struct};`, ...lines, `return ${name};`]).join("\n")}\n}`;
}

const batchParameter = ({ batch }: Product) => (batch ? "batch: Batch, " : "");

function emitFactor(product: Product, name: "left" | "right"): string {
  const { lines, value } = expressed(product.scope, product.schedule[name], name);
  const own = name === "left" ? "row: Row" : "column: Column";
  return `fn ${name}(${batchParameter(product)}${own}, term: Term) -> f32 {\n${indented([...lines, `return ${value};`]).join("\n")}\n}`;
}

function emitStore(product: Product): string {
  const { plan, scope, reduction, dtype } = product;
  const { lines, value } = expressed(scope, plan.tensor.value, "value");
  const store = storeAt(plan.tensor, dtype, (axis) => scope.names(`at.${axis}`), value);
  return `// The epilogue of one element.
fn store(${batchParameter(product)}row: Row, column: Column, ${local(reduction.name)}: f32) {\n${indented([...lines, store]).join("\n")}\n}`;
}

/** Everything above the entry point. */
export const emitProduct = (product: Product): string[] => [
  ...used(product).map(emitSpace),
  emitFactor(product, "left"),
  emitFactor(product, "right"),
  emitStore(product),
];

/** From the number of a workgroup to its tile; column tiles of the same rows are neighbours. */
export function tileEntry(product: Product, rows: number, columns: number): string[] {
  return [
    `let rows = ${countOf(product, "row")};`,
    `let columns = ${countOf(product, "column")};`,
    `let terms = ${countOf(product, "term")};`,
    `let row_tiles = (rows + ${rows - 1}u) / ${rows}u;`,
    `let column_tiles = (columns + ${columns - 1}u) / ${columns}u;`,
    `let first_row = work / column_tiles % row_tiles * ${rows}u;`,
    `let first_column = work % column_tiles * ${columns}u;`,
    ...(product.batch ? ["let batch = batch_of(work / column_tiles / row_tiles);"] : []),
  ];
}

/** Whether neighbouring terms of a factor, not neighbouring rows or columns, lie side by side in its inputs. */
export function isAlongTerms({ reduction, schedule }: Product, name: "left" | "right"): boolean {
  const innermost = nodesOf(schedule[name])
    .filter((node) => node.kind === "lookup")
    .map((node): Expr | undefined => (node.kind === "lookup" ? node.indices.at(-1) : undefined));
  const axis = `at.${schedule[name === "left" ? "rows" : "columns"].at(-1)}`;
  const reads = (name: string) => innermost.some((index) => index && variablesOf(index).has(name));
  return !reads(axis) || reads(reduction.ranges.at(-1)?.name ?? "");
}
