/**
 * The skeleton without tensor cores, for float32: 256 threads, 16 by 16, hold a 4 by 4 block of logits each for a tile of 64
 * queries by 64 keys; head and value dims pass through shared memory in chunks.
 */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { Target } from "../../compiler/target.js";
import { inside } from "../common/coordinates.js";
import { isScored, pairArguments } from "../common/pattern.js";
import { DEVICE } from "./dialect.js";
import { emitPlaces, position } from "./place.js";
import { emitConstants } from "./rows.js";
import { coordinates, emitColumns, emitSeen } from "./spelling.js";
import { block, readOnly } from "./text.js";
import { emitNest, unpackWalk } from "./walk.js";

const ROWS = 64;
const KEYS = 64;
export const THREADS = 256;

export const plainTarget: Target = { name: "cuda", queriesPerTile: ROWS, keysPerTile: KEYS };

/** Elements of the head dim that are staged at a time, and columns of the values. */
const HEAD_CHUNK = 16;
const VALUE_CHUNK = 64;
/** Floats from one column of a chunk to the next, so that threads write to different banks. */
const PITCH = ROWS + 4;

/** Chunks of q and k, weights, a chunk of v, three lists of places; bytes. */
export const SHARED_MEMORY = 4 * (2 * HEAD_CHUNK * PITCH + KEYS * PITCH + KEYS * VALUE_CHUNK) + 8 * 3 * ROWS;

function emitFind(plan: AttentionPlan, operand: "q" | "k" | "v"): string {
  const side = operand === "q" ? "q" : "k";
  const body = [
    ...coordinates(plan, side, "element"),
    `places[element] = ${inside(plan, side)} ? place_of_${operand}(u, at, ${position(plan, side)}) : -1;`,
  ];
  return `${DEVICE} void find_${operand}(const Uniforms &u, const Walk &walk, i32 element, i64 *places) {
${block(readOnly([...unpackWalk(plan), ...body]), 1)}
}`;
}

const LOAD = `// An element of a row; 0 outside the operand and beyond its dim.
${DEVICE} f32 element_of(const Element *operand, i64 place, i64 stride, i32 i, i32 dim) {
  return place >= 0 && i < dim ? operand[place + i * stride] : 0.0f;
}`;

function emitSeenByThread(plan: AttentionPlan): string {
  const body = [
    "const i32 row = 4 * row_group + i;",
    ...coordinates(plan, "q", "row"),
    emitSeen(plan, "first", 4),
    "seen |= seen_by_row << (4 * i);",
  ];
  const loop = `#pragma unroll\nfor (i32 i = 0; i < 4; i++) {\n${block(readOnly(body), 1)}\n}`;
  const all = [
    "const u32 first = u32(4 * key_group);",
    ...emitColumns(plan, "first", 4),
    "u32 seen = 0u;",
    loop,
    "return seen;",
  ];
  return `// Bit 4 i + j: row i and key j of this thread attend.
${DEVICE} u32 find_seen(const Uniforms &u, const Walk &walk, i32 row_group, i32 key_group) {
${block(readOnly([...unpackWalk(plan), ...all]), 1)}
}`;
}

function emitScores(plan: AttentionPlan): string {
  if (!isScored(plan)) return "";
  const body = [
    "const i32 row = 4 * row_group + i;",
    ...coordinates(plan, "q", "row"),
    "const i32 element = 4 * key_group + j;",
    ...coordinates(plan, "k", "element"),
    `logits[i][j] = score(u, logits[i][j], ${pairArguments(plan)});`,
  ];
  const loops = `#pragma unroll
for (i32 i = 0; i < 4; i++) {
#pragma unroll
  for (i32 j = 0; j < 4; j++) {
${block(readOnly(body), 2)}
  }
}`;
  return `// The changed logits of all pairs; the mask drops those that do not attend.
${DEVICE} void change_logits(const Uniforms &u, const Walk &walk, i32 row_group, i32 key_group, f32 (&logits)[4][4]) {
${block(readOnly([...unpackWalk(plan), loops]), 1)}
}`;
}

function emitFinish(plan: AttentionPlan): string {
  const body = [
    "const i32 row = 4 * row_group + i;",
    ...coordinates(plan, "q", "row"),
    `if (!(${inside(plan, "q")})) {\n  continue;\n}`,
    "const bool sees_any = (attended >> (4 * i) & 15u) != 0u;",
    `if (key_group == 0 && u.lse) {\n  u.lse[place_of_lse(u, at, ${position(plan, "q")})] = sees_any ? largest[i] + logf(total[i]) : LOWEST;\n}`,
    `const i64 place = place_of_output(u, at, ${position(plan, "q")});`,
    `#pragma unroll
for (i32 j = 0; j < 4 * CHUNKS; j++) {
  const i32 column = j / 4 * ${VALUE_CHUNK} + 4 * key_group + j % 4;
  if (column < VALUE_DIM) {
    u.output[place + column * u.output_stride_dim] = sees_any ? acc[i][j] / total[i] : 0.0f;
  }
}`,
  ];
  return `// Writes the output and the LSE of this thread's rows.
${DEVICE} void finish(const Uniforms &u, const Box &at, i32 row_group, i32 key_group, u32 attended, const f32 (&largest)[4], const f32 (&total)[4], const f32 (&acc)[4][4 * CHUNKS]) {
#pragma unroll
  for (i32 i = 0; i < 4; i++) {
${block(body, 2)}
  }
}`;
}

const emitKernel = (
  plan: AttentionPlan,
  symbol: string,
) => `extern "C" __global__ void __launch_bounds__(THREADS, 1) ${symbol}(const __grid_constant__ Uniforms u) {
  Shared &s = *reinterpret_cast<Shared *>(shared_memory());
  const i32 thread = threadIdx.x;
  const i32 row_group = thread / 16;
  const i32 key_group = thread % 16;
  Walk walk = start_of(u, gridDim.x - 1 - blockIdx.x);
  if (thread < ROWS) {
    find_q(u, walk, thread, s.places_of_q);
  }
  // Bit 4 i + j: row i has seen key j of some box.
  u32 attended = 0u;
  f32 largest[4] = {LOWEST, LOWEST, LOWEST, LOWEST};
  f32 total[4] = {};
  f32 acc[4][4 * CHUNKS] = {};
  while (advance(u, walk)) {
    __syncthreads();
    if (thread < KEYS) {
      find_k(u, walk, thread, s.places_of_k);
      find_v(u, walk, thread, s.places_of_v);
    }

    // Logits, a chunk of the head dim at a time.
    f32 logits[4][4] = {};
    for (i32 d = 0; d < HEAD_DIM; d += ${HEAD_CHUNK}) {
      __syncthreads();
      for (i32 i = thread; i < ROWS * ${HEAD_CHUNK}; i += THREADS) {
        const i32 column = i % ${HEAD_CHUNK};
        const i32 row = i / ${HEAD_CHUNK};
        s.q[column][row] = element_of(u.q, s.places_of_q[row], u.q_stride_dim, d + column, HEAD_DIM);
        s.k[column][row] = element_of(u.k, s.places_of_k[row], u.k_stride_dim, d + column, HEAD_DIM);
      }
      __syncthreads();
#pragma unroll
      for (i32 column = 0; column < ${HEAD_CHUNK}; column++) {
#pragma unroll
        for (i32 i = 0; i < 4; i++) {
#pragma unroll
          for (i32 j = 0; j < 4; j++) {
            logits[i][j] += s.q[column][4 * row_group + i] * s.k[column][4 * key_group + j];
          }
        }
      }
    }
#pragma unroll
    for (i32 i = 0; i < 16; i++) {
      logits[i / 4][i % 4] *= u.scale;
    }
${isScored(plan) ? "    change_logits(u, walk, row_group, key_group, logits);\n" : ""}    const u32 seen = walk.is_whole && full(u, walk.region, walk.at) ? 0xffffu : find_seen(u, walk, row_group, key_group);
    attended |= seen;

    // Online softmax over the 16 threads that share a row.
    f32 keep[4];
#pragma unroll
    for (i32 i = 0; i < 4; i++) {
      f32 highest = largest[i];
#pragma unroll
      for (i32 j = 0; j < 4; j++) {
        // A pair that does not attend gets the lowest logit.
        logits[i][j] = seen >> (4 * i + j) & 1u ? logits[i][j] : LOWEST;
        highest = fmaxf(highest, logits[i][j]);
      }
#pragma unroll
      for (i32 other = 8; other > 0; other /= 2) {
        highest = fmaxf(highest, __shfl_xor_sync(~0u, highest, other));
      }
      keep[i] = expf(largest[i] - highest);
      largest[i] = highest;
      total[i] *= keep[i];
#pragma unroll
      for (i32 j = 0; j < 4; j++) {
        // A pair that does not attend weighs 0, whatever exp gives.
        const f32 weight = seen >> (4 * i + j) & 1u ? expf(logits[i][j] - highest) : 0.0f;
        total[i] += weight;
        s.weights[4 * key_group + j][4 * row_group + i] = weight;
      }
    }

    // Weighted values, a chunk of columns at a time.
#pragma unroll
    for (i32 chunk = 0; chunk < CHUNKS; chunk++) {
      __syncthreads();
      for (i32 i = thread; i < KEYS * ${VALUE_CHUNK}; i += THREADS) {
        const i32 column = i % ${VALUE_CHUNK};
        s.v[i / ${VALUE_CHUNK}][column] = element_of(u.v, s.places_of_v[i / ${VALUE_CHUNK}], u.v_stride_dim, chunk * ${VALUE_CHUNK} + column, VALUE_DIM);
      }
      __syncthreads();
#pragma unroll
      for (i32 i = 0; i < 16; i++) {
        acc[i / 4][4 * chunk + i % 4] *= keep[i / 4];
      }
#pragma unroll 1
      for (i32 key = 0; key < KEYS; key++) {
#pragma unroll
        for (i32 i = 0; i < 4; i++) {
#pragma unroll
          for (i32 j = 0; j < 4; j++) {
            acc[i][4 * chunk + j] += s.weights[key][4 * row_group + i] * s.v[key][4 * key_group + j];
          }
        }
      }
    }
  }

#pragma unroll
  for (i32 i = 0; i < 4; i++) {
#pragma unroll
    for (i32 other = 8; other > 0; other /= 2) {
      total[i] += __shfl_xor_sync(~0u, total[i], other);
      attended |= __shfl_xor_sync(~0u, attended, other);
    }
  }
  finish(u, walk.at, row_group, key_group, attended, largest, total, acc);
}`;

export interface PlainOptions {
  readonly symbol: string;
  readonly headDim: number;
  readonly valueDim: number;
}

/** Everything below the interface. */
export function emitPlain(plan: AttentionPlan, { symbol, headDim, valueDim }: PlainOptions): string {
  const constants = `constexpr i32 THREADS = ${THREADS};
constexpr i32 ROWS = ${ROWS};
constexpr i32 KEYS = ${KEYS};
constexpr i32 HEAD_DIM = ${headDim};
constexpr i32 VALUE_DIM = ${valueDim};
// Chunks of ${VALUE_CHUNK} columns of the values.
constexpr i32 CHUNKS = ${Math.ceil(valueDim / VALUE_CHUNK)};
${emitConstants(plan, 4)}

struct Shared {
  f32 q[${HEAD_CHUNK}][${PITCH}];
  f32 k[${HEAD_CHUNK}][${PITCH}];
  f32 weights[KEYS][${PITCH}];
  f32 v[KEYS][${VALUE_CHUNK}];
  // Elements from the start of an operand to a row; -1 outside it.
  i64 places_of_q[ROWS];
  i64 places_of_k[KEYS];
  i64 places_of_v[KEYS];
};`;
  return [
    constants,
    ...emitNest(plan),
    emitPlaces(plan, ["q", "k", "v", "output", "lse"]),
    ...(["q", "k", "v"] as const).map((operand) => emitFind(plan, operand)),
    LOAD,
    emitSeenByThread(plan),
    emitScores(plan),
    emitFinish(plan),
    emitKernel(plan, symbol),
  ]
    .filter((part) => part.length > 0)
    .join("\n\n");
}
