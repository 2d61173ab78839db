/**
 * The skeleton with subgroup matrices: one fused forward kernel, f16 stored, whose two products (queries by keys, weights
 * by values) are done by the device's matrix units with f32 results; mask, online softmax and accumulation are those of
 * the baseline. 128 invocations, 4 to a row, compute a tile of 32 queries by 32 keys; subgroups share the blocks of a
 * product, so that any subgroup size will do. Nothing of it was measured on hardware yet.
 */
import type { SubgroupMatrix } from "../../compiler/plan/manifest.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { indent, inside } from "../common/coordinates.js";
import { emitMatrixTile, emitStage, OWN, SHARE } from "./matrix-body.js";
import { CHUNK, KEYS, MATRIX_WORKGROUP_SIZE, type MatrixMemory, matrixMemory, ROWS } from "./matrix-shape.js";
import { emitNest } from "./nest.js";
import { offset } from "./offset.js";
import { emitMaskFunctions, emitTileEntry, TIMES } from "./parts.js";
import { coordinates, emitBoxStruct, emitLoopFunctions, emitPatternFunctions } from "./spelling.js";
import { narrowed, type Storage } from "./storage.js";

export interface MatrixOptions {
  readonly headDim: number;
  readonly valueDim: number;
  readonly storage: Storage;
  readonly shape: SubgroupMatrix;
}

function emitMemory({ componentType, M, N, K }: SubgroupMatrix, memory: MatrixMemory): string {
  const { queries, keys, weights, products } = memory;
  const arrays = [queries, keys, weights, products].map(
    ({ name, type, length }) => `var<workgroup> ${name}: array<${type}, ${length}>;`,
  );
  return `// LSE of a query that sees nothing, and the logit of a pair that does not attend.
const LOWEST = -3.4028234663852886e38f;

// What the device multiplies at once; a type names its columns before its rows.
alias Left = subgroup_matrix_left<${componentType}, ${K}, ${M}>;
alias Right = subgroup_matrix_right<${componentType}, ${N}, ${K}>;
alias Product = subgroup_matrix_result<f32, ${N}, ${M}>;

// Rows are 16 bytes longer than what they hold, for the banks of memory; the chunk of k serves for v too.
${arrays.join("\n")}
var<workgroup> partial: array<f32, ${MATRIX_WORKGROUP_SIZE}>;
// Where rows start in their operand, in elements; -1 outside it.
var<workgroup> row_of_q: array<i32, ${ROWS}>;
var<workgroup> row_of_k: array<i32, ${KEYS}>;
var<workgroup> row_of_v: array<i32, ${KEYS}>;`;
}

/** One element as the matrices take it; rows outside an operand and elements beyond a dim read as 0. */
const emitElement = (operand: "q" | "k" | "v", { componentType }: SubgroupMatrix) => {
  const dim = operand === "v" ? "u.value_dim" : "u.head_dim";
  return `fn element_of_${operand}(row: u32, d: u32) -> ${componentType} {
  var element = ${componentType}(0.0);
  if (row_of_${operand}[row] >= 0 && d < ${dim}) {
    element = ${componentType}(${operand}[u32(row_of_${operand}[row]) + d * u.${operand}_stride_dim]);
  }
  return element;
}`;
};

/** What is known of a row by the 4 invocations that share it, brought together. */
const emitTogether = (result: string, own: string, join: (a: string, b: string) => string) => `workgroupBarrier();
  partial[lane] = ${own};
  workgroupBarrier();
  var ${result} = 0.0;
  for (var i = 0u; i < times(${SHARE}u); i++) {
    ${result} = ${join(result, "partial[first_of_row + i]")};
  }`;

function emitMain(plan: AttentionPlan, options: MatrixOptions, memory: MatrixMemory): string {
  const { valueDim, storage, shape } = options;
  const { queries, weights, products, holdsQueries } = memory;
  const stage = emitStage("q", queries, queries.columns, "");
  const value = narrowed(storage, "select(0.0, acc[i][j] / row_total, sees_any)");
  return `@compute @workgroup_size(${MATRIX_WORKGROUP_SIZE})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(num_subgroups) subgroups: u32,
) {
${emitTileEntry(plan)}

  if (lane < ${ROWS}u) {
    let index = i32(lane);
${indent(coordinates(plan, "q", "index"), 2)}
    row_of_q[lane] = select(-1, i32(${offset(plan, "q", "q", "u32(at.head)")}), ${inside(plan, "q")});
  }
${holdsQueries ? `  workgroupBarrier();\n${indent(stage.split("\n"), 1)}\n` : ""}
  // The row of this invocation, the ${SHARE} invocations that share it, and the first of its own ${OWN} keys and columns.
  let row = i32(lane / ${SHARE}u);
${indent(coordinates(plan, "q", "row"), 1)}
  let first_of_row = lane / ${SHARE}u * ${SHARE}u;
  let own = lane % ${SHARE}u * ${OWN}u;
  let own_products = u32(row) * ${products.stride}u + own;
  let own_weights = u32(row) * ${weights.stride}u + own;

  // Not 0 once the row has seen one of the invocation's keys; the row's largest logit so far; the sum of those weights.
  var attended = 0u;
  var largest = LOWEST;
  var total = 0.0;
  // Columns own to own + ${OWN - 1} of every chunk of ${CHUNK}.
  var acc = array<vec4f, ${(OWN / 4) * Math.ceil(valueDim / CHUNK)}>();

${emitNest(plan, emitMatrixTile(plan, shape, memory))}

  ${emitTogether("row_total", "total", (a, b) => `${a} + ${b}`)}
  ${emitTogether("sees", "select(0.0, 1.0, attended != 0u)", (a, b) => `max(${a}, ${b})`)}
  if (${inside(plan, "q")}) {
    let sees_any = sees > 0.0;
    if (own == 0u) {
      lse[${offset(plan, "lse", "q", "u32(at.head)")}] = select(LOWEST, largest + log(row_total), sees_any);
    }
    let start = ${offset(plan, "output", "q", "u32(at.head)")};
    for (var i = 0u; i < times(${(OWN / 4) * Math.ceil(valueDim / CHUNK)}u); i++) {
      for (var j = 0u; j < times(4u); j++) {
        let column = i / ${OWN / 4}u * ${CHUNK}u + own + i % ${OWN / 4}u * 4u + j;
        if (column < u.value_dim) {
          output[start + column * u.output_stride_dim] = ${value};
        }
      }
    }
  }
}`;
}

/** Everything below the interface, for a device that multiplies matrices of this shape. */
export function emitMatrices(plan: AttentionPlan, options: MatrixOptions): string {
  const { shape, headDim } = options;
  const memory = matrixMemory(shape, headDim);
  return [
    emitMemory(shape, memory),
    TIMES,
    emitBoxStruct(plan),
    emitLoopFunctions(plan),
    emitPatternFunctions(plan),
    emitMaskFunctions(plan, OWN),
    ...(["q", "k", "v"] as const).map((operand) => emitElement(operand, shape)),
    emitMain(plan, options, memory),
  ]
    .filter((part) => part.length > 0)
    .join("\n\n");
}
