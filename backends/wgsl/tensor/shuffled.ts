/**
 * The tiled product for small subgroups, such as those of software drivers, where every load costs as much as many
 * multiplications: without workgroup memory or barriers. An invocation holds four rows; columns are loaded one an
 * invocation and passed on by shuffles, so that a loaded factor serves 4 rows of all invocations.
 */
import type { Dtype } from "../../../compiler/plan/manifest.js";
import type { TensorPlan } from "../../../compiler/plan/tensor.js";
import { emitProduct, type Product, productOf, tileEntry } from "./product.js";
import { ENTRY, each, plus, type Skeleton, workEntry } from "./skeleton.js";
import type { ContractionSchedule } from "./spaces.js";
import { indented } from "./statements.js";

/** Columns of a tile. */
const COLUMNS = 16;
/** Terms of one turn of the loop: drivers keep the sums in memory from turn to turn. */
const TERMS = 4;
/** Rows that an invocation holds. */
const ROWS = 4;

/**
 * Four terms of this invocation's rows and columns, row by row: where rows lie a power of two apart, all of them fall on
 * a few sets of a cache, which cannot keep the line of one row until the next term is read.
 */
function load({ batch }: Product, lanes: number): string[] {
  const four = (factor: string, place: string) =>
    `select(vec4f(0.0), vec4f(${each(TERMS, (k) => `${factor}(${batch}${place}, term_${k})`).join(", ")}), is_term)`;
  return [
    ...each(TERMS, (k) => `let term_${k} = term_of(min(${plus("k", k)}, terms - 1u));`),
    "let is_term = vec4u(k) + vec4u(0u, 1u, 2u, 3u) < vec4u(terms);",
    ...each(ROWS, (r) => `let left_of_${r} = ${four("left", `row_${r}`)};`),
    ...each(COLUMNS / lanes, (g) => `let right_of_${g} = ${four("right", `column_${g}`)};`),
    ...each(TERMS, (k) => `let left_${k} = vec4f(${each(ROWS, (r) => `left_of_${r}.${"xyzw"[k]}`).join(", ")});`),
  ];
}

const multiply = (lanes: number): string[] =>
  each(COLUMNS, (c) =>
    each(TERMS, (k) => {
      const shared = `subgroupShuffle(right_of_${Math.floor(c / lanes)}.${"xyzw"[k]}, ${c % lanes}u)`;
      return `sums_${c} += left_${k} * ${shared};`;
    }),
  ).flat();

/** A loop, since the epilogue 64 times over would compile slowly. */
const finish = ({ batch }: Product, lanes: number): string[] => [
  `var sums = array<vec4f, ${COLUMNS}>(${each(COLUMNS, (c) => `sums_${c}`).join(", ")});`,
  `for (var r = 0u; r < times(${ROWS}u); r++) {`,
  `  let row = first_row + ${lanes}u * r + subgroup_lane;`,
  "  if (row < rows) {",
  "    let place = row_of(row);",
  `    for (var c = 0u; c < times(${COLUMNS}u); c++) {`,
  "      if (first_column + c < columns) {",
  `        store(${batch}place, column_of(first_column + c), sums[c][r]);`,
  "      }",
  "    }",
  "  }",
  "}",
];

/** A kernel for subgroups of at least `lanes` invocations, 4 or 8. */
export function emitShuffled(plan: TensorPlan, schedule: ContractionSchedule, dtype: Dtype, lanes: number): Skeleton {
  const product = productOf(plan, schedule, dtype);
  const rows = ROWS * lanes;
  const body = [
    ...workEntry("work"),
    ...tileEntry(product, rows, COLUMNS),
    "// Rows and columns beyond the output repeat the last one, and are not stored.",
    ...each(ROWS, (r) => `let row_${r} = row_of(min(${plus("first_row", lanes * r)} + subgroup_lane, rows - 1u));`),
    ...each(
      COLUMNS / lanes,
      (g) => `let column_${g} = column_of(min(${plus("first_column", lanes * g)} + subgroup_lane, columns - 1u));`,
    ),
    "",
    "// Of four rows each.",
    ...each(COLUMNS, (c) => `var sums_${c} = vec4f(0.0);`),
    `for (var k = 0u; k < terms; k += ${TERMS}u) {`,
    ...indented([...load(product, lanes), ...multiply(lanes)]),
    "}",
    "",
    ...finish(product, lanes),
  ];
  const entry = ENTRY.replace(
    "@builtin(local_invocation_index) lane",
    "@builtin(subgroup_invocation_id) subgroup_lane",
  );
  return {
    text: [
      ...emitProduct(product),
      `@compute @workgroup_size(${lanes})\n${entry}\n${indented(body).join("\n")}\n}`,
    ].join("\n\n"),
    explanation: [
      `A tiled product: one subgroup of ${lanes} invocations computes a tile of ${rows} x ${COLUMNS}, four rows to an invocation.`,
    ],
    workgroupSize: lanes,
    memory: 0,
    dispatch: {
      kind: "tiles",
      batch: schedule.batch,
      rows: schedule.rows,
      columns: schedule.columns,
      tile: [rows, COLUMNS],
    },
  };
}
