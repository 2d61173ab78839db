// The part of the CUDA runtime API that the host launchers of emitted kernels use, on the emulated device. Kernels run
// within the launch, block after block.
#pragma once

#include "emulated-memory.h"
#include "emulation.h"

#include <utility>

#define CUDART_VERSION 13000
#define CUDART_CB
#define CUDARTAPI

typedef struct CUstream_st *cudaStream_t;

enum cudaError {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInitializationError = 3,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorInvalidDevicePointer = 17,
  cudaErrorInsufficientDriver = 35,
  cudaErrorInvalidDeviceFunction = 98,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorNoKernelImageForDevice = 209,
  cudaErrorSymbolNotFound = 500,
  cudaErrorIllegalAddress = 700,
  cudaErrorLaunchOutOfResources = 701,
  cudaErrorLaunchFailure = 719,
  cudaErrorNotSupported = 801,
  cudaErrorUnknown = 999,
};
typedef enum cudaError cudaError_t;

enum cudaDeviceAttr {
  cudaDevAttrMaxThreadsPerBlock = 1,
  cudaDevAttrMaxGridDimX = 5,
  cudaDevAttrMaxSharedMemoryPerBlock = 8,
  cudaDevAttrWarpSize = 10,
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrComputeCapabilityMajor = 75,
  cudaDevAttrComputeCapabilityMinor = 76,
  cudaDevAttrMaxSharedMemoryPerMultiprocessor = 81,
  cudaDevAttrMaxSharedMemoryPerBlockOptin = 97,
};

enum cudaFuncAttribute {
  cudaFuncAttributeMaxDynamicSharedMemorySize = 8,
  cudaFuncAttributePreferredSharedMemoryCarveout = 9,
};

enum cudaDriverEntryPointQueryResult {
  cudaDriverEntryPointSuccess = 0,
  cudaDriverEntryPointSymbolNotFound = 1,
  cudaDriverEntryPointVersionNotSufficent = 2,
};
enum { cudaEnableDefault = 0 };

enum cudaMemcpyKind {
  cudaMemcpyHostToHost = 0,
  cudaMemcpyHostToDevice = 1,
  cudaMemcpyDeviceToHost = 2,
  cudaMemcpyDeviceToDevice = 3,
  cudaMemcpyDefault = 4,
};

enum cudaLaunchAttributeID {
  cudaLaunchAttributeClusterDimension = 4,
  cudaLaunchAttributeProgrammaticStreamSerialization = 6,
};
union cudaLaunchAttributeValue {
  char pad[64];
  struct {
    unsigned int x, y, z;
  } clusterDim;
  int programmaticStreamSerializationAllowed;
};
struct cudaLaunchAttribute {
  cudaLaunchAttributeID id;
  char pad[8 - sizeof(cudaLaunchAttributeID)];
  cudaLaunchAttributeValue val;
};
struct cudaLaunchConfig_t {
  dim3 gridDim;
  dim3 blockDim;
  size_t dynamicSmemBytes;
  cudaStream_t stream;
  cudaLaunchAttribute *attrs;
  unsigned int numAttrs;
};

const char *cudaGetErrorString(cudaError_t error);
const char *cudaGetErrorName(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();
cudaError_t cudaGetDevice(int *device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device);
cudaError_t cudaDeviceSynchronize();
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaMalloc(void **memory, size_t bytes);
cudaError_t cudaFree(void *memory);
cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream = 0);
cudaError_t cudaMemset(void *memory, int value, size_t bytes);
cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream = 0);
cudaError_t cudaGetDriverEntryPoint(const char *symbol, void **function, unsigned long long flags,
                                    cudaDriverEntryPointQueryResult *status = NULL);
cudaError_t cudaGetDriverEntryPointByVersion(const char *symbol, void **function, unsigned int version,
                                             unsigned long long flags, cudaDriverEntryPointQueryResult *status = NULL);
template <class T> inline cudaError_t cudaMalloc(T **memory, size_t bytes) { return cudaMalloc((void **)memory, bytes); }

/// What lies between a launch and a kernel is not the kernel's doing.
#define EMULATION_HOST __attribute__((no_sanitize("thread")))

namespace emulation {
/// Calls a kernel with arguments that `arguments` points to, one by one. Static, as are all templates over parameters:
/// sources may call different structs by one name.
typedef void (*Invoke)(const void *function, void **arguments);

template <class... Parameters, size_t... i>
EMULATION_HOST static inline void invoke_with(const void *function, void **arguments, std::index_sequence<i...>) {
  ((void (*)(Parameters...))function)(*(Parameters *)arguments[i]...);
}
template <class... Parameters> EMULATION_HOST static inline void invoke(const void *function, void **arguments) {
  (void)arguments;
  invoke_with<Parameters...>(function, arguments, std::index_sequence_for<Parameters...>());
}

cudaError_t set_attribute(const void *function, cudaFuncAttribute attribute, int value);
cudaError_t launch(const void *function, Invoke invoke, const cudaLaunchConfig_t &config, void **arguments);
/// Functions whose type was seen once can be launched by address.
void remember(const void *function, Invoke invoke);
}  // namespace emulation

template <class... Parameters>
static inline cudaError_t cudaFuncSetAttribute(void (*function)(Parameters...), cudaFuncAttribute attribute, int value) {
  emulation::remember((const void *)function, emulation::invoke<Parameters...>);
  return emulation::set_attribute((const void *)function, attribute, value);
}
inline cudaError_t cudaFuncSetAttribute(const void *function, cudaFuncAttribute attribute, int value) {
  return emulation::set_attribute(function, attribute, value);
}

template <class... Parameters>
static inline cudaError_t cudaLaunchKernel(void (*function)(Parameters...), dim3 grid, dim3 block, void **arguments,
                                    size_t shared = 0, cudaStream_t stream = 0) {
  return emulation::launch((const void *)function, emulation::invoke<Parameters...>,
                           {grid, block, shared, stream, nullptr, 0}, arguments);
}
inline cudaError_t cudaLaunchKernel(const void *function, dim3 grid, dim3 block, void **arguments, size_t shared = 0,
                                    cudaStream_t stream = 0) {
  return emulation::launch(function, nullptr, {grid, block, shared, stream, nullptr, 0}, arguments);
}

template <class... Parameters>
static inline cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t *config, void (*function)(Parameters...),
                                       void **arguments) {
  return emulation::launch((const void *)function, emulation::invoke<Parameters...>, *config, arguments);
}
inline cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t *config, const void *function, void **arguments) {
  return emulation::launch(function, nullptr, *config, arguments);
}
template <class... Parameters, class... Arguments>
static inline cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t *config, void (*function)(Parameters...),
                                      Arguments &&...arguments) {
  return [&](Parameters... values) {
    void *pointers[] = {(void *)&values..., nullptr};
    return cudaLaunchKernelExC(config, function, pointers);
  }(std::forward<Arguments>(arguments)...);
}
