// Launches: the limits of the emulated device, then block after block, and what must not be left behind by them.
#pragma once

#include "../cuda_runtime.h"
#include "wgmma.h"

#include <map>

namespace emulation {

/// 80, 90, ...: EMULATION_COMPUTE_CAPABILITY.
inline int capability() { return (int)setting("EMULATION_COMPUTE_CAPABILITY", 90); }

constexpr size_t SHARED_BY_DEFAULT = 48 << 10;

/// CUDA C++ programming guide, "Compute capabilities": most shared memory per block.
inline size_t most_shared() {
  switch (capability()) {
    case 80:
    case 87:
      return 163 << 10;
    case 90:
    case 100:
    case 103:
    case 110:
      return 227 << 10;
    default:
      return capability() >= 80 ? 99 << 10 : 64 << 10;
  }
}

inline cudaError_t last_error = cudaSuccess;
inline cudaError_t result(cudaError_t error) {
  if (error != cudaSuccess) last_error = error;
  return error;
}

/// Whether EMULATION_FAIL names this function of the API, so that what a launcher does then can be tested.
inline bool must_fail(const char *name) {
  const char *failing = getenv("EMULATION_FAIL");
  return failing && strcmp(failing, name) == 0;
}

inline std::map<const void *, size_t> shared_limits;
inline std::map<const void *, Invoke> kernels;

void remember(const void *function, Invoke invoke) { kernels[function] = invoke; }

cudaError_t set_attribute(const void *function, cudaFuncAttribute attribute, int value) {
  if (must_fail("cudaFuncSetAttribute")) return result(cudaErrorLaunchOutOfResources);
  if (!function) return result(cudaErrorInvalidDeviceFunction);
  if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) return cudaSuccess;
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) return result(cudaErrorInvalidValue);
  if (value < 0 || (size_t)value > most_shared()) return result(cudaErrorInvalidValue);
  shared_limits[function] = (size_t)value;
  return cudaSuccess;
}

void on_thread_end(Thread &thread) {
  if (!thread.copies.empty() || !thread.copy_groups.empty()) {
    size_t count = thread.copies.size();
    for (auto &group : thread.copy_groups) count += group.size();
    if (count > 0) fail("asynchronous copies in flight: %zu", count);
  }
  if (!thread.lent.empty()) fail("products of wgmma in flight");
  Warp &warp = block.warps[thread.warp()];
  const unsigned own = 1u << thread.lane();
  for (auto &meeting : warp.open) {
    if (meeting.mask & own) fail("%s wait for this thread at %s", lanes_text(thread.warp(), meeting.arrived).c_str(), meeting.what);
  }
  warp.exited |= own;
  NamedBarrier &all = block.named[0];
  if (!all.arrived.empty() && all.expected == 0 && (int)all.arrived.size() == block.alive - 1) complete(all);
}

inline void check_left_behind() {
  for (auto &each : barriers) {
    if (!each.second->boxes.empty()) {
      fail("block %llu: end of the kernel: boxes in flight to the barrier at byte %ld of shared memory: %zu",
           (unsigned long long)block_number, each.first, each.second->boxes.size());
    }
  }
}

/// Blocks whose loads and stores are kept are spread over the launch, the first among them: EMULATION_TRACKED many.
inline bool is_tracked(uint64_t index, uint64_t count) {
  const uint64_t most = (uint64_t)setting("EMULATION_TRACKED", 8);
  return instrumented && (count <= most || index == 0 || index * most / count != (index - 1) * most / count);
}

inline const void *current_function;
inline Invoke current_invoke;
inline void **current_arguments;

cudaError_t launch(const void *function, Invoke invoke, const cudaLaunchConfig_t &config, void **arguments) {
  if (must_fail("cudaLaunchKernel")) return result(cudaErrorLaunchOutOfResources);
  if (!function) return result(cudaErrorInvalidDeviceFunction);
  if (invoke) remember(function, invoke);
  if (!invoke && kernels.count(function)) invoke = kernels[function];
  if (!invoke) fail("a launch of %p, whose parameters are unknown: pass the kernel itself, not its address as void", function);
  for (unsigned i = 0; i < config.numAttrs; i++) {
    const auto &attribute = config.attrs[i];
    if (attribute.id == cudaLaunchAttributeClusterDimension && attribute.val.clusterDim.x == 1 &&
        attribute.val.clusterDim.y == 1 && attribute.val.clusterDim.z == 1) continue;
    fail("launch attribute %d, which the emulation does not know", (int)attribute.id);
  }
  const dim3 grid = config.gridDim, threads = config.blockDim;
  const auto limit = shared_limits.find(function);
  const size_t shared_limit = limit == shared_limits.end() ? SHARED_BY_DEFAULT : std::max(SHARED_BY_DEFAULT, limit->second);
  if (grid.x < 1 || grid.x > 2147483647u || grid.y < 1 || grid.y > 65535 || grid.z < 1 || grid.z > 65535) return result(cudaErrorInvalidConfiguration);
  if (threads.x < 1 || threads.x * threads.y * threads.z > 1024) return result(cudaErrorInvalidConfiguration);
  if (config.dynamicSmemBytes > shared_limit) return result(cudaErrorInvalidValue);
  if (threads.y != 1 || threads.z != 1 || grid.y != 1 || grid.z != 1) fail("a launch of more than one dimension; the emulation knows only one");
  if (threads.x % WARP != 0) fail("blocks of %u threads; the emulation wants whole warps", threads.x);

  watch_faults();
  launches++;
  seed = setting("EMULATION_SEED", 0);
  gridDim = grid;
  blockDim = threads;
  stacks.reserve(threads.x);
  current_function = function;
  current_invoke = invoke;
  current_arguments = arguments;
  kernel_body = [] { current_invoke(current_function, current_arguments); };
  for (uint64_t i = 0; i < grid.x; i++) {
    block_number = i;
    blockIdx = {(unsigned)i, 0, 0};
    chance.seed((unsigned)(seed * 1000003 + (long)i));
    seen = is_tracked(i, grid.x);
    shared.prepare(config.dynamicSmemBytes);
    order.reset((int)threads.x);
    barriers.clear();
    maps_in_use.clear();
    groups.assign((threads.x + GROUP - 1) / GROUP, WarpGroup());
    run_block((int)threads.x);
    check_left_behind();
  }
  return cudaSuccess;
}

}  // namespace emulation
