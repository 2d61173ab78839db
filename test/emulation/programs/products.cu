// Instructions against plain loops over the documented layouts. Run with the name of a case; says "right" or what is wrong.
#include "common.h"

using Element = unsigned short;

static Element narrow(bool is_half, float x) { return is_half ? narrow_f16(x) : narrow_bf16(x); }
static float widen(bool is_half, Element x) { return is_half ? widen_f16(x) : widen_bf16(x); }

/// Whole numbers, so that sums are exact in any order.
static Element *numbers(const char *name, int count, bool is_half, int salt) {
  Element *memory = (Element *)emulation::allocate(name, 2 * (size_t)count, emulation::Use::operand);
  for (int i = 0; i < count; i++) memory[i] = narrow(is_half, (float)((i * 37 + i / 11 * 5 + salt) % 15 - 7));
  return memory;
}
static float *floats(const char *name, int count) {
  return (float *)emulation::allocate(name, 4 * (size_t)count, emulation::Use::result);
}
static void expect(const char *what, int i, double got, double want) {
  if (got == want) return;
  printf("%s %d: %g, not %g\n", what, i, got, want);
  exit(1);
}

// mma.m16n8k16: fragments element by element, as the tables of the PTX ISA give row and column of each.
template <bool is_half> __global__ void multiply_fragments(const Element *a, const Element *b, float *d) {
  const int lane = threadIdx.x;
  u32 fa[4] = {}, fb[2] = {};
  for (int i = 0; i < 8; i++) {
    const int row = (i < 2 || (i >= 4 && i < 6)) ? lane >> 2 : (lane >> 2) + 8;
    const int column = (lane % 4) * 2 + (i & 1) + (i >= 4 ? 8 : 0);
    fa[i / 2] |= (u32)a[row * 16 + column] << 16 * (i & 1);
  }
  for (int i = 0; i < 4; i++) {
    const int row = (lane % 4) * 2 + (i & 1) + (i >= 2 ? 8 : 0);
    fb[i / 2] |= (u32)b[row * 8 + (lane >> 2)] << 16 * (i & 1);
  }
  float fd[4];
  for (int i = 0; i < 4; i++) fd[i] = (float)i;
  if (is_half) mma_f16(fd, fa, fb[0], fb[1]);
  else mma_bf16(fd, fa, fb[0], fb[1]);
  for (int i = 0; i < 4; i++) d[((lane >> 2) + (i < 2 ? 0 : 8)) * 8 + (lane % 4) * 2 + (i & 1)] = fd[i];
}

template <bool is_half> static void fragments() {
  Element *a = numbers("a", 256, is_half, 0), *b = numbers("b", 128, is_half, 3);
  float *d = floats("d", 128);
  void *args[] = {&a, &b, &d};
  check(cudaLaunchKernel(multiply_fragments<is_half>, dim3(1), dim3(32), args, 0));
  for (int row = 0; row < 16; row++) {
    for (int column = 0; column < 8; column++) {
      float sum = (float)((row < 8 ? 0 : 2) + column % 2);
      for (int k = 0; k < 16; k++) sum += widen(is_half, a[row * 16 + k]) * widen(is_half, b[k * 8 + column]);
      expect("element", row * 8 + column, d[row * 8 + column], sum);
    }
  }
}

// ldmatrix: four matrices of 8 by 8, rows anywhere; element [i][j] of matrix m is 64 m + 8 i + j.
__global__ void load_matrices(u32 *got, int transposed) {
  Element *memory = (Element *)shared_memory();
  const int lane = threadIdx.x;
  const int place = (lane * 7) % 32;
  for (int j = 0; j < 8; j++) memory[place * 8 + j] = (Element)(8 * lane + j);
  __syncwarp();
  u32 r[4];
  if (transposed) load_matrix_4_transposed(r, memory + place * 8);
  else load_matrix_4(r, memory + place * 8);
  for (int m = 0; m < 4; m++) got[4 * lane + m] = r[m];
}

static void matrices() {
  for (int transposed = 0; transposed < 2; transposed++) {
    u32 *got = (u32 *)floats("got", 128);
    void *args[] = {&got, &transposed};
    check(cudaLaunchKernel(load_matrices, dim3(1), dim3(32), args, 512));
    for (int lane = 0; lane < 32; lane++) {
      for (int m = 0; m < 4; m++) {
        const int i = lane / 4, j = lane % 4 * 2;
        const int low = transposed ? 8 * j + i : 8 * i + j, high = transposed ? 8 * (j + 1) + i : 8 * i + j + 1;
        expect("register", 4 * lane + m, got[4 * lane + m], 64 * m + low + ((64 * m + high) << 16));
      }
    }
  }
}

// cp.async: groups arrive when they are waited for; zeros where not valid.
__global__ void copy_rows(const Element *from, Element *to) {
  Element *memory = (Element *)shared_memory();
  const int lane = threadIdx.x;
  copy_async_16(memory + 8 * lane, from + 8 * lane, true);
  copy_async_commit();
  copy_async_16(memory + 256 + 8 * lane, nullptr, false);
  copy_async_commit();
  copy_async_wait<1>();
  for (int i = 0; i < 8; i++) to[8 * lane + i] = memory[8 * lane + i];
  copy_async_wait<0>();
  for (int i = 0; i < 8; i++) to[256 + 8 * lane + i] = memory[256 + 8 * lane + i];
}

static void copies() {
  Element *from = numbers("from", 256, true, 1), *to = (Element *)floats("to", 256);
  void *args[] = {&from, &to};
  check(cudaLaunchKernel(copy_rows, dim3(1), dim3(32), args, 1024));
  for (int i = 0; i < 512; i++) expect("element", i, to[i], i < 256 ? from[i] : 0);
}

// wgmma: A of 64 x 64 and B, which TMA loads; B either rows of k (K-major) or of n (MN-major), then A from registers.
struct Product {
  const Element *a;
  float *d;
};

static __device__ u64 descriptor(const void *start, u32 leading, u32 stride) {
  return (u64)(shared_address(start) >> 4) | (u64)(leading >> 4) << 16 | (u64)(stride >> 4) << 32 | 1ull << 62;
}

template <int N, bool is_half, bool from_registers>
__global__ void multiply_tiles(const Product u, const __grid_constant__ TensorMap map_a, const __grid_constant__ TensorMap map_b) {
  constexpr int PLANES = from_registers ? (N + 63) / 64 : 1;
  Element *a = (Element *)shared_memory();                           // 64 rows of 64.
  Element *b = a + 64 * 64;                                          // N rows of 64, or planes of 64 rows.
  u64 *full = (u64 *)(b + (from_registers ? PLANES * 64 : N) * 64);
  if (threadIdx.x == 0) {
    barrier_init(full, 1);
    barrier_init_fence();
    barrier_expect(full, 64 * 128 + (from_registers ? PLANES * 64 : N) * 128);
    load_box(a, &map_a, full, 0, 0, 0, 0, 0);
    for (int plane = 0; plane < PLANES; plane++) load_box(b + plane * 64 * 64, &map_b, full, 64 * plane, 0, 0, 0, 0);
  }
  __syncthreads();
  barrier_wait(full, 0);
  const int thread = threadIdx.x, lane = thread % 32;
  float d[N / 2];
  for (int i = 0; i < N / 2; i++) d[i] = 1.0f;
  u32 fa[4][4];
  if (from_registers) {
    for (int k = 0; k < 4; k++) {
      for (int i = 0; i < 4; i++) {
        const int row = 16 * (thread / 32) + lane / 4 + (i % 2) * 8, column = 16 * k + lane % 4 * 2 + (i / 2) * 8;
        fa[k][i] = u.a[row * 64 + column] | (u32)u.a[row * 64 + column + 1] << 16;
      }
    }
  }
  wgmma_fence();
  for (int k = 0; k < 4; k++) {
    if (from_registers) {
      const u64 at = descriptor(b + 16 * k * 64, 64 * 128, 1024);
      if (is_half) wgmma_registers_f16<N>(d, fa[k], at, true);
      else wgmma_registers_bf16<N>(d, fa[k], at, true);
    } else {
      const u64 at_a = descriptor(a + 16 * k, 0, 1024), at_b = descriptor(b + 16 * k, 0, 1024);
      if (is_half) wgmma_shared_f16<N>(d, at_a, at_b, k > 0);
      else wgmma_shared_bf16<N>(d, at_a, at_b, k > 0);
    }
  }
  wgmma_commit();
  wgmma_wait<0>();
  // Row and column of each register, from the figure of D of wgmma.m64nNk16.
  for (int i = 0; i < N / 2; i++) {
    const int row = 16 * (thread / 32) + lane / 4 + (i / 2 % 2) * 8, column = i / 4 * 8 + lane % 4 * 2 + i % 2;
    u.d[row * N + column] = d[i];
  }
}

static CUtensorMap map_of(Element *memory, bool is_half, const cuuint64_t (&dims)[5], const cuuint32_t (&box)[5]) {
  CUtensorMap map;
  cuuint64_t strides[4], bytes = 2;
  for (int i = 0; i < 4; i++) strides[i] = bytes *= dims[i];
  const cuuint32_t ones[5] = {1, 1, 1, 1, 1};
  const CUresult result = cuTensorMapEncodeTiled(
      &map, is_half ? CU_TENSOR_MAP_DATA_TYPE_FLOAT16 : CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 5, memory, dims, strides, box, ones,
      CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_NONE,
      CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS) printf("cuTensorMapEncodeTiled: %d\n", result), exit(1);
  return map;
}

template <int N, bool is_half, bool from_registers> static void tiles() {
  constexpr cuuint64_t width = from_registers ? (N + 7) / 8 * 8 : 64, height = from_registers ? 64 : N;
  Element *a = numbers("a", 64 * 64, is_half, 2), *b = numbers("b", (int)(width * height), is_half, 9);
  float *d = floats("d", 64 * N);
  CUtensorMap map_a = map_of(a, is_half, {64, 64, 1, 1, 1}, {64, 64, 1, 1, 1});
  CUtensorMap map_b = map_of(b, is_half, {width, height, 1, 1, 1}, {64, (cuuint32_t)height, 1, 1, 1});
  Product u = {a, d};
  void *args[] = {&u, &map_a, &map_b};
  const int planes = from_registers ? (N + 63) / 64 * 64 : N, bytes = (64 + planes) * 128 + 8;
  const auto kernel = multiply_tiles<N, is_half, from_registers>;
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes));
  check(cudaLaunchKernel(kernel, dim3(1), dim3(128), args, bytes));
  for (int row = 0; row < 64; row++) {
    for (int column = 0; column < N; column++) {
      float sum = from_registers ? 1 : 0;
      for (int k = 0; k < 64; k++) {
        sum += widen(is_half, a[row * 64 + k]) * widen(is_half, from_registers ? b[k * width + column] : b[column * 64 + k]);
      }
      expect("element", row * N + column, d[row * N + column], sum);
    }
  }
}

// A box that begins before the tensor and ends behind it, element by element where the swizzle puts it.
__global__ void load_one_box(const __grid_constant__ TensorMap map, Element *to, int c0, int c1, int c2, int c3, int c4) {
  Element *memory = (Element *)shared_memory();
  u64 *full = (u64 *)(memory + 64 * 40);
  if (threadIdx.x == 0) {
    barrier_init(full, 1);
    barrier_init_fence();
    barrier_expect(full, 40 * 128);
    load_box(memory, &map, full, c0, c1, c2, c3, c4);
    barrier_wait(full, 0);
    for (int i = 0; i < 64 * 40; i++) to[i] = memory[i];
  }
}

static void boxes() {
  const cuuint64_t dims[5] = {72, 6, 5, 3, 2};
  Element *from = numbers("from", 72 * 6 * 5 * 3 * 2, true, 4);
  const int starts[][5] = {{0, 0, 0, 0, 0}, {64, 4, 2, 2, 1}, {-8, -3, -1, -2, 0}, {8, 1, 4, 1, -1}};
  for (auto &at : starts) {
    CUtensorMap map = map_of(from, true, dims, {64, 5, 4, 2, 1});
    Element *to = (Element *)floats("to", 64 * 20);
    int c[5] = {at[0], at[1], at[2], at[3], at[4]};
    void *args[] = {&map, &to, &c[0], &c[1], &c[2], &c[3], &c[4]};
    check(cudaLaunchKernel(load_one_box, dim3(1), dim3(32), args, 64 * 40 * 2 + 8));
    for (int row = 0; row < 40; row++) {
      const long place[4] = {at[1] + row % 5, at[2] + row / 5 % 4, at[3] + row / 20, at[4]};
      bool inside = true;
      long offset = 0;
      for (int i = 3; i >= 0; i--) {
        inside = inside && place[i] >= 0 && place[i] < (long)dims[i + 1];
        offset = offset * (long)dims[i + 1] + place[i];
      }
      for (int column = 0; column < 64; column++) {
        const bool is = inside && at[0] + column >= 0 && at[0] + column < 72;
        const int unit = column / 8 ^ row % 8;
        expect("element", row * 64 + column, to[row * 64 + unit * 8 + column % 8], is ? from[offset * 72 + at[0] + column] : 0);
      }
    }
  }
}

// A ring of two stages, filled by one warp and read by another, for more rounds than there are stages.
__global__ void pass_on(int *sums, const __grid_constant__ TensorMap map) {
  Element *memory = (Element *)shared_memory();
  u64 *full = (u64 *)(memory + 2 * 512), *free = full + 2;
  if (threadIdx.x == 0) {
    for (int i = 0; i < 2; i++) barrier_init(full + i, 1), barrier_init(free + i, 32);
    barrier_init_fence();
  }
  __syncthreads();
  for (int round = 0; round < 7; round++) {
    const int stage = round % 2;
    const u32 parity = round / 2 % 2;
    if (threadIdx.x == 32) {
      barrier_wait(free + stage, parity ^ 1u);
      barrier_expect(full + stage, 1024);
      load_box(memory + stage * 512, &map, full + stage, 0, 8 * round, 0, 0, 0);
    } else if (threadIdx.x < 32) {
      barrier_wait(full + stage, parity);
      int sum = 0;
      for (int i = 0; i < 16; i++) sum += memory[stage * 512 + 16 * threadIdx.x + i];
      barrier_arrive(free + stage);
      for (int i = 16; i > 0; i /= 2) sum += __shfl_xor_sync(~0u, sum, i);
      if (threadIdx.x == 0) sums[round] = sum;
    }
  }
}

static void pipeline() {
  Element *from = numbers("from", 64 * 56, true, 8);
  int *sums = (int *)floats("sums", 7);
  CUtensorMap map = map_of(from, true, {64, 56, 1, 1, 1}, {64, 8, 1, 1, 1});
  void *args[] = {&sums, &map};
  check(cudaLaunchKernel(pass_on, dim3(1), dim3(64), args, 2 * 1024 + 32));
  for (int round = 0; round < 7; round++) {
    int sum = 0;
    for (int i = 0; i < 512; i++) sum += from[512 * round + i];
    expect("round", round, sums[round], sum);
  }
}

__global__ void talk(int *out) {
  const int lane = threadIdx.x % 32;
  int *own = out + 8 * threadIdx.x;
  own[0] = __shfl_sync(~0u, lane * lane, (lane + 5) % 32);
  own[1] = __shfl_xor_sync(~0u, lane, 3);
  own[2] = (int)__ballot_sync(~0u, lane % 3 == 0);
  own[3] = (int)__float_as_uint(__shfl_down_sync(~0u, (float)lane, 4));
  // Halves of a warp on their own.
  if (lane < 16) own[4] = __shfl_sync(0xffffu, lane, 2);
  else own[4] = (int)__ballot_sync(0xffff0000u, lane % 2);
  group_sync(1 + (int)threadIdx.x / 64, 64);
  own[5] = __any_sync(~0u, lane == 7) + 2 * __all_sync(~0u, lane < 31);
  own[6] = (int)__shfl_up_sync(~0u, (long long)lane, 1, 8);
  own[7] = 0;
}

static void shuffles() {
  int *out = (int *)floats("out", 8 * 128);
  void *args[] = {&out};
  check(cudaLaunchKernel(talk, dim3(1), dim3(128), args, 0));
  for (int thread = 0; thread < 128; thread++) {
    const int lane = thread % 32, *own = out + 8 * thread;
    expect("index", thread, own[0], (lane + 5) % 32 * ((lane + 5) % 32));
    expect("xor", thread, own[1], lane ^ 3);
    expect("ballot", thread, own[2], 0x49249249);
    expect("down", thread, __uint_as_float((unsigned)own[3]), lane < 28 ? lane + 4 : lane);
    expect("half", thread, (unsigned)own[4], lane < 16 ? 2 : 0xaaaa0000u);
    expect("votes", thread, own[5], 1);
    expect("up", thread, own[6], lane % 8 ? lane - 1 : lane);
  }
}

static void conversions() {
  unsigned state = 1;
  for (int i = 0; i < 2000000; i++) {
    state = state * 1664525u + 1013904223u;
    // All exponents that halves have, and some beyond; many ties.
    const unsigned word = i % 2 ? state : (state & 0xfffff000u) % 0x20000000u + 0x32000000u;
    const float x = __uint_as_float(word);
    if (x != x) continue;
    const _Float16 half = (_Float16)x;
    Element bits;
    memcpy(&bits, &half, 2);
    expect("f16 of", (int)word, narrow_f16(x), bits);
    expect("f32 of", bits, widen_f16(bits), (float)half);
    const Element brain = narrow_bf16(x);
    const double error = fabs((double)widen_bf16(brain) - x);
    const double above = fabs((double)widen_bf16(brain + 1) - x), below = fabs((double)widen_bf16(brain - 1) - x);
    if (fabsf(x) > 1e-37f && fabsf(x) < 3e38f && !(error < above && error < below) && !(error <= above && error <= below && brain % 2 == 0)) {
      expect("bf16 of", (int)word, error, 0);
    }
  }
  expect("pack", 0, pack_f16(1.0f, -2.0f), 0xc0003c00u);
  expect("pack", 1, pack_bf16(1.0f, -2.0f), 0xc0003f80u);
  expect("f16 of NaN", 0, narrow_f16(NAN), 0x7fff);
  expect("bf16 of infinity", 0, narrow_bf16(INFINITY), 0x7f80);
  expect("exp2 of", 0, fast_exp2(-INFINITY), 0);
  expect("exp2 of", -130, fast_exp2(-130.0f), 0);
  expect("exp2 of", -126, fast_exp2(-126.0f), 0x1p-126);
  expect("exp2 of", 3, fast_exp2(3.0f), 8);
}

__global__ void nothing() {}

static void launches() {
  const auto launch = [](unsigned blocks, unsigned threads, size_t bytes) {
    return (int)cudaLaunchKernel(nothing, dim3(blocks), dim3(threads), nullptr, bytes);
  };
  expect("launch", 0, launch(3, 64, 49152), cudaSuccess);
  expect("too much shared memory", 0, launch(1, 32, 49153), cudaErrorInvalidValue);
  expect("last error", 0, cudaPeekAtLastError(), cudaErrorInvalidValue);
  expect("last error", 1, cudaGetLastError(), cudaErrorInvalidValue);
  expect("last error", 2, cudaGetLastError(), cudaSuccess);
  expect("227 KiB", 0, cudaFuncSetAttribute(nothing, cudaFuncAttributeMaxDynamicSharedMemorySize, 227 << 10), cudaSuccess);
  expect("227 KiB", 1, launch(1, 32, 227 << 10), cudaSuccess);
  expect("228 KiB", 0, cudaFuncSetAttribute(nothing, cudaFuncAttributeMaxDynamicSharedMemorySize, 228 << 10), cudaErrorInvalidValue);
  expect("no blocks", 0, launch(0, 32, 0), cudaErrorInvalidConfiguration);
  expect("too many blocks", 0, launch(1u << 31, 32, 0), cudaErrorInvalidConfiguration);
  expect("too many threads", 0, launch(1, 1056, 0), cudaErrorInvalidConfiguration);
  cudaLaunchConfig_t config = {dim3(2), dim3(32), 0, 0, nullptr, 0};
  expect("ExC", 0, cudaLaunchKernelExC(&config, (const void *)nothing, nullptr), cudaSuccess);
  int value = 0;
  check(cudaDeviceGetAttribute(&value, cudaDevAttrComputeCapabilityMajor, 0));
  expect("major", 0, value, 9);
  setenv("EMULATION_COMPUTE_CAPABILITY", "86", 1);
  check(cudaDeviceGetAttribute(&value, cudaDevAttrComputeCapabilityMinor, 0));
  expect("minor", 0, value, 6);
  expect("8.6", 0, cudaFuncSetAttribute(nothing, cudaFuncAttributeMaxDynamicSharedMemorySize, 100 << 10), cudaErrorInvalidValue);
  setenv("EMULATION_FAIL", "cudaLaunchKernel", 1);
  expect("told to fail", 0, launch(1, 32, 0), cudaErrorLaunchOutOfResources);
}

static void tensor_maps() {
  void *function = nullptr;
  cudaDriverEntryPointQueryResult found;
  check(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000, cudaEnableDefault, &found));
  const auto encode = (decltype(&cuTensorMapEncodeTiled))function;
  char *memory = (char *)emulation::allocate("memory", 4096, emulation::Use::operand);
  struct Shape {
    const char *what;
    int shift;
    cuuint32_t rank;
    cuuint64_t dims[3], strides[2];
    cuuint32_t box[3], step;
    CUresult result;
  };
  constexpr CUresult bad = CUDA_ERROR_INVALID_VALUE;
  const Shape shapes[] = {
      {"a tensor", 0, 3, {72, 5, 3}, {144, 720}, {64, 5, 1}, 1, CUDA_SUCCESS},
      {"strides in any order", 0, 3, {72, 5, 3}, {720, 144}, {64, 5, 1}, 1, CUDA_SUCCESS},
      {"an odd address", 8, 3, {72, 5, 3}, {144, 720}, {64, 5, 1}, 1, bad},
      {"an odd stride", 0, 3, {72, 5, 3}, {152, 720}, {64, 5, 1}, 1, bad},
      {"a long stride", 0, 3, {72, 5, 3}, {144, 1ull << 40}, {64, 5, 1}, 1, bad},
      {"no extent", 0, 3, {72, 0, 3}, {144, 720}, {64, 5, 1}, 1, bad},
      {"a large extent", 0, 3, {72, (1ull << 32) + 1, 3}, {144, 720}, {64, 5, 1}, 1, bad},
      {"a long box", 0, 3, {72, 5, 3}, {144, 720}, {64, 257, 1}, 1, bad},
      {"an empty box", 0, 3, {72, 5, 3}, {144, 720}, {64, 0, 1}, 1, bad},
      {"a wide box", 0, 3, {144, 5, 3}, {288, 1440}, {72, 5, 1}, 1, bad},
      {"a ragged box", 0, 3, {72, 5, 3}, {144, 720}, {60, 5, 1}, 1, bad},
      {"a long step", 0, 3, {72, 5, 3}, {144, 720}, {64, 5, 1}, 9, bad},
      {"no dimension", 0, 0, {72, 5, 3}, {144, 720}, {64, 5, 1}, 1, bad},
  };
  for (auto &each : shapes) {
    CUtensorMap map;
    const cuuint32_t steps[3] = {1, each.step, 1};
    const CUresult result = encode(&map, CU_TENSOR_MAP_DATA_TYPE_FLOAT16, each.rank, memory + each.shift, each.dims, each.strides,
                                   each.box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
                                   CU_TENSOR_MAP_L2_PROMOTION_NONE, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
    expect(each.what, 0, result, each.result);
  }
}

static const Case cases[] = {
    {"fragments f16", fragments<true>},
    {"fragments bf16", fragments<false>},
    {"ldmatrix", matrices},
    {"cp.async", copies},
    {"wgmma K-major bf16 N = 64", tiles<64, false, false>},
    {"wgmma K-major f16 N = 8", tiles<8, true, false>},
    {"wgmma K-major bf16 N = 200", tiles<200, false, false>},
    {"wgmma MN-major f16 N = 64", tiles<64, true, true>},
    {"wgmma MN-major bf16 N = 80", tiles<80, false, true>},
    {"wgmma MN-major bf16 N = 256", tiles<256, false, true>},
    {"boxes", boxes},
    {"pipeline", pipeline},
    {"shuffles", shuffles},
    {"conversions", conversions},
    {"launches", launches},
    {"tensor maps", tensor_maps},
};

int main(int count, char **names) { return run_case(cases, count, names); }
