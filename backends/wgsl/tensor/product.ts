/** What both skeletons of tiled products share: the factors, the epilogue with its store, and the way from a workgroup to its tile. */
import { type Expr, nodesOf, variablesOf } from "../../../compiler/ir/expression.js";
import type { Dtype } from "../../../compiler/plan/manifest.js";
import type { Reduction, TensorPlan } from "../../../compiler/plan/tensor.js";
import { storeAt } from "./interface.js";
import { local, prepared } from "./scalars.js";
import { type ContractionSchedule, countOf, emitSpace, type Spaces, spacesOf } from "./spaces.js";
import { expressed, indented } from "./statements.js";

export interface Product {
  readonly plan: TensorPlan;
  readonly schedule: ContractionSchedule;
  readonly dtype: Dtype;
  readonly reduction: Reduction;
  readonly spaces: Spaces;
  /** First argument of the factors and of `store`, where there are batch axes. */
  readonly batch: string;
}

export function productOf(plan: TensorPlan, schedule: ContractionSchedule, dtype: Dtype): Product {
  const reduction = plan.tensor.reductions.find(({ name }) => name === schedule.reduction);
  if (!reduction) throw new RangeError(`no reduction '${schedule.reduction}'`);
  const spaces = spacesOf(plan, schedule, reduction);
  return { plan, schedule, dtype, reduction, spaces, batch: schedule.batch.length > 0 ? "batch, " : "" };
}

const batchParameter = ({ batch }: Product) => (batch ? "batch: Batch, " : "");

function emitFactor(product: Product, name: "left" | "right"): string {
  const { lines, values } = expressed(product.spaces, [product.spaces[name]], name);
  const own = name === "left" ? "row: Row" : "column: Column";
  return `fn ${name}(${batchParameter(product)}${own}, term: Term) -> f32 {\n${indented([...lines, ...values.map((value) => `return ${value};`)]).join("\n")}\n}`;
}

function emitStore(product: Product): string {
  const { plan, spaces, reduction, dtype } = product;
  const { lines, values } = expressed(spaces, [prepared(plan, plan.tensor.value)], "value");
  const stores = values.map((value) => storeAt(plan.tensor, dtype, (axis) => spaces.names(`at.${axis}`), value));
  return `// The epilogue of one element.
fn store(${batchParameter(product)}row: Row, column: Column, ${local(reduction.name)}: f32) {\n${indented([...lines, ...stores]).join("\n")}\n}`;
}

/** Everything above the entry point. */
export const emitProduct = (product: Product): string[] => [
  ...Object.values(product.spaces.of)
    .filter(({ dimensions }) => dimensions.length > 0)
    .map((space) => emitSpace(product.spaces, space)),
  emitFactor(product, "left"),
  emitFactor(product, "right"),
  emitStore(product),
];

/** From the number of a workgroup to its tile; column tiles of the same rows are neighbours. */
export function tileEntry({ spaces, batch }: Product, rows: number, columns: number): string[] {
  return [
    `let rows = ${countOf(spaces, "row")};`,
    `let columns = ${countOf(spaces, "column")};`,
    `let terms = ${countOf(spaces, "term")};`,
    `let row_tiles = (rows + ${rows - 1}u) / ${rows}u;`,
    `let column_tiles = (columns + ${columns - 1}u) / ${columns}u;`,
    `let first_row = work / column_tiles % row_tiles * ${rows}u;`,
    `let first_column = work % column_tiles * ${columns}u;`,
    ...(batch ? ["let batch = batch_of(work / column_tiles / row_tiles);"] : []),
  ];
}

/** Whether neighbouring terms of a factor, not neighbouring rows or columns, lie side by side in its inputs. */
export function isAlongTerms({ reduction, schedule }: Product, name: "left" | "right"): boolean {
  const innermost = nodesOf(schedule[name]).map((node): Expr | undefined =>
    node.kind === "lookup" ? node.indices.at(-1) : undefined,
  );
  const axis = `at.${schedule[name === "left" ? "rows" : "columns"].at(-1)}`;
  const reads = (variable: string) => innermost.some((index) => index && variablesOf(index).has(variable));
  return !reads(axis) || reads(reduction.ranges.at(-1)?.name ?? "");
}
