/**
 * The tiled product for every device: 64 invocations compute 64 x 64 sums, 8 x 8 each in registers. They stage 8 terms of
 * both factors at a time in workgroup memory, which is where the prologue is computed, once per tile.
 */
import type { Dtype } from "../../../compiler/plan/manifest.js";
import type { TensorPlan } from "../../../compiler/plan/tensor.js";
import { emitProduct, isAlongTerms, type Product, productOf, tileEntry } from "./product.js";
import { ENTRY, each, plus, type Skeleton, workEntry } from "./skeleton.js";
import { bytesOf, type ContractionSchedule } from "./spaces.js";
import { indented } from "./statements.js";

const TILE = 64;
const TERMS = 8;
const LANES = 64;
/** Invocations along either side of a tile. */
const SIDE = 8;
const QUADS = TILE / 4;
/** Vectors from one term to the next: one more than needed, so that terms do not start in the same bank. */
const PITCH = QUADS + 1;

/** Statements that stage 8 terms of one factor for 64 rows or columns, four a time. */
function stage(product: Product, name: "left" | "right"): string[] {
  const along = isAlongTerms(product, name);
  const places = name === "left" ? "tile_rows" : "tile_columns";
  const [term, quad] = along
    ? [`lane % ${TERMS}u`, `lane / ${TERMS}u + ${LANES / TERMS}u * i`]
    : [`lane / ${QUADS}u + ${LANES / QUADS}u * i`, `lane % ${QUADS}u`];
  const factors = each(4, (i) => `${name}(${product.batch}${places}[${plus("4u * quad", i)}], term)`);
  return [
    `for (var i = 0u; i < times(${(TERMS * QUADS) / LANES}u); i++) {`,
    `  let k = ${term};`,
    `  let quad = ${quad};`,
    "  let term = term_of(min(first_term + k, terms - 1u));",
    `  let factors = vec4f(${factors.join(", ")});`,
    `  tile_of_${name}[k * ${PITCH}u + quad] = select(vec4f(0.0), factors, first_term + k < terms);`,
    "}",
  ];
}

const rowOf = (r: number) => `acc_${r}`;

function multiply(): string[] {
  return [
    `for (var k = 0u; k < times(${TERMS}u); k++) {`,
    ...each(2, (i) => `  let left_${i} = tile_of_left[k * ${PITCH}u + lane / ${SIDE}u${i ? ` + ${SIDE}u` : ""}];`),
    ...each(2, (i) => `  let right_${i} = tile_of_right[k * ${PITCH}u + lane % ${SIDE}u${i ? ` + ${SIDE}u` : ""}];`),
    ...each(8, (r) =>
      each(2, (j) => `  ${rowOf(r)}_${j} += left_${Math.floor(r / 4)}.${"xyzw"[r % 4]} * right_${j};`).join("\n"),
    ),
    "}",
  ].flatMap((line) => line.split("\n"));
}

/** A loop, since the epilogue 64 times over would compile slowly. */
function finish({ batch }: Product): string[] {
  const place = (i: string, first: string) => `${first} + 4u * (${SIDE}u * (${i} / 4u)) + ${i} % 4u`;
  return [
    `var sums = array<vec4f, 16>(${each(8, (r) => each(2, (j) => `${rowOf(r)}_${j}`).join(", ")).join(", ")});`,
    "for (var i = 0u; i < times(8u); i++) {",
    `  let r = ${place("i", `4u * (lane / ${SIDE}u)`)};`,
    "  for (var j = 0u; j < times(8u); j++) {",
    `    let c = ${place("j", `4u * (lane % ${SIDE}u)`)};`,
    "    if (first_row + r < rows && first_column + c < columns) {",
    `      store(${batch}tile_rows[r], tile_columns[c], sums[2u * i + j / 4u][j % 4u]);`,
    "    }",
    "  }",
    "}",
  ];
}

export function emitContraction(plan: TensorPlan, schedule: ContractionSchedule, dtype: Dtype): Skeleton {
  const product = productOf(plan, schedule, dtype);
  const body = [
    ...workEntry("work"),
    ...tileEntry(product, TILE, TILE),
    "// Rows and columns beyond the output repeat the last one, and are not stored.",
    "tile_rows[lane] = row_of(min(first_row + lane, rows - 1u));",
    "tile_columns[lane] = column_of(min(first_column + lane, columns - 1u));",
    "workgroupBarrier();",
    "",
    ...each(8, (r) => each(2, (j) => `var ${rowOf(r)}_${j} = vec4f(0.0);`).join(" ")),
    `for (var first_term = 0u; first_term < terms; first_term += ${TERMS}u) {`,
    ...indented([
      ...stage(product, "left"),
      ...stage(product, "right"),
      "workgroupBarrier();",
      ...multiply(),
      "workgroupBarrier();",
    ]),
    "}",
    "",
    ...finish(product),
  ];
  const text = [
    "// Four rows or columns of one term to a vector.",
    `var<workgroup> tile_of_left: array<vec4f, ${TERMS * PITCH}>;`,
    `var<workgroup> tile_of_right: array<vec4f, ${TERMS * PITCH}>;`,
    `var<workgroup> tile_rows: array<Row, ${TILE}>;`,
    `var<workgroup> tile_columns: array<Column, ${TILE}>;`,
  ].join("\n");
  return {
    text: [
      ...emitProduct(product),
      text,
      `@compute @workgroup_size(${LANES})\n${ENTRY}\n${indented(body).join("\n")}\n}`,
    ].join("\n\n"),
    explanation: [
      `A tiled product: one workgroup computes a tile of ${TILE} x ${TILE}, each of its ${LANES} invocations 8 x 8 in registers.`,
    ],
    workgroupSize: LANES,
    memory: 2 * 16 * TERMS * PITCH + TILE * (bytesOf(product.spaces.of.row) + bytesOf(product.spaces.of.column)),
    dispatch: {
      kind: "tiles",
      batch: schedule.batch,
      rows: schedule.rows,
      columns: schedule.columns,
      tile: [TILE, TILE],
    },
  };
}
