// What happens before what: vector clocks of the threads of a block, as race detectors keep them (FastTrack, Flanagan
// and Freund 2009). Beside the threads, mbarriers (for the boxes that complete on them) and warps (for the operands
// that their wgmma read) have a component each. Kept only where loads and stores are seen, see accesses.h.
#pragma once

#include "block.h"

#include <algorithm>

namespace emulation {

/// Whether the kernel was compiled so that every load and store is told (-fsanitize=thread).
inline bool instrumented = false;
/// Whether they are kept for the block that runs: so many blocks of a launch, since it takes time.
inline bool seen = false;

constexpr int BARRIER_CLOCKS = 64;

struct Order {
  int threads = 0, width = 0;
  std::vector<uint32_t> clocks;
  /// Of each thread, its own clock when it last ordered its writes before asynchronous reads.
  std::vector<uint32_t> proxy_fence;
  /// Where the barriers lie in shared memory, in the order of their components.
  std::vector<long> barrier_offsets;

  void reset(int count) {
    barrier_offsets.clear();
    if (!seen) return;
    threads = count;
    width = count + BARRIER_CLOCKS + (count + WARP - 1) / WARP;
    clocks.assign((size_t)count * width, 0);
    proxy_fence.assign(count, 0);
    for (int i = 0; i < count; i++) of(i)[i] = 1;
  }
  uint32_t *of(int thread) { return &clocks[(size_t)thread * width]; }
  int barrier_component(int barrier) const { return threads + barrier; }
  int warp_component(int warp) const { return threads + BARRIER_CLOCKS + warp; }

  /// All that these threads did is before all that they will do.
  void join(const std::vector<Thread *> &together) {
    if (!seen) return;
    std::vector<uint32_t> latest(width, 0);
    for (Thread *each : together) merge(latest.data(), of(each->index));
    for (Thread *each : together) {
      memcpy(of(each->index), latest.data(), 4 * width);
      of(each->index)[each->index]++;
    }
  }
  void merge(uint32_t *into, const uint32_t *from) const {
    for (int i = 0; i < width; i++) into[i] = std::max(into[i], from[i]);
  }
  /// What the thread did so far is before what whoever acquires `into` will do.
  void release(int thread, std::vector<uint32_t> &into) {
    if (!seen) return;
    into.resize(width, 0);
    merge(into.data(), of(thread));
    of(thread)[thread]++;
  }
  void acquire(int thread, const std::vector<uint32_t> &from) {
    if (seen && !from.empty()) merge(of(thread), from.data());
  }
};

inline Order order;

}  // namespace emulation
