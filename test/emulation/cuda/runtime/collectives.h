// Where threads meet: collectives of a warp, which all lanes of a mask must reach, and barriers of a block.
#pragma once

#include "accesses.h"

namespace emulation {

inline std::string lanes_text(int warp, unsigned lanes) {
  std::vector<int> threads;
  for (int lane = 0; lane < WARP; lane++) {
    if (lanes >> lane & 1) threads.push_back(warp * WARP + lane);
  }
  return threads_text(threads);
}

/// The running lane waits for all lanes of the mask; the last of them calls `action` with what each of them brought.
template <class Action> inline void meet(const char *what, unsigned mask, void *slot, Action action) {
  const int warp_index = self->warp();
  Warp &warp = block.warps[warp_index];
  const unsigned own = 1u << self->lane();
  if (!(mask & own)) fail("the mask 0x%x leaves out lane %d, which calls it", mask, self->lane());
  if (mask & warp.exited) fail("the mask 0x%x asks for %s, which have ended", mask, lanes_text(warp_index, mask & warp.exited).c_str());
  Meeting *meeting = nullptr;
  for (auto &each : warp.open) {
    if (each.mask == mask && each.what == what && !(each.arrived & own)) {
      meeting = &each;
    } else if (each.mask & own) {
      fail("%s wait at %s with the mask 0x%x for this lane, which is at %s with 0x%x",
           lanes_text(warp_index, each.arrived).c_str(), each.what, each.mask, what, mask);
    }
  }
  if (!meeting) {
    warp.open.push_back({what, mask, 0, {}});
    meeting = &warp.open.back();
  }
  meeting->arrived |= own;
  meeting->slots[self->lane()] = slot;
  if (meeting->arrived != mask) {
    pause(what);
    return;
  }
  const Meeting all = *meeting;
  warp.open.erase(warp.open.begin() + (meeting - warp.open.data()));
  action(all.slots);
  for (int lane = 0; lane < WARP; lane++) {
    if ((mask >> lane & 1) && lane != self->lane()) wake(&block.threads[warp_index * WARP + lane]);
  }
}

inline void complete(NamedBarrier &barrier) {
  order.join(barrier.arrived);
  for (Thread *each : barrier.arrived) {
    if (each != self) wake(each);
  }
  barrier.arrived.clear();
  barrier.expected = 0;
}

/// Waits for so many threads at a barrier, or for all that still run where the number is 0.
inline void wait_at(int id, int expected) {
  NamedBarrier &barrier = block.named[id];
  if (!barrier.arrived.empty() && barrier.expected != expected) {
    fail("barrier %d: %s wait for %d threads, this one for %d (0: all)", id,
         format("%zu threads", barrier.arrived.size()).c_str(), barrier.expected, expected);
  }
  barrier.expected = expected;
  barrier.arrived.push_back(self);
  const int needed = expected == 0 ? block.alive : expected;
  if ((int)barrier.arrived.size() < needed) {
    if (expected == 0) pause("__syncthreads");
    else pause("group_sync(%ld, %ld)", id, expected);
    return;
  }
  // bar.sync is for whole warps.
  if (expected != 0) {
    std::vector<unsigned> lanes(block.warps.size(), 0);
    for (Thread *each : barrier.arrived) lanes[each->warp()] |= 1u << each->lane();
    for (size_t i = 0; i < lanes.size(); i++) {
      if (lanes[i] != 0 && lanes[i] != 0xffffffffu) fail("barrier %d: of warp %zu only %s arrived", id, i, lanes_text(i, lanes[i]).c_str());
    }
  }
  complete(barrier);
}

unsigned long long shuffle(Shuffle kind, unsigned mask, unsigned long long value, int operand, int width) {
  EMULATION_INSTRUCTION("__shfl_sync");
  static const char *const names[] = {"__shfl_sync", "__shfl_xor_sync", "__shfl_up_sync", "__shfl_down_sync"};
  self->instruction = names[(int)kind];
  if (width < 1 || width > WARP || (width & (width - 1)) != 0) fail("a width of %d", width);
  struct Slot {
    unsigned long long value, got;
    int source;
  };
  // Segments of `width` lanes; a lane beyond its segment gives the caller's own value.
  const int lane = self->lane(), segment = lane / width * width;
  int source = lane;
  if (kind == Shuffle::index) source = segment + (operand & (width - 1));
  if (kind == Shuffle::exclusive) source = lane ^ operand;
  if (kind == Shuffle::up) source = lane - operand;
  if (kind == Shuffle::down) source = lane + operand;
  if (source < segment || source >= segment + width) source = lane;
  Slot slot = {value, 0, source};
  meet(self->instruction, mask, &slot, [mask](void *const *slots) {
    for (int i = 0; i < WARP; i++) {
      if (!(mask >> i & 1)) continue;
      Slot &each = *(Slot *)slots[i];
      if (!(mask >> each.source & 1)) fail("lane %d reads from lane %d, which the mask 0x%x leaves out", i, each.source, mask);
      each.got = ((Slot *)slots[each.source])->value;
    }
  });
  return slot.got;
}

inline unsigned vote(const char *name, unsigned mask, int predicate) {
  struct Slot {
    bool is;
    unsigned got;
  };
  Slot slot = {predicate != 0, 0};
  meet(name, mask, &slot, [mask](void *const *slots) {
    unsigned ballot = 0;
    for (int i = 0; i < WARP; i++) ballot |= (mask >> i & 1) && ((Slot *)slots[i])->is ? 1u << i : 0;
    for (int i = 0; i < WARP; i++) {
      if (mask >> i & 1) ((Slot *)slots[i])->got = ballot;
    }
  });
  return slot.got;
}

}  // namespace emulation

void __syncthreads() {
  EMULATION_INSTRUCTION("__syncthreads");
  emulation::wait_at(0, 0);
}

void group_sync(int id, int threads) {
  using namespace emulation;
  EMULATION_INSTRUCTION("group_sync");
  if (id < 0 || id > 15) fail("barrier %d; there are 0 to 15", id);
  if (threads <= 0 || threads % WARP != 0 || threads > (int)block.threads.size()) {
    fail("%d threads; a multiple of %d up to %zu is allowed", threads, WARP, block.threads.size());
  }
  wait_at(id, threads);
}

void __syncwarp(unsigned mask) {
  using namespace emulation;
  EMULATION_INSTRUCTION("__syncwarp");
  meet("__syncwarp", mask, nullptr, [mask](void *const *) {
    std::vector<Thread *> lanes;
    for (int i = 0; i < WARP; i++) {
      if (mask >> i & 1) lanes.push_back(&block.threads[self->warp() * WARP + i]);
    }
    order.join(lanes);
  });
}

unsigned __ballot_sync(unsigned mask, int predicate) {
  EMULATION_INSTRUCTION("__ballot_sync");
  return emulation::vote("__ballot_sync", mask, predicate);
}
int __any_sync(unsigned mask, int predicate) {
  EMULATION_INSTRUCTION("__any_sync");
  return emulation::vote("__any_sync", mask, predicate) != 0;
}
int __all_sync(unsigned mask, int predicate) {
  EMULATION_INSTRUCTION("__all_sync");
  return emulation::vote("__all_sync", mask, predicate) == mask;
}
