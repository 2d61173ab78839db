/**
 * The subgroup skeleton: one fused forward kernel without workgroup memory or barriers. Each of 8 invocations holds 4
 * query rows of a tile of 32; keys go in groups whose elements the invocations load together and pass on by shuffles,
 * so that every loaded key serves 32 rows.
 */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { coordinates, indent, inside, offset } from "./coordinates.js";
import { identifier } from "./interface.js";
import { emitBoxStruct, emitLoopFunctions, emitNest } from "./loops.js";
import { emitPairFunctions, emitTileEntry, isMasked, isScored, TIMES } from "./parts.js";

const ROWS = 32;
const KEYS = 32;
export const LANES = 8;
const ROWS_PER_LANE = ROWS / LANES;

const each = (n: number, text: (i: number) => string): string[] => Array.from({ length: n }, (_, i) => text(i));
const rows = (text: (r: number) => string) => each(ROWS_PER_LANE, text);

/** Names of the elements of a box along all axes, `q_t`, ..., with a suffix. */
const positions = (plan: AttentionPlan, side: "q" | "k", suffix = ""): string[] =>
  plan.pattern.axes[side === "q" ? "query" : "key"].map((axis) => `${side}_${identifier(axis)}${suffix}`);

/** Four elements of a row from `d` on, those beyond the dim as 0. */
function emitLoad(operand: "q" | "k" | "v", dim: number): string {
  const head = `fn load_${operand}(row: u32, d: u32) -> vec4f {\n  let step = u.${operand}_stride_dim;\n  let at = row + d * step;`;
  const element = (c: number) => `${operand}[at${["", " + step", " + 2u * step", " + 3u * step"][c]}]`;
  if (dim % 4 === 0) return `${head}\n  return vec4f(${each(4, element).join(", ")});\n}`;
  const lines = each(4, (c) => `  if (d + ${c}u < ${dim}u) {\n    four[${c}] = ${element(c)};\n  }`);
  return `${head}\n  var four = vec4f(0.0);\n${lines.join("\n")}\n  return four;\n}`;
}

/** Coordinates of an element under names with a suffix. */
function suffixed(plan: AttentionPlan, side: "q" | "k", index: string, suffix: string): string[] {
  return coordinates(plan, side, index).map((line) =>
    line.replace(new RegExp(`let (${side}_\\w+) =`), `let $1${suffix} =`),
  );
}

/** Bits of the pairs of a group that attend: bit 4 key + row; the logits of the others become the lowest. */
function emitMask(plan: AttentionPlan, group: number): string {
  const key = positions(plan, "k");
  const tests = rows((r) => {
    const pair = [...positions(plan, "q", `_${r}`), ...key, "at.head", "at.batch"].join(", ");
    const attends = isMasked(plan) ? ` && (is_full || attends(region, ${pair}))` : "";
    const logit = `logits[key][${r}] * u.scale`;
    return [
      `if (holds_${r}${attends}) {`,
      `  logits[key][${r}] = ${isScored(plan) ? `score(${logit}, ${pair})` : logit};`,
      `  seen |= ${1 << r}u << (4u * key);`,
      "} else {",
      `  logits[key][${r}] = LOWEST;`,
      "}",
    ].join("\n");
  });
  return `var seen = 0u;
for (var key = 0u; key < times(${group}u); key++) {
  let element = i32(first + key);
${indent(coordinates(plan, "k", "element"), 1)}
  if (${inside(plan, "k")}) {
${indent(
  tests.flatMap((test) => test.split("\n")),
  2,
)}
  } else {
    logits[key] = vec4f(LOWEST);
  }
}`;
}

/** One group of keys: logits, mask, online softmax, weighted values. */
function emitGroups(plan: AttentionPlan, group: number): string {
  const shuffle = (value: string, key: number) => `subgroupShuffle(${value}, ${key}u)`;
  return `
for (var first = 0u; first < times(${KEYS}u); first += ${group}u) {
  // The key whose elements this invocation loads for all of them.
  let mine = i32(first + subgroup_lane % ${group}u);
${indent(coordinates(plan, "k", "mine"), 1)}
  let visible = ${inside(plan, "k")};
  let row_of_k = select(0u, ${offset(plan, "k", "k", "key_head")}, visible);
  let row_of_v = select(0u, ${offset(plan, "v", "k", "key_head")}, visible);
  if (!subgroupAny(visible)) {
    continue;
  }
  // Logits of 4 rows per key.
  var logits: array<vec4f, ${group}>;
  ${each(group, (key) => `var sum_${key} = vec4f(0.0);`).join("\n  ")}
  for (var i = 0u; i < times(HEAD_VECTORS); i++) {
    let loaded = load_k(row_of_k, 4u * i);
    ${rows((r) => `let q_${r} = rows_of_q_${r}[i];`).join("\n    ")}
    ${each(group, (key) => `{\n      let shared_k = ${shuffle("loaded", key)};\n      sum_${key} += vec4f(${rows((r) => `dot(q_${r}, shared_k)`).join(", ")});\n    }`).join("\n    ")}
  }
  ${each(group, (key) => `logits[${key}] = sum_${key};`).join("\n  ")}
${indent(emitMask(plan, group).split("\n"), 1)}
  attended |= ${each(group / 4, (i) => `(seen >> ${16 * i}u)`).join(" | ")};

  // Online softmax: the largest logit of each row so far.
  var next = largest;
  for (var key = 0u; key < times(${group}u); key++) {
    next = max(next, logits[key]);
  }
  let keep = exp(largest - next);
  largest = next;
  total *= keep;
  for (var key = 0u; key < times(${group}u); key++) {
    // A pair that does not attend weighs 0, whatever exp gives.
    let attending = (vec4u(seen >> (4u * key)) & vec4u(1u, 2u, 4u, 8u)) != vec4u(0u);
    logits[key] = select(vec4f(0.0), exp(logits[key] - largest), attending);
    total += logits[key];
  }

  // Weighted values.
  ${each(group, (key) => `let weight_${key} = logits[${key}];`).join("\n  ")}
  for (var i = 0u; i < times(VALUE_VECTORS); i++) {
    // A weight of 0 does not undo a NaN.
    let loaded = select(vec4f(0.0), load_v(row_of_v, 4u * i), visible);
    ${rows((r) => `var sum_of_${r} = keep[${r}] * acc_${r}[i];`).join("\n    ")}
    ${each(group, (key) => `{\n      let shared_v = ${shuffle("loaded", key)};\n      ${rows((r) => `sum_of_${r} += weight_${key}[${r}] * shared_v;`).join("\n      ")}\n    }`).join("\n    ")}
    ${rows((r) => `acc_${r}[i] = sum_of_${r};`).join("\n    ")}
  }
}`;
}

function emitMain(plan: AttentionPlan, valueDim: number, group: number): string {
  const row = (r: number) => [
    `let row_${r} = i32(${ROWS_PER_LANE}u * lane + ${r}u);`,
    ...suffixed(plan, "q", `row_${r}`, `_${r}`),
    `let holds_${r} = ${inside(plan, "q").replace(/\bq_\w+/g, `$&_${r}`)};`,
    `var rows_of_q_${r}: array<vec4f, HEAD_VECTORS>;`,
    `var acc_${r}: array<vec4f, VALUE_VECTORS>;`,
    `let start_of_${r} = select(0u, ${renamed(offset(plan, "q", "q", "u32(at.head)"), r)}, holds_${r});`,
  ];
  const write = (r: number) => `if (holds_${r}) {
    let sees_any = (attended & ${0x1111 << r}u) != 0u;
    lse[${renamed(offset(plan, "lse", "q", "u32(at.head)"), r)}] = select(LOWEST, largest[${r}] + log(total[${r}]), sees_any);
    let start = ${renamed(offset(plan, "output", "q", "u32(at.head)"), r)};
    for (var d = 0u; d < times(${valueDim}u); d++) {
      output[start + d * u.output_stride_dim] = select(0.0, acc_${r}[d / 4u][d % 4u] / total[${r}], sees_any);
    }
  }`;
  return `@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) subgroup_lane: u32,
) {
${emitTileEntry(plan)}

${indent(
  rows((r) => row(r).join("\n")).flatMap((text) => text.split("\n")),
  1,
)}
  for (var i = 0u; i < times(HEAD_VECTORS); i++) {
${indent(
  rows((r) => `rows_of_q_${r}[i] = load_q(start_of_${r}, 4u * i);`),
  2,
)}
  }

  // Bit 4 key + row, over groups: whether a row sees any key.
  var attended = 0u;
  var largest = vec4f(LOWEST);
  var total = vec4f(0.0);

${emitNest(plan, emitGroups(plan, group))}

  ${rows(write).join("\n  ")}
}`;
}

/** Query positions of one of an invocation's rows in a term that names them plainly. */
const renamed = (text: string, r: number): string => text.replace(/\((q_\w+) - u\./g, `($1_${r} - u.`);

/** Everything below the interface. */
export function emitSubgroups(plan: AttentionPlan, headDim: number, valueDim: number): string {
  const vectors = (dim: number) => `${Math.ceil(dim / 4)}u`;
  return [
    `// LSE of a query that sees nothing, and the logit of a pair that does not attend.
const LOWEST = -3.4028234663852886e38f;
// Groups of four elements.
const HEAD_VECTORS = ${vectors(headDim)};
const VALUE_VECTORS = ${vectors(valueDim)};`,
    TIMES,
    emitBoxStruct(plan),
    emitLoopFunctions(plan),
    emitPairFunctions(plan),
    emitLoad("q", headDim),
    emitLoad("k", headDim),
    emitLoad("v", valueDim),
    emitMain(plan, valueDim, LANES),
  ]
    .filter((part) => part.length > 0)
    .join("\n\n");
}
