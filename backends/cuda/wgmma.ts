/**
 * The skeleton for Hopper: one producer warp brings boxes of keys and values straight from their grid by tensor maps, two
 * warpgroups of consumers hold 64 queries each. Barriers in shared memory count what has arrived and what is free again.
 */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import type { Target } from "../../compiler/target.js";
import { hasLattice } from "../common/loops.js";
import { DEVICE } from "./dialect.js";
import type { Half } from "./instructions.js";
import { emitMeet } from "./part.js";
import { emitPlaces, slot } from "./place.js";
import { emitConstants, emitRows } from "./rows.js";
import { emitNest } from "./walk.js";

export const ROWS = 128;
export const THREADS = 384;

/** Keys of a box: as many as registers hold the logits of. */
const keysFor = (headDim: number, valueDim: number): number => (Math.max(headDim, valueDim) <= 128 ? 128 : 64);

export const wgmmaTarget = (headDim: number, valueDim: number): Target => ({
  name: "sm_90a",
  queriesPerTile: ROWS,
  keysPerTile: keysFor(headDim, valueDim),
});

/** Elements of a row that a swizzled plane of shared memory holds: 128 bytes. */
const PLANE = 64;
/** Axes that a tensor map has beside the dim and the heads. */
const MOST_AXES = 3;
/** What a block of Hopper has, in bytes, less room for barriers and alignment. */
const SHARED_MEMORY = 227 * 1024 - 2048;

/** How the launcher's tensor maps arrive. */
export const TENSOR_MAP = `struct alignas(128) TensorMap {
  u64 opaque[16];
};`;

const product = (extents: readonly number[]) => extents.reduce((so, extent) => so * extent, 1);
const planesOf = (dim: number) => Math.ceil(dim / PLANE);

/** Why a plan has no kernel of this skeleton; absent where it has one. */
export function misfitOf(plan: AttentionPlan): string | undefined {
  const { axes } = plan.pattern;
  if (Math.max(axes.query.length, axes.key.length) > MOST_AXES)
    return `tensor maps have at most ${MOST_AXES} axes of positions`;
  const along = axes.key.find((_, depth) => hasLattice(plan, depth) && plan.tiles.key[depth] !== 1);
  return along && `keys are strided along '${along}', over which the key tile extends`;
}

/** Boxes that shared memory holds at a time, and its bytes. */
export function memoryOf(
  headDim: number,
  valueDim: number,
  keys: number,
): { readonly stages: number; readonly bytes: number } {
  const queries = 128 * ROWS * planesOf(headDim);
  const box = 128 * keys * (planesOf(headDim) + planesOf(valueDim));
  const stages = Math.min(4, Math.floor((SHARED_MEMORY - queries) / box));
  if (stages < 1) throw new RangeError(`no shared memory for head dim ${headDim} and value dim ${valueDim}`);
  return { stages, bytes: queries + stages * box + 1024 };
}

/** Coordinates of a box in a tensor map: dim, positions from the innermost axis on, head. */
function coordinatesOf(plan: AttentionPlan, side: "q" | "k"): string {
  const axes = plan.pattern.axes[side === "q" ? "query" : "key"];
  const along = axes.map((_, depth) => slot(plan, side, depth, "at")).reverse();
  const head = side === "q" ? "at.head" : "at.head / (u.heads / u.key_heads)";
  return ["PLANE * plane", ...along, head, ...Array<string>(MOST_AXES - axes.length).fill("0")].join(", ");
}

const NEXT = `// The next stage; its barriers change their parity once all have been used.
${DEVICE} void next(i32 &stage, u32 &phase) {
  stage += 1;
  if (stage == STAGES) {
    stage = 0;
    phase ^= 1u;
  }
}`;

const emitProducer = (
  plan: AttentionPlan,
) => `// Brings the queries of the tile, and boxes of keys and values as fast as room for them is free. One thread.
${DEVICE} void produce(const Uniforms &u, Shared &s, const TensorMap *map_q, const TensorMap *map_k, const TensorMap *map_v, Walk walk) {
  const Box &at = walk.at;
  prefetch_map(map_q);
  prefetch_map(map_k);
  prefetch_map(map_v);
  barrier_expect(&s.q_is_full, sizeof s.q);
  for (i32 plane = 0; plane < HEAD_PLANES; plane++) {
    load_box(s.q[plane], map_q, &s.q_is_full, ${coordinatesOf(plan, "q")});
  }
  i32 stage = 0;
  u32 phase = 1u;
  for (; advance(u, walk); next(stage, phase)) {
    barrier_wait(&s.k_is_free[stage], phase);
    barrier_expect(&s.k_is_full[stage], sizeof s.k[stage]);
    for (i32 plane = 0; plane < HEAD_PLANES; plane++) {
      load_box(s.k[stage][plane], map_k, &s.k_is_full[stage], ${coordinatesOf(plan, "k")});
    }
    barrier_wait(&s.v_is_free[stage], phase);
    barrier_expect(&s.v_is_full[stage], sizeof s.v[stage]);
    for (i32 plane = 0; plane < VALUE_PLANES; plane++) {
      load_box(s.v[stage][plane], map_v, &s.v_is_full[stage], ${coordinatesOf(plan, "k")});
    }
  }
}`;

const emitProducts = (
  half: Half,
) => `// Describes rows of 128 bytes in shared memory, swizzled, to the tensor cores; \`plane\` is from 64 columns to the next.
// Both, and the distance from the start, in bytes.
${DEVICE} u64 descriptor(const void *start, u32 distance, u32 plane) {
  const u32 place = ((shared_address(start) & 0x3ffffu) >> 4) + (distance >> 4);
  return u64(place | plane >> 4 << 16) | u64(1024u >> 4) << 32 | 1ull << 62;
}

// Starts the products of a warpgroup's 64 rows with the keys of a box.
${DEVICE} void multiply_keys(const Shared &s, i32 group, i32 stage, f32 (&logits)[KEYS / 8][4]) {
#pragma unroll
  for (i32 d = 0; d < HEAD_DIM; d += 16) {
    const u32 column = sizeof(Element) * (d % PLANE);
    const u64 q = descriptor(s.q[0] + 64 * group * PLANE, d / PLANE * sizeof s.q[0] + column, 0u);
    const u64 k = descriptor(s.k[stage][0], d / PLANE * sizeof s.k[stage][0] + column, 0u);
    wgmma_shared_${half}<KEYS>(logits, q, k, d > 0);
  }
}

// Starts the addition of the values of a box, weighted.
${DEVICE} void add_values(const Shared &s, i32 stage, const u32 (&weights)[KEYS / 16][4], f32 (&acc)[VALUE_HELD / 8][4]) {
#pragma unroll
  for (i32 i = 0; i < KEYS / 16; i++) {
    wgmma_registers_${half}<VALUE_HELD>(acc, weights[i], descriptor(s.v[stage][0], 16 * i * PLANE * sizeof(Element), sizeof s.v[stage][0]), true);
  }
}`;

const CONSUME = `// Computes 64 queries. Products with the values of a box run on while those with the keys of the next are started.
${DEVICE} void consume(const Uniforms &u, Shared &s, Walk walk, i32 group) {
  const i32 lane = threadIdx.x % 32;
  const i32 first_row = 64 * group + threadIdx.x / 32 % 4 * 16;
  Rows rows = {{nothing(), nothing()}, {0.0f, 0.0f}, {1.0f, 1.0f}, {0u, 0u}};
  f32 acc[VALUE_HELD / 8][4] = {};
  u32 weights[KEYS / 16][4];
  i32 stage = 0;
  u32 phase = 0u;
  // The box whose values are being added; -1 before the first.
  i32 pending = -1;
  barrier_wait(&s.q_is_full, 0u);
  for (; advance(u, walk); next(stage, phase)) {
    bool is_full;
    const bool is_met = meet(u, walk, 64 * group, is_full);
    f32 logits[KEYS / 8][4];
    barrier_wait(&s.k_is_full[stage], phase);
    if (is_met) {
      wgmma_fence();
      multiply_keys(s, group, stage, logits);
      wgmma_commit();
    }
    // Products end in the order in which they were started.
    wgmma_wait<0>();
    registers_fence(logits);
    registers_fence(acc);
    if (lane == 0) {
      barrier_arrive(&s.k_is_free[stage]);
      if (pending >= 0) {
        barrier_arrive(&s.v_is_free[pending]);
      }
    }
    if (!is_met) {
      pending = -1;
      barrier_wait(&s.v_is_full[stage], phase);
      // A lane that still waits would miss the phase, were the stage filled again.
      __syncwarp();
      if (lane == 0) {
        barrier_arrive(&s.v_is_free[stage]);
      }
      continue;
    }
    weigh(u, walk, is_full, first_row, lane, logits, rows);
    keep_part(rows, acc);
#pragma unroll
    for (i32 i = 0; i < KEYS / 16; i++) {
      pack_weights(logits, i, weights[i]);
    }
    barrier_wait(&s.v_is_full[stage], phase);
    wgmma_fence();
    add_values(s, stage, weights, acc);
    wgmma_commit();
    pending = stage;
  }
  wgmma_wait<0>();
  registers_fence(acc);
  finish(u, walk.at, first_row, lane, rows, acc);
}`;

const emitKernel = (symbol: string) => `extern "C" __global__ void __launch_bounds__(THREADS, 1) ${symbol}(
    const __grid_constant__ Uniforms u, const __grid_constant__ TensorMap map_q, const __grid_constant__ TensorMap map_k, const __grid_constant__ TensorMap map_v) {
  Shared &s = *reinterpret_cast<Shared *>(shared_memory());
  if (threadIdx.x == 0) {
    barrier_init(&s.q_is_full, 1u);
    for (i32 stage = 0; stage < STAGES; stage++) {
      barrier_init(&s.k_is_full[stage], 1u);
      barrier_init(&s.v_is_full[stage], 1u);
      // One arrival of each warp of the consumers.
      barrier_init(&s.k_is_free[stage], 8u);
      barrier_init(&s.v_is_free[stage], 8u);
    }
    barrier_init_fence();
  }
  __syncthreads();
  const Walk walk = start_of(u, gridDim.x - 1 - blockIdx.x);
  // From one lane to all: the compiler knows then that a warp is of one mind, and keeps what follows in uniform registers.
  const i32 group = __shfl_sync(~0u, i32(threadIdx.x / 128), 0);
  if (group == 2) {
    registers_release<40>();
    if (threadIdx.x == 256) {
      produce(u, s, &map_q, &map_k, &map_v, walk);
    }
  } else {
    registers_take<232>();
    consume(u, s, walk, group);
  }
}`;

export interface WgmmaOptions {
  readonly symbol: string;
  readonly headDim: number;
  readonly valueDim: number;
  readonly half: Half;
}

/** Columns of the output that are computed: whole planes, as the layouts are documented. */
export const heldValues = (valueDim: number): number => Math.ceil(valueDim / PLANE) * PLANE;

export const keysOf = (plan: AttentionPlan): number => product(plan.tiles.key);

/** Everything below the interface. */
export function emitWgmma(plan: AttentionPlan, { symbol, headDim, valueDim, half }: WgmmaOptions): string {
  const keys = keysOf(plan);
  const { stages } = memoryOf(headDim, valueDim, keys);
  const constants = `constexpr i32 THREADS = ${THREADS};
constexpr i32 ROWS = ${ROWS};
constexpr i32 KEYS = ${keys};
constexpr i32 HEAD_DIM = ${headDim};
constexpr i32 VALUE_DIM = ${valueDim};
// Columns of the output that are computed.
constexpr i32 VALUE_HELD = ${heldValues(valueDim)};
// Rows lie in planes of so many elements, 128 bytes.
constexpr i32 PLANE = ${PLANE};
constexpr i32 HEAD_PLANES = ${planesOf(headDim)};
constexpr i32 VALUE_PLANES = ${planesOf(valueDim)};
// Boxes of keys and values that are under way or in use at a time.
constexpr i32 STAGES = ${stages};
${emitConstants(plan)}

struct Shared {
  Element q[HEAD_PLANES][ROWS * PLANE];
  Element k[STAGES][HEAD_PLANES][KEYS * PLANE];
  Element v[STAGES][VALUE_PLANES][KEYS * PLANE];
  u64 q_is_full;
  u64 k_is_full[STAGES];
  u64 v_is_full[STAGES];
  u64 k_is_free[STAGES];
  u64 v_is_free[STAGES];
};`;
  return [
    constants,
    ...emitNest(plan),
    emitPlaces(plan, ["output", "lse"]),
    emitMeet(plan, 64),
    NEXT,
    emitProducer(plan),
    emitRows(plan, half),
    emitProducts(half),
    CONSUME,
    emitKernel(symbol),
  ]
    .filter((part) => part.length > 0)
    .join("\n\n");
}
