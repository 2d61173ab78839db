/**
 * The rows of a warp between two products: which keys they see, the online softmax, and what they give. Products of tensor
 * cores lie so in registers: lane 4 g + i holds of rows g and g + 8 of its warp's 16 the columns 2 i and 2 i + 1 of every
 * eight, as `[column / 8][2 (row / 8) + column % 2]`.
 */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { inside } from "../common/coordinates.js";
import { runOf } from "../common/mask.js";
import { isScored, pairArguments, rowsOf } from "../common/pattern.js";
import { DEVICE } from "./dialect.js";
import type { Half } from "./instructions.js";
import { position } from "./place.js";
import { coordinates, emitColumns, emitSeen } from "./spelling.js";
import { block, readOnly } from "./text.js";
import { unpackWalk } from "./walk.js";

/** Keys whose bits a lane computes at a time: a word of the mask. */
const WORD = 32;

/** Constants of every kernel, and the helper of masks of up to `keys` keys at a time. */
export function emitConstants(plan: AttentionPlan, keys = WORD): string {
  const run = runOf(plan, keys);
  const helper = `

// Bits first to last of a run of keys.
${DEVICE} u32 bits_between(i32 first, i32 last) {
  const u64 below = (1ull << min(max(first, 0), ${run})) - 1ull;
  return u32(((1ull << min(max(last + 1, 0), ${run})) - 1ull) & ~below);
}`;
  return `// LSE of a query that sees nothing.
constexpr f32 LOWEST = -3.4028234663852886e38f;${rowsOf(plan) ? helper : ""}`;
}

/** The state of the two rows of a thread. */
const STATE = `constexpr f32 LOG2_E = 1.4426950408889634f;

// The logit of a pair that does not attend, minus infinity: exp2 makes 0 of it, whatever the largest logit is.
${DEVICE} f32 nothing() {
  return __int_as_float(i32(0xff800000u));
}

// What a thread knows of its two rows.
struct Rows {
  // Largest logit so far, sum of the weights of this thread's columns, and what the last box multiplied both with.
  f32 largest[2];
  f32 total[2];
  f32 keep[2];
  // Not 0 once the row has seen a key.
  u32 attended[2];
};`;

/** Every lane computes the bits of 32 keys for one row of its warp and passes them to the lanes that hold its columns. */
function emitMask(plan: AttentionPlan): string {
  const body = [
    "const i32 row = first_row + lane % 16;",
    ...coordinates(plan, "q", "row"),
    "const u32 first = u32(64 * half + 32 * (lane / 16));",
    ...emitColumns(plan, "first", WORD),
    emitSeen(plan, "first", WORD),
    `#pragma unroll
for (i32 r = 0; r < 2; r++) {
  seen[r][2 * half] = __shfl_sync(~0u, seen_by_row, lane / 4 + 8 * r);
  seen[r][2 * half + 1] = __shfl_sync(~0u, seen_by_row, lane / 4 + 8 * r + 16);
}`,
  ];
  const loop = `#pragma unroll\nfor (i32 half = 0; half < KEYS / 64; half++) {\n${block(readOnly(body), 1)}\n}`;
  return `// Bit key: a row of this thread sees that key of the box.
${DEVICE} void find_seen(const Uniforms &u, const Walk &walk, i32 first_row, i32 lane, u32 (&seen)[2][KEYS / 32]) {
${block(readOnly([...unpackWalk(plan), loop]), 1)}
}`;
}

function emitScores(plan: AttentionPlan): string {
  if (!isScored(plan)) return "";
  const body = [
    "const i32 row = first_row + lane / 4 + 8 * (e / 2);",
    ...coordinates(plan, "q", "row"),
    "const i32 element = 8 * j + 2 * (lane % 4) + e % 2;",
    ...coordinates(plan, "k", "element"),
    `logits[j][e] = score(u, u.scale * logits[j][e], ${pairArguments(plan)});`,
  ];
  const loops = `#pragma unroll
for (i32 j = 0; j < KEYS / 8; j++) {
#pragma unroll
  for (i32 e = 0; e < 4; e++) {
${block(readOnly(body), 2)}
  }
}`;
  return `// The changed logits of all pairs; the mask drops those that do not attend.
${DEVICE} void change_logits(const Uniforms &u, const Walk &walk, i32 first_row, i32 lane, f32 (&logits)[KEYS / 8][4]) {
${block(readOnly([...unpackWalk(plan), loops]), 1)}
}

`;
}

const FACTOR = `// Logits times this are exponents of 2; the sign of the scale goes to the logits. Not 0: what is infinite stays so.
${DEVICE} f32 factor_of(const Uniforms &u) {
  return fmaxf(fabsf(u.scale) * LOG2_E, 1e-37f);
}`;

/** Logits -> weights, in place. */
function emitSoftmax(plan: AttentionPlan): string {
  const scored = isScored(plan);
  const prepare = scored
    ? "change_logits(u, walk, first_row, lane, logits);\n  const f32 factor = LOG2_E;"
    : `const f32 factor = factor_of(u);
  if (u.scale < 0.0f) {
#pragma unroll
    for (i32 i = 0; i < KEYS / 2; i++) {
      logits[i / 4][i % 4] = -logits[i / 4][i % 4];
    }
  }`;
  return `// Logits of a box to weights: mask, online softmax. What came before is to be multiplied with \`keep\`.
${DEVICE} void weigh(const Uniforms &u, const Walk &walk, bool is_full, i32 first_row, i32 lane, f32 (&logits)[KEYS / 8][4], Rows &rows) {
  ${prepare}
  if (!is_full) {
    u32 seen[2][KEYS / 32];
    find_seen(u, walk, first_row, lane, seen);
#pragma unroll
    for (i32 r = 0; r < 2; r++) {
#pragma unroll
      for (i32 word = 0; word < KEYS / 32; word++) {
        rows.attended[r] |= seen[r][word];
        // Bits 0 and 1 of every byte are the columns of this thread.
        seen[r][word] >>= 2 * (lane % 4);
      }
    }
#pragma unroll
    for (i32 i = 0; i < KEYS / 2; i++) {
      const i32 j = i / 4;
      const i32 e = i % 4;
      logits[j][e] = (seen[e / 2][j / 4] >> (8 * (j % 4) + e % 2)) & 1u ? logits[j][e] : nothing();
    }
  } else {
    rows.attended[0] = 1u;
    rows.attended[1] = 1u;
  }
  f32 base[2];
#pragma unroll
  for (i32 r = 0; r < 2; r++) {
    f32 highest = rows.largest[r];
#pragma unroll
    for (i32 j = 0; j < KEYS / 8; j++) {
      highest = fmaxf(highest, fmaxf(logits[j][2 * r], logits[j][2 * r + 1]));
    }
    // Four lanes share a row.
    highest = fmaxf(highest, __shfl_xor_sync(~0u, highest, 1));
    highest = fmaxf(highest, __shfl_xor_sync(~0u, highest, 2));
    // Any number will do for a row that has seen nothing so far.
    base[r] = highest == nothing() ? 0.0f : highest;
    rows.keep[r] = fast_exp2((rows.largest[r] - base[r]) * factor);
    rows.largest[r] = highest;
    rows.total[r] *= rows.keep[r];
  }
#pragma unroll
  for (i32 i = 0; i < KEYS / 2; i++) {
    const i32 j = i / 4;
    const i32 e = i % 4;
    // The difference first: products of huge logits would be rounded apart, or leave f32.
    logits[j][e] = fast_exp2((logits[j][e] - base[e / 2]) * factor);
    rows.total[e / 2] += logits[j][e];
  }
}`;
}

/** Accumulators -> output and LSE. */
function emitFinish(plan: AttentionPlan, half: Half): string {
  const body = [
    "const i32 row = first_row + lane / 4 + 8 * r;",
    ...coordinates(plan, "q", "row"),
    `if (!(${inside(plan, "q")})) {\n  continue;\n}`,
    "const bool sees_any = rows.attended[r] != 0u;",
    `if (lane % 4 == 0 && u.lse) {\n  u.lse[place_of_lse(u, at, ${position(plan, "q")})] = sees_any ? rows.largest[r] * ${isScored(plan) ? "1.0f" : "fabsf(u.scale)"} + logf(rows.total[r]) : LOWEST;\n}`,
    "const f32 part = sees_any ? 1.0f / rows.total[r] : 0.0f;",
    `Element *const output = u.output + place_of_output(u, at, ${position(plan, "q")});`,
    `#pragma unroll
for (i32 j = 0; j < VALUE_HELD / 8; j++) {
  const i32 column = 8 * j + 2 * (lane % 4);
  const f32 low = sees_any ? acc[j][2 * r] * part : 0.0f;
  const f32 high = sees_any ? acc[j][2 * r + 1] * part : 0.0f;
  if (u.output_rows && VALUE_DIM % 2 == 0) {
    if (column < VALUE_DIM) {
      *reinterpret_cast<u32 *>(output + column) = pack_${half}(low, high);
    }
  } else {
    if (column < VALUE_DIM) {
      output[i64(column) * u.output_stride_dim] = narrow_${half}(low);
    }
    if (column + 1 < VALUE_DIM) {
      output[i64(column + 1) * u.output_stride_dim] = narrow_${half}(high);
    }
  }
}`,
  ];
  return `// Writes the output and the LSE of this thread's rows.
${DEVICE} void finish(const Uniforms &u, const Box &at, i32 first_row, i32 lane, Rows &rows, const f32 (&acc)[VALUE_HELD / 8][4]) {
#pragma unroll
  for (i32 r = 0; r < 2; r++) {
    rows.total[r] += __shfl_xor_sync(~0u, rows.total[r], 1);
    rows.total[r] += __shfl_xor_sync(~0u, rows.total[r], 2);
  }
#pragma unroll
  for (i32 r = 0; r < 2; r++) {
${block(body, 2)}
  }
}`;
}

const MULTIPLY_KEPT = `// What came before counts less by \`keep\`.
${DEVICE} void keep_part(const Rows &rows, f32 (&acc)[VALUE_HELD / 8][4]) {
#pragma unroll
  for (i32 i = 0; i < VALUE_HELD / 2; i++) {
    acc[i / 4][i % 4] *= rows.keep[(i % 4) / 2];
  }
}`;

/** Weights of 16 keys as the left factor of the second product. */
const emitPacking = (half: Half): string => `// Weights of keys 16 i to 16 i + 15 as the left factor of a product.
${DEVICE} void pack_weights(const f32 (&weights)[KEYS / 8][4], i32 i, u32 (&a)[4]) {
  a[0] = pack_${half}(weights[2 * i][0], weights[2 * i][1]);
  a[1] = pack_${half}(weights[2 * i][2], weights[2 * i][3]);
  a[2] = pack_${half}(weights[2 * i + 1][0], weights[2 * i + 1][1]);
  a[3] = pack_${half}(weights[2 * i + 1][2], weights[2 * i + 1][3]);
}`;

/** Every function of the rows; they read KEYS, VALUE_DIM and VALUE_HELD. */
export const emitRows = (plan: AttentionPlan, half: Half): string =>
  [
    STATE,
    emitMask(plan),
    `${emitScores(plan)}${isScored(plan) ? "" : FACTOR}`,
    emitSoftmax(plan),
    MULTIPLY_KEPT,
    emitPacking(half),
    emitFinish(plan, half),
  ]
    .filter((text) => text.length > 0)
    .join("\n\n");
