/**
 * The tiled product for small subgroups, such as those of software drivers, where every load costs as much as many
 * multiplications: without workgroup memory or barriers. An invocation holds four rows; columns are loaded one an
 * invocation and passed on by shuffles, so that a loaded factor serves 4 rows of all invocations.
 */
import type { Dtype } from "../../../compiler/plan/manifest.js";
import type { TensorPlan } from "../../../compiler/plan/tensor.js";
import { type ContractionSchedule, emitProduct, type Product, productOf, tileEntry } from "./product.js";
import { ENTRY, type Skeleton, workEntry } from "./skeleton.js";
import { indented } from "./statements.js";

/** Columns of a tile. */
const COLUMNS = 16;
/** Terms of one turn of the loop: drivers keep the sums in memory from turn to turn. */
const TERMS = 4;

const each = <T>(n: number, of: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => of(i));

/** Factors of four terms for the rows and the columns of this invocation; 0 beyond the last term. */
function load({ batch }: Product, lanes: number): string[] {
  return each(TERMS, (k) => [
    `let term_${k} = term_of(min(k + ${k}u, terms - 1u));`,
    `let is_term_${k} = k + ${k}u < terms;`,
    `let left_${k} = select(vec4f(0.0), vec4f(${each(4, (r) => `left(${batch}row_${r}, term_${k})`).join(", ")}), is_term_${k});`,
    ...each(
      COLUMNS / lanes,
      (g) => `let right_${k}_${g} = select(0.0, right(${batch}column_${g}, term_${k}), is_term_${k});`,
    ),
  ]).flat();
}

const multiply = (lanes: number): string[] =>
  each(COLUMNS, (c) =>
    each(
      TERMS,
      (k) => `sums_${c} += left_${k} * subgroupShuffle(right_${k}_${Math.floor(c / lanes)}, ${c % lanes}u);`,
    ).join("\n"),
  ).flatMap((lines) => lines.split("\n"));

/** A loop, since the epilogue 64 times over would compile slowly. */
const finish = ({ batch }: Product, lanes: number): string[] => [
  `var sums = array<vec4f, ${COLUMNS}>(${each(COLUMNS, (c) => `sums_${c}`).join(", ")});`,
  "for (var r = 0u; r < times(4u); r++) {",
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
  const rows = 4 * lanes;
  const body = [
    ...workEntry("work"),
    ...tileEntry(product, rows, COLUMNS),
    "// Rows and columns beyond the output repeat the last one, and are not stored.",
    ...each(4, (r) => `let row_${r} = row_of(min(first_row + ${lanes * r}u + subgroup_lane, rows - 1u));`),
    ...each(
      COLUMNS / lanes,
      (g) => `let column_${g} = column_of(min(first_column + ${lanes * g}u + subgroup_lane, columns - 1u));`,
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
