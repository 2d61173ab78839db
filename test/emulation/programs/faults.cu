// Kernels that the emulation must refuse. Run with the name of a case; the error goes to stderr.
#include "common.h"

#include <vector>

struct Arguments {
  const float *in;        // 100.
  const u64 *halves;      // 64 x 64 of 16 bits, which the map describes.
  float *out;             // 100.
};

typedef void (*Kernel)(const Arguments u, const TensorMap map);
struct Fault {
  const char *name;
  Kernel kernel;
  int blocks, threads, bytes;
};
static std::vector<Fault> faults;
struct Register {
  Register(const Fault &fault) { faults.push_back(fault); }
};

/// A kernel of so many blocks and threads, with so many bytes of shared memory.
#define FAULT(name, title, blocks, threads, bytes)                                                    \
  static __global__ void name(const Arguments u, const __grid_constant__ TensorMap map);              \
  static const Register register_##name({title, name, blocks, threads, bytes});                       \
  static __global__ void name([[maybe_unused]] const Arguments u, [[maybe_unused]] const __grid_constant__ TensorMap map)

#define LANE ((int)threadIdx.x)
#define FLOATS ((float *)shared_memory())
#define BYTES (shared_memory())

/// A load that is not told of, as without -fsanitize=thread.
__attribute__((no_sanitize("thread"), noinline)) static float quiet_load(const float *from) { return *from; }

FAULT(read_behind, "read behind an operand", 1, 32, 0) { u.out[LANE] = u.in[LANE + 69]; }
FAULT(read_before, "read before an operand", 1, 32, 0) { u.out[LANE] = u.in[LANE - 1]; }
FAULT(read_far, "read behind an operand, not told", 1, 32, 0) { u.out[LANE] = quiet_load(u.in + LANE + 100); }
FAULT(read_left, "read before an operand, not told", 1, 32, 0) { u.out[LANE] = quiet_load(u.in - 1 - LANE); }
FAULT(read_none, "read at null", 1, 32, 0) { u.out[LANE] = quiet_load((const float *)nullptr + LANE); }
FAULT(write_behind, "write behind a result", 1, 32, 0) { u.out[LANE + 69] = 1; }
FAULT(write_operand, "write to an operand", 1, 32, 0) { const_cast<float *>(u.in)[LANE] = 1; }
FAULT(read_result, "read a result that nobody wrote", 1, 32, 0) { u.out[LANE] = u.out[LANE + 1]; }
FAULT(write_twice, "two blocks write the same", 2, 32, 0) { u.out[LANE] = 1; }
FAULT(misaligned, "a vector at an odd place", 1, 32, 0) {
  const float4 got = *(const float4 *)(u.in + 1);
  u.out[LANE] = got.x + got.y + got.z + got.w;
}

FAULT(shared_behind, "write behind shared memory", 1, 32, 124) { FLOATS[LANE] = 1; }
FAULT(shared_far, "write far behind shared memory, not told", 1, 32, 124) { u.out[LANE] = quiet_load(FLOATS + 1024); }
FAULT(unwritten, "read shared memory that nobody wrote", 1, 32, 128) {
  if (LANE != 5) FLOATS[LANE] = 1;
  __syncthreads();
  u.out[LANE] = FLOATS[LANE];
}
FAULT(race_read, "read without waiting", 1, 64, 256) {
  FLOATS[LANE] = 1;
  __syncwarp();
  u.out[LANE] = FLOATS[LANE ^ 32];
}
FAULT(race_write, "write without waiting for readers", 1, 64, 256) {
  FLOATS[LANE] = 1;
  __syncthreads();
  u.out[LANE] = FLOATS[LANE ^ 32];
  FLOATS[LANE] = 2;
}
FAULT(race_shuffle, "a shuffle is no barrier", 1, 32, 128) {
  FLOATS[LANE] = 1;
  __shfl_sync(~0u, LANE, 0);
  u.out[LANE] = FLOATS[LANE ^ 1];
}
FAULT(matrix_behind, "ldmatrix behind shared memory", 1, 32, 496) {
  if (LANE < 31) ((float4 *)BYTES)[LANE] = {};
  u32 r[4];
  load_matrix_4(r, BYTES + 16 * LANE);
}
FAULT(matrix_misaligned, "ldmatrix at an odd place", 1, 32, 1024) {
  u32 r[4];
  load_matrix_4(r, BYTES + 8 * LANE);
}

FAULT(half_warp, "half a warp shuffles for all", 1, 32, 0) {
  if (LANE < 16) u.out[LANE] = __shfl_sync(~0u, 1.0f, 0);
}
FAULT(two_places, "lanes at two collectives", 1, 32, 0) {
  if (LANE < 16) u.out[LANE] = __shfl_sync(~0u, 1.0f, 0);
  else __syncwarp();
}
FAULT(outside_mask, "a lane outside its mask", 1, 32, 0) { __syncwarp(0xffff); }
FAULT(source_outside, "a shuffle from a lane outside the mask", 1, 32, 0) {
  if (LANE < 16) u.out[LANE] = __shfl_sync(0xffff, 1.0f, 20);
}
FAULT(deadlock, "threads at two barriers", 1, 64, 0) {
  if (LANE < 32) __syncthreads();
  else group_sync(1, 64);
}
FAULT(too_few, "too few threads at a barrier", 1, 64, 0) {
  if (LANE < 32) group_sync(1, 64);
}
FAULT(counts_differ, "a barrier for different numbers", 1, 96, 0) { group_sync(1, LANE < 32 ? 96 : 64); }

FAULT(copy_behind, "cp.async behind an operand", 1, 32, 512) {
  copy_async_16(BYTES + 16 * LANE, u.in + 4 * LANE, true);
  copy_async_commit();
  copy_async_wait<0>();
}
FAULT(copy_misaligned, "cp.async from an odd place", 1, 32, 512) { copy_async_16(BYTES + 16 * LANE, u.in + 1, true); }
FAULT(copy_shared, "cp.async behind shared memory", 1, 32, 500) {
  copy_async_16(BYTES + 16 * LANE, u.in, true);
  copy_async_commit();
  copy_async_wait<0>();
}
FAULT(copy_early, "read before the copy is waited for", 1, 32, 1024) {
  copy_async_16(BYTES + 32 * LANE, u.in, true);
  copy_async_commit();
  copy_async_16(BYTES + 32 * LANE + 16, u.in + 4, true);
  copy_async_commit();
  copy_async_wait<1>();
  u.out[LANE] = FLOATS[8 * LANE] + FLOATS[8 * LANE + 4];
}
FAULT(copy_poison, "read before the copy is waited for, not told", 1, 32, 512) {
  copy_async_16(BYTES + 16 * LANE, u.in, true);
  const float got = quiet_load(FLOATS + 4 * LANE);
  copy_async_commit();
  copy_async_wait<0>();
  if (got != got) u.out[LANE + 100] = got;
}
FAULT(copy_other, "read what another thread copied", 1, 32, 512) {
  copy_async_16(BYTES + 16 * LANE, u.in, true);
  copy_async_commit();
  __syncwarp();
  copy_async_wait<0>();
  u.out[LANE] = FLOATS[4 * (LANE ^ 1)];
}
FAULT(copy_left, "end with copies in flight", 1, 32, 512) { copy_async_16(BYTES + 16 * LANE, u.in, true); }

// sm_90a. Shared memory: 8192 bytes for A, 8192 for B, a barrier.
#define A (shared_memory())
#define B (shared_memory() + 8192)
#define FULL ((u64 *)(shared_memory() + 16384))
#define ALL 16392

static __device__ void prepare() {
  if (threadIdx.x == 0) {
    barrier_init(FULL, 1);
    barrier_init_fence();
  }
  __syncthreads();
}
static __device__ void load(unsigned char *to, const TensorMap &map) {
  if (threadIdx.x != 0) return;
  barrier_expect(FULL, 8192);
  load_box(to, &map, FULL, 0, 0, 0, 0, 0);
}
static __device__ u64 descriptor(const void *start) {
  return (u64)(shared_address(start) >> 4) | (u64)(1024 >> 4) << 32 | 1ull << 62;
}
/// Both operands hold the 64 x 64 of the map.
static __device__ void load_both(const TensorMap &map) {
  prepare();
  if (threadIdx.x == 0) {
    barrier_expect(FULL, 16384);
    load_box(A, &map, FULL, 0, 0, 0, 0, 0);
    load_box(B, &map, FULL, 0, 0, 0, 0, 0);
  }
  barrier_wait(FULL, 0);
}

FAULT(no_barrier, "arrive where no barrier is", 1, 32, ALL) { barrier_arrive(FULL); }
FAULT(twice, "initialise a barrier twice", 1, 32, ALL) { barrier_init(FULL, 32); }
FAULT(unfenced, "a box to a barrier without fence", 1, 32, ALL) {
  if (LANE == 0) barrier_init(FULL, 1);
  __syncthreads();
  load(A, map);
}
FAULT(unsynchronised, "arrive before the barrier is known", 1, 64, ALL) {
  if (LANE == 0) barrier_init(FULL, 64);
  __syncwarp();
  barrier_arrive(FULL);
}
FAULT(overwritten, "overwrite a barrier", 1, 32, ALL) {
  prepare();
  if (LANE == 0) *FULL = 0;
  __syncwarp();
  barrier_wait(FULL, 0);
}
FAULT(arrivals, "arrive too often", 1, 32, ALL) {
  prepare();
  if (LANE == 0) {
    barrier_expect(FULL, 8192);
    barrier_arrive(FULL);
  }
}
FAULT(odd_box, "a box to an odd place", 1, 32, ALL) {
  prepare();
  load(A + 64, map);
}
FAULT(long_box, "a box behind shared memory", 1, 32, ALL) {
  prepare();
  load(A + 8192 + 128, map);
}
FAULT(more_bytes, "more bytes than expected", 1, 32, ALL) {
  prepare();
  if (LANE == 0) {
    barrier_expect(FULL, 8000);
    load_box(A, &map, FULL, 0, 0, 0, 0, 0);
  }
  barrier_wait(FULL, 0);
}
FAULT(less_bytes, "fewer bytes than expected", 1, 32, ALL) {
  prepare();
  if (LANE == 0) {
    barrier_expect(FULL, 8193);
    load_box(A, &map, FULL, 0, 0, 0, 0, 0);
  }
  barrier_wait(FULL, 0);
}
FAULT(wrong_phase, "wait for the wrong phase", 1, 32, ALL) {
  prepare();
  load(A, map);
  barrier_wait(FULL, 1);
  u.out[LANE] = FLOATS[LANE];
}
FAULT(box_left, "end with a box in flight", 1, 32, ALL) {
  prepare();
  load(A, map);
}
FAULT(box_unseen, "read a box that others waited for", 1, 64, ALL) {
  prepare();
  load(A, map);
  if (LANE < 32) barrier_wait(FULL, 0);
  else u.out[LANE] = FLOATS[LANE];
}
FAULT(no_map, "a box of no map", 1, 32, ALL) {
  prepare();
  alignas(64) TensorMap none = {};
  load(A, none);
}

FAULT(no_fence, "wgmma without fence", 1, 128, ALL) {
  load_both(map);
  float d[4];
  wgmma_shared_f16<8>(d, descriptor(A), descriptor(B), false);
  wgmma_commit();
  wgmma_wait<0>();
}
FAULT(no_commit, "wgmma without commit", 1, 128, ALL) {
  load_both(map);
  float d[4];
  wgmma_fence();
  wgmma_shared_f16<8>(d, descriptor(A), descriptor(B), false);
  wgmma_wait<0>();
}
FAULT(no_wait, "end without wgmma_wait", 1, 128, ALL) {
  load_both(map);
  float d[4];
  wgmma_fence();
  wgmma_shared_f16<8>(d, descriptor(A), descriptor(B), false);
  wgmma_commit();
}
FAULT(too_early, "read accumulators before they are waited for", 1, 128, ALL) {
  load_both(map);
  float d[4];
  wgmma_fence();
  wgmma_shared_f16<8>(d, descriptor(A), descriptor(B), false);
  wgmma_commit();
  wgmma_wait<1>();
  const float got = d[0];
  wgmma_wait<0>();
  if (got != got) u.out[100] = got;
}
FAULT(touched, "write accumulators before they are waited for", 1, 128, ALL) {
  load_both(map);
  float d[4];
  wgmma_fence();
  wgmma_shared_f16<8>(d, descriptor(A), descriptor(B), false);
  wgmma_commit();
  d[1] = 0;
  wgmma_wait<0>();
}
FAULT(after_fence, "write accumulators after the fence", 1, 128, ALL) {
  load_both(map);
  float d[4];
  for (int i = 0; i < 3; i++) {
    wgmma_fence();
    if (i == 2) d[0] += 1;
    wgmma_shared_f16<8>(d, descriptor(A), descriptor(B), i > 0);
    wgmma_commit();
    wgmma_wait<0>();
  }
}
FAULT(refilled, "refill an operand too early", 1, 128, ALL) {
  load_both(map);
  float d[4];
  wgmma_fence();
  wgmma_shared_f16<8>(d, descriptor(A), descriptor(B), false);
  wgmma_commit();
  group_sync(1, 128);
  load(A, map);
  barrier_wait(FULL, 1);
  wgmma_wait<0>();
}
FAULT(one_warp, "refill an operand when one warp has waited", 1, 128, ALL) {
  load_both(map);
  float d[4];
  wgmma_fence();
  wgmma_shared_f16<8>(d, descriptor(A), descriptor(B), false);
  wgmma_commit();
  wgmma_wait<0>();
  load(A, map);
  barrier_wait(FULL, 1);
}
FAULT(unloaded, "wgmma before its operand is there", 1, 128, ALL) {
  prepare();
  load(A, map);
  float d[4];
  wgmma_fence();
  wgmma_shared_f16<8>(d, descriptor(A), descriptor(A), false);
  wgmma_commit();
  barrier_wait(FULL, 0);
  wgmma_wait<0>();
}
FAULT(by_hand, "an operand written without proxy fence", 1, 128, ALL) {
  for (int i = LANE; i < 4096; i += 128) FLOATS[i] = 0;
  __syncthreads();
  float d[4];
  wgmma_fence();
  wgmma_shared_f16<8>(d, descriptor(A), descriptor(B), false);
  wgmma_commit();
  wgmma_wait<0>();
}
FAULT(descriptors, "descriptors that differ", 1, 128, ALL) {
  load_both(map);
  float d[4];
  wgmma_fence();
  wgmma_shared_f16<8>(d, descriptor(A), descriptor(LANE < 64 ? A : B), false);
  wgmma_commit();
  wgmma_wait<0>();
}
FAULT(not_swizzled, "a descriptor without swizzle", 1, 128, ALL) {
  load_both(map);
  float d[4];
  wgmma_fence();
  wgmma_shared_f16<8>(d, descriptor(A), descriptor(B) & ~(3ull << 62), false);
  wgmma_commit();
  wgmma_wait<0>();
}
FAULT(odd_start, "a descriptor within the pattern", 1, 128, ALL) {
  load_both(map);
  float d[4];
  wgmma_fence();
  wgmma_shared_f16<8>(d, descriptor(A), descriptor(B + 256), false);
  wgmma_commit();
  wgmma_wait<0>();
}
FAULT(too_wide, "an operand behind shared memory", 1, 128, ALL) {
  load_both(map);
  float d[128];
  wgmma_fence();
  wgmma_shared_f16<256>(d, descriptor(A), descriptor(B), false);
  wgmma_commit();
  wgmma_wait<0>();
}
FAULT(registers, "too many registers", 1, 384, 0) {
  if (LANE < 256) registers_take<248>();
  else registers_release<24>();
}
FAULT(odd_registers, "an odd number of registers", 1, 128, 0) { registers_take<100>(); }

int main(int count, char **names) {
  for (auto &fault : faults) {
    if (count == 1) printf("%s\n", fault.name);
    if (count != 2 || strcmp(names[1], fault.name) != 0) continue;
    float *in = (float *)emulation::allocate("in", 400, emulation::Use::operand);
    float *halves = (float *)emulation::allocate("halves", 8192, emulation::Use::operand);
    for (int i = 0; i < 100; i++) in[i] = (float)i;
    for (int i = 0; i < 2048; i++) halves[i] = 0;
    float *out = (float *)emulation::allocate("out", 400, emulation::Use::result);
    CUtensorMap map;
    const cuuint64_t dims[5] = {64, 64, 1, 1, 1}, strides[4] = {128, 8192, 8192, 8192};
    const cuuint32_t box[5] = {64, 64, 1, 1, 1}, ones[5] = {1, 1, 1, 1, 1};
    cuTensorMapEncodeTiled(&map, CU_TENSOR_MAP_DATA_TYPE_FLOAT16, 5, halves, dims, strides, box, ones,
                           CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
                           CU_TENSOR_MAP_L2_PROMOTION_NONE, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
    Arguments u = {in, (const u64 *)halves, out};
    void *args[] = {&u, &map};
    check(cudaFuncSetAttribute(fault.kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, fault.bytes));
    check(cudaLaunchKernel(fault.kernel, dim3(fault.blocks), dim3(fault.threads), args, fault.bytes));
    printf("passed\n");
  }
}
