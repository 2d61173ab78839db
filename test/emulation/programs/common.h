// What the test programs of the emulation share: types of emitted kernels, cases by name.
#pragma once

#include <cuda.h>
#include <cuda_runtime.h>
#include <stdio.h>

using u32 = unsigned int;
using u64 = unsigned long long;

struct alignas(64) TensorMap {
  u64 opaque[16];
};

struct Case {
  const char *name;
  void (*run)();
};

inline void check(cudaError_t error) {
  if (error == cudaSuccess) return;
  printf("%s\n", cudaGetErrorString(error));
  exit(1);
}

template <size_t N> inline int run_case(const Case (&cases)[N], int count, char **names) {
  for (auto &each : cases) {
    if (count == 1) printf("%s\n", each.name);
    if (count != 2 || strcmp(names[1], each.name) != 0) continue;
    each.run();
    printf("right\n");
    return 0;
  }
  return count == 1 ? 0 : 2;
}
