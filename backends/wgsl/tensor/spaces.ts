/**
 * The index spaces of a tiled product: batches, rows, columns and terms, each numbered through. What one of them alone
 * decides of a factor is computed once per row, column or term, as attention does with its pairs.
 */
import {
  type Expr,
  nodesOf,
  operands,
  type Type,
  variable,
  variablesOf,
  withOperands,
} from "../../../compiler/ir/expression.js";
import type { Reduction, TensorPlan, TensorSchedule } from "../../../compiler/plan/tensor.js";
import { type Names, spell } from "../../common/expression.js";
import { coordinates, type Dimension, volume } from "./coordinates.js";
import { isCostly, local, namesOf, prepared, tensorWgsl } from "./scalars.js";
import { axesNamed } from "./skeleton.js";
import { expressed, indented } from "./statements.js";

export type ContractionSchedule = Extract<TensorSchedule, { kind: "contraction" }>;
export type SpaceName = "batch" | "row" | "column" | "term";

/** `struct Row`, whose numbers `row_of` turns into coordinates and parts. */
export interface Space {
  readonly name: SpaceName;
  readonly struct: string;
  readonly dimensions: readonly Dimension[];
  /** Parts of the factors, by their variable. */
  readonly parts: ReadonlyMap<string, Expr>;
}

export interface Spaces {
  readonly names: Names;
  readonly of: { readonly [name in SpaceName]: Space };
  /** The factors over coordinates and parts. */
  readonly left: Expr;
  readonly right: Expr;
}

/** Rows and columns may lie in workgroup memory, so that what is soon computed is no gain; a term is used at once. */
const isWorth = (e: Expr, space: SpaceName) => space === "term" || nodesOf(e).some(isCostly);

/** Takes the largest parts that one space alone decides out of the factors. */
function takeParts(spaceOf: ReadonlyMap<string, SpaceName>, factors: readonly [Expr, Expr]) {
  const parts = new Map<SpaceName, Map<Expr, string>>();
  const take = (e: Expr): Expr => {
    if (e.kind === "const" || e.kind === "var") return e;
    const spaces = new Set([...variablesOf(e)].flatMap((name) => spaceOf.get(name) ?? []));
    const [space] = spaces;
    if (spaces.size !== 1 || !space || space === "batch" || !isWorth(e, space))
      return withOperands(e, operands(e).map(take));
    const own = parts.get(space) ?? new Map<Expr, string>();
    parts.set(space, own);
    const name = own.get(e) ?? `${space}.part_${own.size}`;
    own.set(e, name);
    return variable(name, e.type);
  };
  const [left, right] = [take(factors[0]), take(factors[1])];
  const of = (space: SpaceName) => new Map([...(parts.get(space) ?? [])].map(([e, name]) => [name, e]));
  return { left, right, of };
}

export function spacesOf(plan: TensorPlan, schedule: ContractionSchedule, reduction: Reduction): Spaces {
  const spaceOf = new Map<string, SpaceName>([
    ...schedule.batch.map((axis) => [`at.${axis}`, "batch"] as const),
    ...schedule.rows.map((axis) => [`at.${axis}`, "row"] as const),
    ...schedule.columns.map((axis) => [`at.${axis}`, "column"] as const),
    ...reduction.ranges.map(({ name }) => [name, "term"] as const),
  ]);
  const { left, right, of } = takeParts(spaceOf, [prepared(plan, schedule.left), prepared(plan, schedule.right)]);
  const names = namesOf(plan, (name) => {
    const space = spaceOf.get(name);
    // A part is named as the member that it is.
    return space ? `${space}.${local(name)}` : /^(row|column|term)\.part_/.test(name) ? name : local(name);
  });
  const terms = reduction.ranges.map(
    ({ name, extent }): Dimension => ({ name: local(name), extent: spell(tensorWgsl, prepared(plan, extent), names) }),
  );
  const space = (name: SpaceName, struct: string, dimensions: readonly Dimension[]): Space => ({
    name,
    struct,
    dimensions,
    parts: of(name),
  });
  return {
    names,
    of: {
      batch: space("batch", "Batch", axesNamed(schedule.batch)),
      row: space("row", "Row", axesNamed(schedule.rows)),
      column: space("column", "Column", axesNamed(schedule.columns)),
      term: space("term", "Term", terms),
    },
    left,
    right,
  };
}

export const countOf = ({ of }: Spaces, name: SpaceName): string => volume(of[name].dimensions);

/** Bytes of one element's struct. */
export const bytesOf = ({ dimensions, parts }: Space): number => 4 * (dimensions.length + parts.size);

const TYPES: { readonly [type in Type]: string } = { int: "i32", float: "f32", bool: "bool" };

/** The struct of a space, and the function from a number to it. */
export function emitSpace({ names }: Spaces, { name, struct, dimensions, parts }: Space): string {
  const members = [
    ...dimensions.map((each) => `${each.name}: i32,`),
    ...[...parts].map(([part, { type }]) => `${part.slice(name.length + 1)}: ${TYPES[type]},`),
  ];
  const lines = coordinates("n", dimensions, (coordinate, value) => `${name}.${coordinate} = ${value};`);
  for (const [part, e] of parts) {
    const { lines: before, values } = expressed({ names }, [e], part);
    lines.push(...before, ...values.map((value) => `${part} = ${value};`));
  }
  const body = indented([`var ${name}: ${struct};`, ...lines, `return ${name};`]);
  return `struct ${struct} {\n${indented(members).join("\n")}\n}\n\nfn ${name}_of(n: u32) -> ${struct} {\n${body.join("\n")}\n}`;
}
