// The rest of the CUDA runtime API: one device, memory, errors, entry points of the driver.
#pragma once

#include "launch.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

#define EMULATION_ERRORS(X)                                                \
  X(cudaSuccess, "no error")                                               \
  X(cudaErrorInvalidValue, "invalid argument")                             \
  X(cudaErrorMemoryAllocation, "out of memory")                            \
  X(cudaErrorInitializationError, "initialization error")                  \
  X(cudaErrorInvalidConfiguration, "invalid configuration argument")       \
  X(cudaErrorInvalidDevicePointer, "invalid device pointer")               \
  X(cudaErrorInsufficientDriver, "CUDA driver version is insufficient for CUDA runtime version") \
  X(cudaErrorInvalidDeviceFunction, "invalid device function")             \
  X(cudaErrorNoDevice, "no CUDA-capable device is detected")               \
  X(cudaErrorInvalidDevice, "invalid device ordinal")                      \
  X(cudaErrorNoKernelImageForDevice, "no kernel image is available for execution on the device") \
  X(cudaErrorSymbolNotFound, "named symbol not found")                     \
  X(cudaErrorIllegalAddress, "an illegal memory access was encountered")   \
  X(cudaErrorLaunchOutOfResources, "too many resources requested for launch") \
  X(cudaErrorLaunchFailure, "unspecified launch failure")                  \
  X(cudaErrorNotSupported, "operation not supported")                      \
  X(cudaErrorUnknown, "unknown error")

const char *cudaGetErrorString(cudaError_t error) {
  switch (error) {
#define EMULATION_ERROR(name, text) \
  case name:                        \
    return text;
    EMULATION_ERRORS(EMULATION_ERROR)
#undef EMULATION_ERROR
  }
  return "unrecognized error code";
}

const char *cudaGetErrorName(cudaError_t error) {
  switch (error) {
#define EMULATION_ERROR(name, text) \
  case name:                        \
    return #name;
    EMULATION_ERRORS(EMULATION_ERROR)
#undef EMULATION_ERROR
  }
  return "unrecognized error code";
}

cudaError_t cudaPeekAtLastError() { return emulation::last_error; }
cudaError_t cudaGetLastError() {
  const cudaError_t error = emulation::last_error;
  emulation::last_error = cudaSuccess;
  return error;
}

cudaError_t cudaGetDevice(int *device) {
  if (emulation::must_fail("cudaGetDevice")) return emulation::result(cudaErrorNoDevice);
  *device = 0;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) { return device == 0 ? cudaSuccess : emulation::result(cudaErrorInvalidDevice); }
cudaError_t cudaGetDeviceCount(int *count) {
  *count = 1;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device) {
  using namespace emulation;
  if (must_fail("cudaDeviceGetAttribute") || device != 0) return result(cudaErrorInvalidDevice);
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
      *value = 1024;
      return cudaSuccess;
    case cudaDevAttrMaxGridDimX:
      *value = 2147483647;
      return cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      *value = (int)SHARED_BY_DEFAULT;
      return cudaSuccess;
    case cudaDevAttrWarpSize:
      *value = WARP;
      return cudaSuccess;
    case cudaDevAttrMultiProcessorCount:
      *value = (int)setting("EMULATION_MULTIPROCESSORS", 132);
      return cudaSuccess;
    case cudaDevAttrComputeCapabilityMajor:
      *value = capability() / 10;
      return cudaSuccess;
    case cudaDevAttrComputeCapabilityMinor:
      *value = capability() % 10;
      return cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      *value = (int)most_shared() + 1024;
      return cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = (int)most_shared();
      return cudaSuccess;
  }
  fail("device attribute %d, which the emulation does not know", (int)attribute);
}

cudaError_t cudaDeviceSynchronize() { return cudaSuccess; }
cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaMalloc(void **memory, size_t bytes) {
  *memory = bytes == 0 ? nullptr : emulation::allocate("cudaMalloc", bytes, emulation::Use::any);
  return cudaSuccess;
}
cudaError_t cudaFree(void *memory) {
  if (memory) emulation::release(memory);
  return cudaSuccess;
}
cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind) {
  memcpy(to, from, bytes);
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t) {
  return cudaMemcpy(to, from, bytes, kind);
}
cudaError_t cudaMemset(void *memory, int value, size_t bytes) {
  memset(memory, value, bytes);
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t) { return cudaMemset(memory, value, bytes); }

cudaError_t cudaGetDriverEntryPointByVersion(const char *symbol, void **function, unsigned int version, unsigned long long,
                                             cudaDriverEntryPointQueryResult *status) {
  const bool failing = emulation::must_fail("cudaGetDriverEntryPoint");
  const bool known = !failing && strcmp(symbol, "cuTensorMapEncodeTiled") == 0;
  *function = known && version >= 12000 ? (void *)cuTensorMapEncodeTiled : nullptr;
  const auto found = !known ? cudaDriverEntryPointSymbolNotFound
                     : version < 12000 ? cudaDriverEntryPointVersionNotSufficent
                                       : cudaDriverEntryPointSuccess;
  if (status) *status = found;
  return found == cudaDriverEntryPointSuccess || status ? cudaSuccess : emulation::result(cudaErrorSymbolNotFound);
}
cudaError_t cudaGetDriverEntryPoint(const char *symbol, void **function, unsigned long long flags,
                                    cudaDriverEntryPointQueryResult *status) {
  return cudaGetDriverEntryPointByVersion(symbol, function, CUDART_VERSION, flags, status);
}
