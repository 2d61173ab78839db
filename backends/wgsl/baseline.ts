/**
 * The baseline skeleton: one fused forward kernel with online softmax that runs on every WebGPU implementation.
 * 64 invocations, 8 by 8, hold a 4 by 4 block of logits each for a tile of 32 queries by 32 keys; head and value dims
 * pass through workgroup memory in chunks, so that any dim up to 256 fits and the code stays small.
 */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { Target } from "../../compiler/target.js";
import { indent, inside } from "../common/coordinates.js";
import { isScored, pairArguments } from "../common/pattern.js";
import { emitNest } from "./nest.js";
import { offset } from "./offset.js";
import { emitMaskFunctions, emitTileEntry, TIMES } from "./parts.js";
import {
  coordinates,
  emitBoxStruct,
  emitColumns,
  emitLoopFunctions,
  emitPatternFunctions,
  emitSeen,
} from "./spelling.js";
import { narrowed, type Storage, widened } from "./storage.js";

const ROWS = 32;
const KEYS = 32;
/** Elements of the head dim that are staged at a time, and columns of the values. */
const HEAD_CHUNK = 16;
const VALUE_CHUNK = 32;

export const WORKGROUP_SIZE = 64;
export const wgslTarget: Target = { name: "wgsl", queriesPerTile: ROWS, keysPerTile: KEYS };

/** Bytes of workgroup memory: chunks of q and k, weights, values, partial rows, three lists of 32 offsets. */
export const WORKGROUP_MEMORY = 4 * (HEAD_CHUNK * (ROWS + KEYS) + KEYS * ROWS + KEYS * VALUE_CHUNK + 8 * ROWS + 3 * 32);

/** Which of 4 rows by 4 keys attend, and the logits of those that do; in a full box all do. */
function emitMask(plan: AttentionPlan): string {
  const seen = emitSeen(plan, "4u * key_group", 4);
  const columns = emitColumns(plan, "4u * key_group", 4).flatMap((text) => text.split("\n"));
  const score = `for (var i = 0u; i < times(4u); i++) {
  let row = i32(4u * row_group + i);
${indent(coordinates(plan, "q", "row"), 1)}
  for (var j = 0u; j < times(4u); j++) {
    let element = i32(4u * key_group + j);
${indent(coordinates(plan, "k", "element"), 2)}
    logits[i][j] = score(logits[i][j], ${pairArguments(plan)});
  }
}
`;
  return `// Bit 4 i + j: row i and key j of this invocation attend. A pair that does not keeps the lowest logit.
var seen = 65535u;
logits = array<vec4f, 4>(u.scale * logits[0], u.scale * logits[1], u.scale * logits[2], u.scale * logits[3]);
${isScored(plan) ? score : ""}if (!is_full) {
  seen = 0u;
${columns.map((line) => `  ${line}\n`).join("")}  for (var i = 0u; i < times(4u); i++) {
    let row = i32(4u * row_group + i);
${indent(coordinates(plan, "q", "row"), 2)}
${indent(seen.split("\n"), 2)}
    seen |= seen_by_row << (4u * i);
    logits[i] = select(vec4f(LOWEST), logits[i], (vec4u(seen_by_row) & vec4u(1u, 2u, 4u, 8u)) != vec4u(0u));
  }
}
attended |= seen;
let highest = vec4f(highest_of(logits[0]), highest_of(logits[1]), highest_of(logits[2]), highest_of(logits[3]));`;
}

/** The tile body: logits, mask, online softmax, weighted values. */
function emitTileBody(plan: AttentionPlan): string {
  return `
workgroupBarrier();
if (lane < ${KEYS}u) {
  let index = i32(lane);
${indent(coordinates(plan, "k", "index"), 1)}
  let visible = ${inside(plan, "k")};
  row_of_k[lane] = select(-1, i32(${offset(plan, "k", "k", "key_head")}), visible);
  row_of_v[lane] = select(-1, i32(${offset(plan, "v", "k", "key_head")}), visible);
}

// Logits: 4 queries by 4 keys per invocation, a chunk of the head dim at a time.
var logits = array<vec4f, 4>();
for (var d = 0u; d < u.head_dim; d += ${HEAD_CHUNK}u) {
  workgroupBarrier();
  for (var i = lane; i < times(${(HEAD_CHUNK * ROWS) / 4}u); i += ${WORKGROUP_SIZE}u) {
    let column = i % ${HEAD_CHUNK}u;
    let group = i / ${HEAD_CHUNK}u;
    chunk_of_q[column * 8u + group] = load_q(4u * group, d + column);
    chunk_of_k[column * 8u + group] = load_k(4u * group, d + column);
  }
  workgroupBarrier();
  for (var column = 0u; column < times(${HEAD_CHUNK}u); column++) {
    let a = chunk_of_q[column * 8u + row_group];
    let b = chunk_of_k[column * 8u + key_group];
    logits[0] += a.x * b;
    logits[1] += a.y * b;
    logits[2] += a.z * b;
    logits[3] += a.w * b;
  }
}

${emitMask(plan)}

// Online softmax: the largest logit of each row so far, over the 8 invocations that share it.
partial[key_group * 8u + row_group] = highest;
workgroupBarrier();
var next = largest;
for (var i = 0u; i < times(8u); i++) {
  next = max(next, partial[i * 8u + row_group]);
}
let keep = exp(largest - next);
largest = next;
total *= keep;
for (var j = 0u; j < times(4u); j++) {
  let column = vec4f(logits[0][j], logits[1][j], logits[2][j], logits[3][j]);
  let attending = (vec4u(seen >> j) & vec4u(1u, 16u, 256u, 4096u)) != vec4u(0u);
  let weight = select(vec4f(0.0), exp(column - largest), attending);
  weights[(4u * key_group + j) * 8u + row_group] = weight;
  total += weight;
}

// Weighted values, a chunk of columns at a time.
for (var chunk = 0u; chunk * ${VALUE_CHUNK}u < u.value_dim; chunk++) {
  workgroupBarrier();
  for (var i = lane; i < times(${(KEYS * VALUE_CHUNK) / 4}u); i += ${WORKGROUP_SIZE}u) {
    chunk_of_v[i] = load_v(i / 8u, chunk * ${VALUE_CHUNK}u + 4u * (i % 8u));
  }
  workgroupBarrier();
  var sum = array<vec4f, 4>(
    keep.x * acc[chunk * 4u], keep.y * acc[chunk * 4u + 1u], keep.z * acc[chunk * 4u + 2u], keep.w * acc[chunk * 4u + 3u]);
  for (var key = 0u; key < times(${KEYS}u); key++) {
    let weight = weights[key * 8u + row_group];
    let value = chunk_of_v[key * 8u + key_group];
    sum[0] += weight.x * value;
    sum[1] += weight.y * value;
    sum[2] += weight.z * value;
    sum[3] += weight.w * value;
  }
  for (var i = 0u; i < times(4u); i++) {
    acc[chunk * 4u + i] = sum[i];
  }
}`.replace(/\n\n(?= {2}for| {4}if)/g, "\n");
}

const HIGHEST = `fn highest_of(four: vec4f) -> f32 {
  return max(max(four.x, four.y), max(four.z, four.w));
}`;

/** Loads of four elements; rows outside an operand and elements beyond a dim read as 0. */
const emitLoads = (storage: Storage) => `fn load_q(row: u32, d: u32) -> vec4f {
  var four = vec4f(0.0);
  for (var i = 0u; i < times(4u); i++) {
    if (row_of_q[row + i] >= 0 && d < u.head_dim) {
      four[i] = ${widened(storage, `q[u32(row_of_q[row + i]) + d * u.q_stride_dim]`)};
    }
  }
  return four;
}

fn load_k(key: u32, d: u32) -> vec4f {
  var four = vec4f(0.0);
  for (var i = 0u; i < times(4u); i++) {
    if (row_of_k[key + i] >= 0 && d < u.head_dim) {
      four[i] = ${widened(storage, `k[u32(row_of_k[key + i]) + d * u.k_stride_dim]`)};
    }
  }
  return four;
}

fn load_v(key: u32, d: u32) -> vec4f {
  var four = vec4f(0.0);
  for (var i = 0u; i < times(4u); i++) {
    if (row_of_v[key] >= 0 && d + i < u.value_dim) {
      four[i] = ${widened(storage, `v[u32(row_of_v[key]) + (d + i) * u.v_stride_dim]`)};
    }
  }
  return four;
}`;

const MEMORY = `// LSE of a query that sees nothing, and the logit of a pair that does not attend.
const LOWEST = -3.4028234663852886e38f;

var<workgroup> chunk_of_q: array<vec4f, ${(HEAD_CHUNK * ROWS) / 4}>;
var<workgroup> chunk_of_k: array<vec4f, ${(HEAD_CHUNK * KEYS) / 4}>;
var<workgroup> weights: array<vec4f, ${(KEYS * ROWS) / 4}>;
var<workgroup> chunk_of_v: array<vec4f, ${(KEYS * VALUE_CHUNK) / 4}>;
var<workgroup> partial: array<vec4f, ${(8 * ROWS) / 4}>;
// Where rows start in their operand, in elements; -1 outside it.
var<workgroup> row_of_q: array<i32, ${ROWS}>;
var<workgroup> row_of_k: array<i32, ${KEYS}>;
var<workgroup> row_of_v: array<i32, ${KEYS}>;`;

function emitMain(plan: AttentionPlan, valueDim: number, storage: Storage): string {
  return `@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
${emitTileEntry(plan)}
  let row_group = lane / 8u;
  let key_group = lane % 8u;

  if (lane < ${ROWS}u) {
    let index = i32(lane);
${indent(coordinates(plan, "q", "index"), 2)}
    row_of_q[lane] = select(-1, i32(${offset(plan, "q", "q", "u32(at.head)")}), ${inside(plan, "q")});
  }

  // Bit 4 i + j: row i has seen key j of some box.
  var attended = 0u;
  var largest = vec4f(LOWEST);
  var total = vec4f(0.0);
  var acc = array<vec4f, ${4 * Math.ceil(valueDim / VALUE_CHUNK)}>();

${emitNest(plan, emitTileBody(plan))}

  workgroupBarrier();
  partial[key_group * 8u + row_group] = total;
  workgroupBarrier();
  total = vec4f(0.0);
  for (var i = 0u; i < times(8u); i++) {
    total += partial[i * 8u + row_group];
  }
  workgroupBarrier();
  partial[key_group * 8u + row_group] = select(vec4f(0.0), vec4f(1.0), (vec4u(attended) & vec4u(15u, 240u, 3840u, 61440u)) != vec4u(0u));
  workgroupBarrier();
  var sees = vec4f(0.0);
  for (var i = 0u; i < times(8u); i++) {
    sees = max(sees, partial[i * 8u + row_group]);
  }
  for (var i = 0u; i < times(4u); i++) {
    let row = i32(4u * row_group + i);
${indent(coordinates(plan, "q", "row"), 2)}
    if (!(${inside(plan, "q")})) {
      continue;
    }
    let sees_any = sees[i] > 0.0;
    if (key_group == 0u) {
      lse[${offset(plan, "lse", "q", "u32(at.head)")}] = select(LOWEST, largest[i] + log(total[i]), sees_any);
    }
    let start = ${offset(plan, "output", "q", "u32(at.head)")};
    for (var chunk = 0u; chunk * ${VALUE_CHUNK}u < u.value_dim; chunk++) {
      for (var j = 0u; j < times(4u); j++) {
        let column = chunk * ${VALUE_CHUNK}u + 4u * key_group + j;
        if (column < u.value_dim) {
          output[start + column * u.output_stride_dim] = ${narrowed(storage, "select(0.0, acc[chunk * 4u + i][j] / total[i], sees_any)")};
        }
      }
    }
  }
}`;
}

/** Everything below the interface: memory, functions and the entry point. */
export function emitBaseline(plan: AttentionPlan, valueDim: number, storage: Storage): string {
  return [
    MEMORY,
    TIMES,
    emitBoxStruct(plan),
    emitLoopFunctions(plan),
    emitPatternFunctions(plan),
    emitMaskFunctions(plan, 4),
    HIGHEST,
    emitLoads(storage),
    emitMain(plan, valueDim, storage),
  ]
    .filter((part) => part.length > 0)
    .join("\n\n");
}
