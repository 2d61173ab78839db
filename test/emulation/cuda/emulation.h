// CUDA device code as g++ sees it: this header is included before a .cu file (`g++ -x c++ -include emulation.h`) and
// declares the language, the built-in functions and the instructions that the emitted kernels use. What they do is in
// runtime.cpp, which is linked to the program. The semantics are those of the PTX ISA and the CUDA programming guide.
#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define __device__
#define __host__
#define __global__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __grid_constant__
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __builtin_assume(condition) ((void)0)

struct uint3 {
  unsigned int x, y, z;
};

struct dim3 {
  unsigned int x, y, z;
  constexpr dim3(unsigned int x = 1, unsigned int y = 1, unsigned int z = 1) : x(x), y(y), z(z) {}
};

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(8) int2 {
  int x, y;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned int x, y;
};
struct alignas(16) uint4 {
  unsigned int x, y, z, w;
};

inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned int x, unsigned int y) { return {x, y}; }
inline uint4 make_uint4(unsigned int x, unsigned int y, unsigned int z, unsigned int w) { return {x, y, z, w}; }

// Those of the thread that runs.
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
constexpr int warpSize = 32;

#define EMULATION_MIN_MAX(type)                                              \
  inline type min(type a, type b) { return b < a ? b : a; }                  \
  inline type max(type a, type b) { return a < b ? b : a; }
EMULATION_MIN_MAX(int)
EMULATION_MIN_MAX(unsigned int)
EMULATION_MIN_MAX(long long)
EMULATION_MIN_MAX(unsigned long long)
#undef EMULATION_MIN_MAX
inline unsigned int min(int a, unsigned int b) { return min((unsigned int)a, b); }
inline unsigned int min(unsigned int a, int b) { return min(a, (unsigned int)b); }
inline unsigned int max(int a, unsigned int b) { return max((unsigned int)a, b); }
inline unsigned int max(unsigned int a, int b) { return max(a, (unsigned int)b); }
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }

namespace emulation {
template <class To, class From> inline To bits(From value) {
  static_assert(sizeof(To) == sizeof(From), "as many bits");
  To result;
  __builtin_memcpy(&result, &value, sizeof(To));
  return result;
}
}  // namespace emulation

inline int __float_as_int(float value) { return emulation::bits<int>(value); }
inline unsigned int __float_as_uint(float value) { return emulation::bits<unsigned int>(value); }
inline float __int_as_float(int value) { return emulation::bits<float>(value); }
inline float __uint_as_float(unsigned int value) { return emulation::bits<float>(value); }
inline int __popc(unsigned int value) { return __builtin_popcount(value); }
inline int __popcll(unsigned long long value) { return __builtin_popcountll(value); }
inline int __ffs(int value) { return __builtin_ffs(value); }
inline int __clz(int value) { return value == 0 ? 32 : __builtin_clz((unsigned int)value); }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline float rsqrtf(float value) { return 1.0f / sqrtf(value); }
template <class T> inline T __ldg(const T *address) { return *address; }

// Collectives of a warp and a block. Shuffles and votes do not order memory; __syncwarp and __syncthreads do.
void __syncthreads();
void __syncwarp(unsigned int mask = 0xffffffffu);
unsigned int __ballot_sync(unsigned int mask, int predicate);
int __any_sync(unsigned int mask, int predicate);
int __all_sync(unsigned int mask, int predicate);

namespace emulation {
enum class Shuffle { index, exclusive, up, down };
unsigned long long shuffle(Shuffle kind, unsigned int mask, unsigned long long value, int operand, int width);

template <class T> __forceinline__ T shuffled(Shuffle kind, unsigned int mask, T value, int operand, int width) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles move 4 or 8 bytes");
  unsigned long long word = 0;
  __builtin_memcpy(&word, &value, sizeof(T));
  word = shuffle(kind, mask, word, operand, width);
  __builtin_memcpy(&value, &word, sizeof(T));
  return value;
}
}  // namespace emulation

template <class T> __forceinline__ T __shfl_sync(unsigned int mask, T value, int lane, int width = 32) {
  return emulation::shuffled(emulation::Shuffle::index, mask, value, lane, width);
}
template <class T> __forceinline__ T __shfl_xor_sync(unsigned int mask, T value, int lanes, int width = 32) {
  return emulation::shuffled(emulation::Shuffle::exclusive, mask, value, lanes, width);
}
template <class T> __forceinline__ T __shfl_up_sync(unsigned int mask, T value, unsigned int lanes, int width = 32) {
  return emulation::shuffled(emulation::Shuffle::up, mask, value, (int)lanes, width);
}
template <class T> __forceinline__ T __shfl_down_sync(unsigned int mask, T value, unsigned int lanes, int width = 32) {
  return emulation::shuffled(emulation::Shuffle::down, mask, value, (int)lanes, width);
}

// Instructions. Under nvcc a kernel defines them itself, as inline PTX.
unsigned char *shared_memory();
unsigned int shared_address(const void *shared);

float fast_exp2(float x);
float widen_f16(unsigned short bits);
float widen_bf16(unsigned short bits);
unsigned short narrow_f16(float value);
unsigned short narrow_bf16(float value);
unsigned int pack_f16(float low, float high);
unsigned int pack_bf16(float low, float high);

void copy_async_16(void *shared, const void *global, bool valid);
void copy_async_commit();
void load_matrix_4(unsigned int (&r)[4], const void *row);
void load_matrix_4_transposed(unsigned int (&r)[4], const void *row);
void mma_f16(float (&d)[4], const unsigned int (&a)[4], unsigned int b0, unsigned int b1);
void mma_bf16(float (&d)[4], const unsigned int (&a)[4], unsigned int b0, unsigned int b1);

// sm_90a.
struct TensorMap;
void barrier_init(unsigned long long *bar, unsigned int count);
void barrier_init_fence();
void barrier_arrive(unsigned long long *bar);
void barrier_expect(unsigned long long *bar, unsigned int bytes);
void barrier_wait(unsigned long long *bar, unsigned int parity);
void load_box(void *shared, const TensorMap *map, unsigned long long *bar, int c0, int c1, int c2, int c3, int c4);
void prefetch_map(const TensorMap *map);
void wgmma_fence();
void wgmma_commit();
void group_sync(int id, int threads);
/// For compilers alone.
template <int N> inline void registers_fence(float (&)[N][4]) {}

namespace emulation {
enum class Type { f16, bf16 };
void copy_async_wait(int groups);
void wgmma_wait(int groups);
void set_registers(int count, bool more);
/// m64nNk16; `a` is null where A lies in shared memory and `a_descriptor` says where, else the four registers of A.
void wgmma(Type type, int n, float *d, const unsigned int *a, unsigned long long a_descriptor,
           unsigned long long b_descriptor, bool accumulate);
}  // namespace emulation

template <int N> __forceinline__ void copy_async_wait() { emulation::copy_async_wait(N); }
template <int N> __forceinline__ void wgmma_wait() {
  static_assert(N >= 0 && N <= 7, "wgmma.wait_group takes 0 to 7");
  emulation::wgmma_wait(N);
}
template <int N> __forceinline__ void registers_take() { emulation::set_registers(N, true); }
template <int N> __forceinline__ void registers_release() { emulation::set_registers(N, false); }

/// Accumulators are one array, or fragments of four.
#define EMULATION_WGMMA(type, fragment)                                                                            \
  template <int N>                                                                                                 \
  __forceinline__ void wgmma_shared_##type(float(&d) fragment, unsigned long long a, unsigned long long b,                  \
                                  bool accumulate) {                                                               \
    static_assert(N % 8 == 0 && N >= 8 && N <= 256, "wgmma takes N = 8, 16, ... 256");                             \
    emulation::wgmma(emulation::Type::type, N, (float *)d, nullptr, a, b, accumulate);                             \
  }                                                                                                                \
  template <int N>                                                                                                 \
  __forceinline__ void wgmma_registers_##type(float(&d) fragment, const unsigned int(&a)[4], unsigned long long b,          \
                                     bool accumulate) {                                                            \
    static_assert(N % 8 == 0 && N >= 8 && N <= 256, "wgmma takes N = 8, 16, ... 256");                             \
    emulation::wgmma(emulation::Type::type, N, (float *)d, a, 0, b, accumulate);                                   \
  }
EMULATION_WGMMA(f16, [N / 2])
EMULATION_WGMMA(bf16, [N / 2])
EMULATION_WGMMA(f16, [N / 8][4])
EMULATION_WGMMA(bf16, [N / 8][4])
#undef EMULATION_WGMMA
