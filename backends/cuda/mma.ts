/**
 * The skeleton for tensor cores of compute capability 8.0 and later: four warps hold 16 queries each of a tile of 64, keys
 * and values come by asynchronous copies, one box ahead where shared memory has room for two.
 */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { Target } from "../../compiler/target.js";
import { inside } from "../common/coordinates.js";
import { DEVICE } from "./dialect.js";
import type { Half } from "./instructions.js";
import { emitMeet } from "./part.js";
import { emitPlaces, position } from "./place.js";
import { emitConstants, emitRows } from "./rows.js";
import { coordinates } from "./spelling.js";
import { block, readOnly } from "./text.js";
import { emitNest, unpackWalk } from "./walk.js";

export const ROWS = 64;
export const KEYS = 64;
export const THREADS = 128;

export const mmaTarget: Target = { name: "sm_80", queriesPerTile: ROWS, keysPerTile: KEYS };

/** What every device of compute capability 8.0 and later offers a block, in bytes. */
const SHARED_MEMORY = 101_376;
/** What a multiprocessor of compute capability 8.0 has, in bytes, and what it keeps of it for each block. */
const MULTIPROCESSOR = 167_936;
const KEPT = 1024;
/** Elements between the ends of rows, so that eight rows lie in different banks. */
const GAP = 8;

const heldOf = (dim: number) => Math.ceil(dim / 16) * 16;

/** Boxes that shared memory holds at a time, and its bytes. */
interface Memory {
  readonly stages: 1 | 2;
  readonly bytes: number;
}

export function memoryOf(headDim: number, valueDim: number): Memory {
  const [head, value] = [heldOf(headDim) + GAP, heldOf(valueDim) + GAP];
  const bytes = (stages: number) => 2 * (ROWS * head + stages * KEYS * (head + value));
  const stages = bytes(2) <= SHARED_MEMORY ? 2 : 1;
  return { stages, bytes: bytes(stages) };
}

/** Rows of a warp. */
const WARP_ROWS = 16;

const LOAD = `// Copies the ${WARP_ROWS} rows of a warp to shared memory, in the background where elements lie side by side. The lane of a row
// knows where it starts, or has -1: what is not held is 0.
template <i32 DIM, i32 HELD>
${DEVICE} void load_rows(Element *into, const Element *operand, i64 start, i64 stride, bool is_in_rows) {
  constexpr i32 PARTS = HELD / 8;
  constexpr i32 PITCH = HELD + ${GAP};
  const i32 lane = threadIdx.x % 32;
  if (DIM % 8 == 0 && is_in_rows) {
#pragma unroll
    for (i32 i = 0; i < PARTS / 2; i++) {
      const i32 row = (32 * i + lane) / PARTS;
      const i32 column = (32 * i + lane) % PARTS * 8;
      const i64 place = __shfl_sync(~0u, start, row);
      const bool is_read = place >= 0 && column < DIM;
      copy_async_16(into + row * PITCH + column, is_read ? operand + place + column : operand, is_read);
    }
  } else {
#pragma unroll 1
    for (i32 row = 0; row < ${WARP_ROWS}; row++) {
      const i64 place = __shfl_sync(~0u, start, row);
      for (i32 column = lane; column < HELD; column += 32) {
        into[row * PITCH + column] = place >= 0 && column < DIM ? operand[place + column * stride] : Element(0);
      }
    }
  }
}`;

function emitLoadOf(plan: AttentionPlan, operand: "q" | "k" | "v"): string {
  const side = operand === "q" ? "q" : "k";
  const dim = operand === "v" ? "VALUE" : "HEAD";
  const body = [
    `const i32 first = threadIdx.x / 32 * ${WARP_ROWS};`,
    `const i32 element = first + threadIdx.x % ${WARP_ROWS};`,
    ...coordinates(plan, side, "element"),
    `const i64 start = ${inside(plan, side)} ? place_of_${operand}(u, at, ${position(plan, side)}) : -1;`,
    `load_rows<${dim}_DIM, ${dim}_HELD>(into + first * ${dim}_PITCH, u.${operand}, start, u.${operand}_stride_dim, u.${operand}_rows);`,
  ];
  return `${DEVICE} void load_${operand}(const Uniforms &u, const Walk &walk, Element *into) {
${block(readOnly([...unpackWalk(plan), ...body]), 1)}
}`;
}

const products = (half: Half) => `// Logits of a warp's 16 rows with the keys of a box.
${DEVICE} void multiply_keys(const Element *q, const Element *k, i32 lane, f32 (&logits)[KEYS / 8][4]) {
#pragma unroll
  for (i32 d = 0; d < HEAD_HELD; d += 16) {
    u32 a[4];
    load_matrix_4(a, q + lane % 16 * HEAD_PITCH + d + lane / 16 * 8);
#pragma unroll
    for (i32 j = 0; j < KEYS / 16; j++) {
      u32 b[4];
      load_matrix_4(b, k + (16 * j + lane % 8 + lane / 16 * 8) * HEAD_PITCH + d + lane / 8 % 2 * 8);
      mma_${half}(logits[2 * j], a, b[0], b[1]);
      mma_${half}(logits[2 * j + 1], a, b[2], b[3]);
    }
  }
}

// Adds the values of a box, weighted.
${DEVICE} void add_values(const f32 (&weights)[KEYS / 8][4], const Element *v, i32 lane, f32 (&acc)[VALUE_HELD / 8][4]) {
#pragma unroll
  for (i32 i = 0; i < KEYS / 16; i++) {
    u32 a[4];
    pack_weights(weights, i, a);
#pragma unroll
    for (i32 j = 0; j < VALUE_HELD / 16; j++) {
      u32 b[4];
      load_matrix_4_transposed(b, v + (16 * i + lane % 16) * VALUE_PITCH + 16 * j + lane / 16 * 8);
      mma_${half}(acc[2 * j], a, b[0], b[1]);
      mma_${half}(acc[2 * j + 1], a, b[2], b[3]);
    }
  }
}`;

const COMPUTE = `    bool is_full;
    if (meet(u, BOX, first_row, is_full)) {
      f32 logits[KEYS / 8][4] = {};
      multiply_keys(s.q + first_row * HEAD_PITCH, s.k[stage], lane, logits);
      weigh(u, BOX, is_full, first_row, lane, logits, rows);
      keep_part(rows, acc);
      add_values(logits, s.v[stage], lane, acc);
    }
    __syncthreads();`;

const ONE_STAGE = `  while (advance(u, walk)) {
    constexpr i32 stage = 0;
    load_k(u, walk, s.k[stage]);
    load_v(u, walk, s.v[stage]);
    copy_async_commit();
    copy_async_wait<0>();
    __syncthreads();
${COMPUTE.replaceAll("BOX", "walk")}
  }`;

const TWO_STAGES = `  // The copies of a box are under way while the one before it is computed.
  i32 next = 0;
  for (bool is_more = true; is_more; next ^= 1) {
    const Walk box = walk;
    is_more = advance(u, walk);
    if (is_more) {
      load_k(u, walk, s.k[next]);
      load_v(u, walk, s.v[next]);
    }
    copy_async_commit();
    if (box.region < 0) {
      continue;
    }
    const i32 stage = next ^ 1;
    copy_async_wait<1>();
    __syncthreads();
${COMPUTE.replaceAll("BOX", "box")}
  }`;

/** Where shared memory has room for few blocks, registers are told so: there is nothing to save them for. */
function boundsFor(bytes: number): string {
  const blocks = Math.floor(MULTIPROCESSOR / (bytes + KEPT));
  return blocks > 2 ? "THREADS" : `THREADS, ${blocks}`;
}

const emitKernel = (
  symbol: string,
  { stages, bytes }: Memory,
) => `extern "C" __global__ void __launch_bounds__(${boundsFor(bytes)}) ${symbol}(const __grid_constant__ Uniforms u) {
  Shared &s = *reinterpret_cast<Shared *>(shared_memory());
  const i32 lane = threadIdx.x % 32;
  const i32 first_row = threadIdx.x / 32 * 16;
  Walk walk = start_of(u, gridDim.x - 1 - blockIdx.x);
  load_q(u, walk, s.q);

  Rows rows = {{nothing(), nothing()}, {0.0f, 0.0f}, {1.0f, 1.0f}, {0u, 0u}};
  f32 acc[VALUE_HELD / 8][4] = {};
${stages === 1 ? ONE_STAGE : TWO_STAGES}
  copy_async_commit();
  copy_async_wait<0>();
  finish(u, walk.at, first_row, lane, rows, acc);
}`;

export interface MmaOptions {
  readonly symbol: string;
  readonly headDim: number;
  readonly valueDim: number;
  readonly half: Half;
}

/** Everything below the interface. */
export function emitMma(plan: AttentionPlan, { symbol, headDim, valueDim, half }: MmaOptions): string {
  const memory = memoryOf(headDim, valueDim);
  const constants = `constexpr i32 THREADS = ${THREADS};
constexpr i32 ROWS = ${ROWS};
constexpr i32 KEYS = ${KEYS};
constexpr i32 HEAD_DIM = ${headDim};
constexpr i32 VALUE_DIM = ${valueDim};
// Elements of a row that are computed, and from one row in shared memory to the next.
constexpr i32 HEAD_HELD = ${heldOf(headDim)};
constexpr i32 VALUE_HELD = ${heldOf(valueDim)};
constexpr i32 HEAD_PITCH = HEAD_HELD + ${GAP};
constexpr i32 VALUE_PITCH = VALUE_HELD + ${GAP};
${emitConstants(plan)}

struct Shared {
  Element q[ROWS * HEAD_PITCH];
  Element k[${memory.stages}][KEYS * HEAD_PITCH];
  Element v[${memory.stages}][KEYS * VALUE_PITCH];
};`;
  return [
    constants,
    ...emitNest(plan),
    emitMeet(plan, 16),
    emitPlaces(plan, ["q", "k", "v", "output", "lse"]),
    LOAD,
    ...(["q", "k", "v"] as const).map((operand) => emitLoadOf(plan, operand)),
    emitRows(plan, half),
    products(half),
    emitKernel(symbol, memory),
  ]
    .filter((part) => part.length > 0)
    .join("\n\n");
}
