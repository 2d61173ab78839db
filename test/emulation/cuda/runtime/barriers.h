// mbarriers in shared memory, and the transactions that complete on them. PTX ISA, "Parallel synchronization and
// communication instructions: mbarrier".
#pragma once

#include "matrices.h"

namespace emulation {

struct Map;

/// A box on its way to shared memory.
struct Box {
  const Map *map;
  int at[5];
  long to;
  size_t bytes;
};

struct Barrier {
  unsigned count = 0;
  int number = 0;
  /// Arrivals and bytes that the current phase still waits for.
  long pending = 0, transactions = 0;
  /// Phases that have completed.
  unsigned long phase = 0;
  int initialiser = 0;
  bool fenced = false;
  std::vector<Box> boxes;
  std::vector<Thread *> waiting;
  /// What happened before the arrivals of the current phase and of those that completed.
  std::vector<uint32_t> arriving, arrived;
  uint32_t boxes_done = 0;
};

/// By their offset in shared memory; of the block that runs.
inline std::vector<std::pair<long, std::unique_ptr<Barrier>>> barriers;

constexpr long MOST_PENDING = (1 << 20) - 1;
/// What the 8 bytes of a barrier hold, so that a stray write shows.
constexpr uint64_t OPAQUE = 0x6d62617272696572;

std::string barriers_text() {
  std::string text;
  for (auto &each : barriers) {
    if (each.second->waiting.empty()) continue;
    text += format("; the barrier at byte %ld misses %ld arrivals and %ld bytes", each.first, each.second->pending, each.second->transactions);
  }
  return text;
}

inline Barrier *find_barrier(long at) {
  for (auto &each : barriers) {
    if (each.first == at) return each.second.get();
  }
  return nullptr;
}

/// The barrier that an instruction names, which must have been initialised and left alone since.
inline Barrier &barrier_at(unsigned long long *address, long *offset = nullptr) {
  const long at = shared_range(address, 8, 8, "uses a barrier of");
  Barrier *barrier = find_barrier(at);
  if (!barrier) fail("no barrier was initialised at byte %ld of shared memory", at);
  if (*address != OPAQUE) fail("the barrier at byte %ld of shared memory was overwritten", at);
  note_read(at, 8, own_access(), own_clocks(), false, "uses the barrier at");
  if (offset) *offset = at;
  return *barrier;
}

void deliver(const Box &box, Barrier &barrier);

/// Completes the phase if nothing is left to wait for. Boxes arrive as late as they can: when somebody waits for them.
inline void advance(long at, Barrier &barrier, bool needed) {
  if (barrier.pending > 0) return;
  if (!needed && barrier.waiting.empty() && !barrier.boxes.empty()) return;
  const std::vector<Box> boxes = std::move(barrier.boxes);
  barrier.boxes.clear();
  for (auto &box : boxes) {
    deliver(box, barrier);
    barrier.transactions -= (long)box.bytes;
  }
  if (barrier.transactions < 0) {
    fail("%ld bytes more arrived at the barrier at byte %ld of shared memory than were expected", -barrier.transactions, at);
  }
  if (barrier.transactions > 0) return;
  barrier.phase++;
  barrier.pending = barrier.count;
  barrier.arrived = barrier.arriving;
  for (Thread *each : barrier.waiting) wake(each);
  barrier.waiting.clear();
}

inline void arrive(long at, Barrier &barrier) {
  if (barrier.pending == 0) advance(at, barrier, true);
  if (barrier.pending == 0) {
    fail("one arrival more than the %u that the barrier at byte %ld of shared memory waits for in a phase", barrier.count, at);
  }
  order.release(self->index, barrier.arriving);
  barrier.pending--;
  advance(at, barrier, false);
}

}  // namespace emulation

void barrier_init(unsigned long long *address, unsigned count) {
  using namespace emulation;
  EMULATION_INSTRUCTION("barrier_init");
  const long at = shared_range(address, 8, 8, "writes");
  if (find_barrier(at)) fail("a barrier was initialised at byte %ld of shared memory before", at);
  if (count < 1 || count > MOST_PENDING) fail("a count of %u; 1 to %ld are allowed", count, MOST_PENDING);
  if (barriers.size() == BARRIER_CLOCKS) fail("more than %d barriers; the emulation holds no more", BARRIER_CLOCKS);
  write_shared(at, 8, "writes");
  *address = OPAQUE;
  auto made = std::make_unique<Barrier>();
  made->count = count;
  made->number = (int)barriers.size();
  order.barrier_offsets.push_back(at);
  made->pending = count;
  made->initialiser = self->index;
  barriers.emplace_back(at, std::move(made));
}

void barrier_init_fence() {
  using namespace emulation;
  EMULATION_INSTRUCTION("barrier_init_fence");
  for (auto &each : barriers) {
    if (each.second->initialiser == self->index) each.second->fenced = true;
  }
  // fence.proxy.async: writes so far come before what asynchronous units will read.
  if (seen) order.proxy_fence[self->index] = order.of(self->index)[self->index]++;
}

void barrier_arrive(unsigned long long *address) {
  using namespace emulation;
  EMULATION_INSTRUCTION("barrier_arrive");
  long at;
  Barrier &barrier = barrier_at(address, &at);
  arrive(at, barrier);
}

void barrier_expect(unsigned long long *address, unsigned bytes) {
  using namespace emulation;
  EMULATION_INSTRUCTION("barrier_expect");
  long at;
  Barrier &barrier = barrier_at(address, &at);
  if (barrier.pending == 0) advance(at, barrier, true);
  barrier.transactions += bytes;
  if (barrier.transactions > MOST_PENDING) {
    fail("the barrier at byte %ld of shared memory would wait for %ld bytes; %ld are allowed", at, barrier.transactions, MOST_PENDING);
  }
  arrive(at, barrier);
}

void barrier_wait(unsigned long long *address, unsigned parity) {
  using namespace emulation;
  EMULATION_INSTRUCTION("barrier_wait");
  if (parity > 1) fail("a parity of %u", parity);
  long at;
  Barrier &barrier = barrier_at(address, &at);
  // The phase of this parity has completed unless it is the current one.
  while ((barrier.phase & 1) == parity) {
    advance(at, barrier, true);
    if ((barrier.phase & 1) != parity) break;
    barrier.waiting.push_back(self);
    pause("barrier_wait for byte %ld of shared memory with parity %ld", at, parity);
  }
  order.acquire(self->index, barrier.arrived);
}
