/** The tile body of the skeleton with subgroup matrices: products by subgroups, all else by invocations. */
import type { SubgroupMatrix } from "../../compiler/plan/manifest.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { indent, inside } from "../common/coordinates.js";
import { isScored, pairArguments } from "../common/pattern.js";
import { CHUNK, KEYS, MATRIX_WORKGROUP_SIZE, type MatrixMemory, ROWS, type Rows } from "./matrix-shape.js";
import { offset } from "./offset.js";
import { coordinates, emitColumns, emitSeen } from "./spelling.js";

/** Invocations that share a row, and the keys or columns that each of them has of it. */
export const SHARE = MATRIX_WORKGROUP_SIZE / ROWS;
export const OWN = KEYS / SHARE;

/** Copies `columns` elements of each of 32 rows into workgroup memory. */
export function emitStage(operand: "q" | "k" | "v", into: Rows, columns: number, first: string): string {
  const column = `i % ${columns}u`;
  return `for (var i = lane; i < times(${ROWS * columns}u); i += ${MATRIX_WORKGROUP_SIZE}u) {
  ${into.name}[i / ${columns}u * ${into.stride}u + ${column}] = element_of_${operand}(i / ${columns}u, ${first}${column});
}`;
}

interface Factors {
  readonly left: Rows;
  readonly leftColumn: string;
  /** Offset in the right rows of a block of the result, and of a step along the sum. */
  readonly right: string;
  readonly rightLayout: "row_major" | "col_major";
  readonly more?: string;
  readonly first: string;
}

/** 32 rows by 32 columns of a product, block by block, shared out among the subgroups, however many there are. */
function emitProduct({ M, N, K }: SubgroupMatrix, memory: MatrixMemory, factors: Factors): string {
  const { keys, products } = memory;
  const { left, leftColumn, right, rightLayout, more = "", first } = factors;
  const across = CHUNK / N;
  return `for (var block = subgroup; block < times(${(ROWS / M) * across}u); block += subgroups) {
  let row = block / ${across}u * ${M}u;
  let column = block % ${across}u * ${N}u;
  ${first}
  for (var i = 0u; i < times(${CHUNK}u)${more}; i += ${K}u) {
    let left = subgroupMatrixLoad<Left, row_major>(&${left.name}, row * ${left.stride}u + ${leftColumn}i, ${left.stride}u);
    let right = subgroupMatrixLoad<Right, ${rightLayout}>(&${keys.name}, ${right}, ${keys.stride}u);
    sum = subgroupMatrixMultiplyAccumulate(left, right, sum);
  }
  subgroupMatrixStore<row_major>(&${products.name}, row * ${products.stride}u + column, sum, ${products.stride}u);
}`;
}

function emitLogits(shape: SubgroupMatrix, memory: MatrixMemory): string {
  const { queries, keys, products, holdsQueries } = memory;
  const stages = [
    ...(holdsQueries ? [] : [emitStage("q", queries, CHUNK, "d + ")]),
    emitStage("k", keys, CHUNK, "d + "),
  ];
  const product = emitProduct(shape, memory, {
    left: queries,
    leftColumn: holdsQueries ? "d + " : "",
    right: `column * ${keys.stride}u + i`,
    rightLayout: "col_major",
    more: " && d + i < u.head_dim",
    first: `var sum = Product();
  if (d > 0u) {
    sum = subgroupMatrixLoad<Product, row_major>(&${products.name}, row * ${products.stride}u + column, ${products.stride}u);
  }`,
  });
  return `// Logits: queries by keys, a chunk of the head dim at a time.
for (var d = 0u; d < u.head_dim; d += ${CHUNK}u) {
  workgroupBarrier();
${indent(stages.join("\n").split("\n"), 1)}
  workgroupBarrier();
${indent(product.split("\n"), 1)}
}
workgroupBarrier();`;
}

/** Which of its 8 keys the row of an invocation sees, and the logits of those; the online softmax over all 4 that share the row. */
function emitSoftmax(plan: AttentionPlan, { weights, products }: MatrixMemory): string {
  const logit = `${products.name}[own_products + j]`;
  const scored = `let element = i32(own + j);
${coordinates(plan, "k", "element").join("\n")}
let logit = score(u.scale * ${logit}, ${pairArguments(plan)});`;
  const isSeen = "((seen >> j) & 1u) != 0u";
  return `// Bit j: key j of this invocation's own attends. A pair that does not gets the lowest logit.
var seen = ${2 ** OWN - 1}u;
if (!is_full) {
${indent(
  [...emitColumns(plan, "own", OWN), emitSeen(plan, "own", OWN)].flatMap((text) => text.split("\n")),
  1,
)}
  seen = seen_by_row;
}
attended |= seen;
var highest = LOWEST;
for (var j = 0u; j < times(${OWN}u); j++) {
${indent((isScored(plan) ? scored : `let logit = u.scale * ${logit};`).split("\n"), 1)}
  ${logit} = select(LOWEST, logit, ${isSeen});
  highest = max(highest, ${logit});
}

// Online softmax: the largest logit of the row so far, over the ${SHARE} invocations that share it.
partial[lane] = highest;
workgroupBarrier();
var next = largest;
for (var i = 0u; i < times(${SHARE}u); i++) {
  next = max(next, partial[first_of_row + i]);
}
let keep = exp(largest - next);
largest = next;
total *= keep;
for (var j = 0u; j < times(${OWN}u); j++) {
  let weight = select(0.0, exp(${logit} - largest), ${isSeen});
  ${weights.name}[own_weights + j] = ${weights.type}(weight);
  total += weight;
}`;
}

function emitValues(shape: SubgroupMatrix, memory: MatrixMemory): string {
  const { keys, weights, products } = memory;
  const product = emitProduct(shape, memory, {
    left: weights,
    leftColumn: "",
    right: `i * ${keys.stride}u + column`,
    rightLayout: "row_major",
    first: "var sum = Product();",
  });
  const four = [0, 1, 2, 3].map((c) => `${products.name}[own_products + 4u * j + ${c}u]`).join(", ");
  return `// Weighted values, a chunk of columns at a time.
for (var chunk = 0u; chunk * ${CHUNK}u < u.value_dim; chunk++) {
  workgroupBarrier();
${indent(emitStage("v", keys, CHUNK, `chunk * ${CHUNK}u + `).split("\n"), 1)}
  workgroupBarrier();
${indent(product.split("\n"), 1)}
  workgroupBarrier();
  for (var j = 0u; j < times(${OWN / 4}u); j++) {
    let sum = vec4f(${four});
    acc[chunk * ${OWN / 4}u + j] = keep * acc[chunk * ${OWN / 4}u + j] + sum;
  }
}`;
}

/** What is done with one box of keys. */
export function emitMatrixTile(plan: AttentionPlan, shape: SubgroupMatrix, memory: MatrixMemory): string {
  return `
// Barriers since have parted this from where the offsets were last read.
if (lane < ${KEYS}u) {
  let index = i32(lane);
${indent(coordinates(plan, "k", "index"), 1)}
  let visible = ${inside(plan, "k")};
  row_of_k[lane] = select(-1, i32(${offset(plan, "k", "k", "key_head")}), visible);
  row_of_v[lane] = select(-1, i32(${offset(plan, "v", "k", "key_head")}), visible);
}

${emitLogits(shape, memory)}

${emitSoftmax(plan, memory)}

${emitValues(shape, memory)}`;
}
