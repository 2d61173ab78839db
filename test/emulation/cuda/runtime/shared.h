// The dynamic shared memory of the block that runs. Each byte knows whether it was written or waits for an asynchronous
// copy, and, where loads and stores are seen, which accesses came last, so that a race shows whatever the order was.
#pragma once

#include "order.h"

namespace emulation {

enum class State : uint8_t { unwritten = 0, written = 1, in_flight = 2 };

struct Access {
  uint32_t component, clock;
};

/// Reads by lanes of a warp at the same clock; an asynchronous reader is the only bit of its mask.
struct Readers {
  uint32_t first, mask, clock;
};

/// Two bytes: the least that a kernel writes.
struct Cell {
  Access writer = {0, 0};
  std::vector<Readers> readers;
};

struct Shared {
  char *map = nullptr;
  size_t map_bytes = 0, capacity = 0;
  char *base = nullptr;
  size_t bytes = 0;
  std::vector<State> state;
  std::vector<Cell> cells;

  /// Fills what a launch asked for with NaN; it ends within 1023 bytes of an unmapped page.
  void prepare(size_t wanted) {
    const size_t room = round_up(wanted, 1024);
    if (!map || room > capacity) {
      if (map) munmap(map, map_bytes);
      capacity = round_up(room + 1024, PAGE);
      char *start = map_guarded(capacity, &map, &map_bytes);
      base = start;
    }
    char *end = map + GUARD + capacity;
    base = end - room;
    bytes = wanted;
    memset(base, 0xff, room);
    state.assign(wanted, State::unwritten);
    if (!seen) return;
    cells.resize(wanted / 2 + 1);
    for (auto &cell : cells) {
      cell.writer = {0, 0};
      cell.readers.clear();
    }
  }
  bool holds(const void *address) const {
    return map && (const char *)address >= map && (const char *)address < map + map_bytes;
  }
  long offset(const void *address) const { return (const char *)address - base; }
};

inline Shared shared;

std::string describe_shared(const void *address) {
  if (!shared.holds(address)) return "";
  return format("byte %ld of shared memory, which holds %zu", shared.offset(address), shared.bytes);
}

/// Offset of bytes that an instruction reads or writes in shared memory.
inline long shared_range(const void *address, size_t bytes, size_t alignment, const char *what) {
  const long at = shared.offset(address);
  if (!shared.holds(address) || at < 0 || at + (long)bytes > (long)shared.bytes) {
    fail("%s %zu bytes at %s", what, bytes,
         shared.holds(address) ? describe_shared(address).c_str() : describe_global(address).c_str());
  }
  if ((at & (long)(alignment - 1)) != 0) fail("%s %zu bytes at byte %ld of shared memory, not a multiple of %zu", what, bytes, at, alignment);
  return at;
}

inline bool is_before(const Access &access, const uint32_t *clocks) { return clocks[access.component] >= access.clock; }

/// A reader among them that does not come before, or a component of no meaning.
inline uint32_t unordered(const Readers &readers, const uint32_t *clocks) {
  for (uint32_t mask = readers.mask; mask != 0; mask &= mask - 1) {
    const uint32_t component = readers.first + (uint32_t)__builtin_ctz(mask);
    if (clocks[component] < readers.clock) return component;
  }
  return UINT32_MAX;
}

inline std::string accessor(const Access &access) {
  if ((int)access.component < order.threads) return format("thread %u", access.component);
  const int rest = (int)access.component - order.threads;
  return rest < BARRIER_CLOCKS ? format("a box that completes on the barrier at byte %ld", order.barrier_offsets[rest])
                               : format("the wgmma of warp %d", rest - BARRIER_CLOCKS);
}

/// Where stores are not seen, whether a byte was written cannot be known.
inline void check_written(long at, size_t bytes, const char *what) {
  for (size_t i = at; i < at + bytes; i++) {
    if (shared.state[i] == State::in_flight) fail("%s byte %zu of shared memory, which an asynchronous copy has yet to fill", what, i);
    if (seen && shared.state[i] == State::unwritten) fail("%s byte %zu of shared memory, which nobody wrote", what, i);
  }
}

/// A read by a component, at whose time `clocks` are known.
inline void note_read(long at, size_t bytes, Access reader, const uint32_t *clocks, bool asynchronous, const char *what) {
  if (!seen) return;
  const bool is_thread = (int)reader.component < order.threads;
  const uint32_t first = is_thread ? reader.component & ~31u : reader.component, own = 1u << (reader.component - first);
  for (size_t i = at / 2; i <= (at + bytes - 1) / 2; i++) {
    Cell &cell = shared.cells[i];
    if (cell.writer.clock != 0 && !is_before(cell.writer, clocks)) {
      fail("race: %s byte %zu of shared memory without waiting for %s, which wrote it", what, 2 * i, accessor(cell.writer).c_str());
    }
    if (asynchronous && cell.writer.clock != 0 && (int)cell.writer.component < order.threads &&
        order.proxy_fence[cell.writer.component] < cell.writer.clock) {
      fail("%s byte %zu of shared memory, which %s wrote without a proxy fence after it", what, 2 * i, accessor(cell.writer).c_str());
    }
    bool known = false;
    for (auto &each : cell.readers) {
      if (each.first != first || each.clock != reader.clock) continue;
      each.mask |= own;
      known = true;
      break;
    }
    if (known) continue;
    // Who reads after them is remembered in their place.
    size_t kept = 0;
    for (auto &each : cell.readers) {
      if (unordered(each, clocks) != UINT32_MAX) cell.readers[kept++] = each;
    }
    cell.readers.resize(kept);
    cell.readers.push_back({first, own, reader.clock});
  }
}

inline void note_write(long at, size_t bytes, Access writer, const uint32_t *clocks, const char *what) {
  if (!seen) return;
  for (size_t i = at / 2; i <= (at + bytes - 1) / 2; i++) {
    Cell &cell = shared.cells[i];
    if (cell.writer.clock != 0 && !is_before(cell.writer, clocks)) {
      fail("race: %s byte %zu of shared memory without waiting for %s, which wrote it", what, 2 * i, accessor(cell.writer).c_str());
    }
    for (auto &each : cell.readers) {
      const uint32_t component = unordered(each, clocks);
      if (component != UINT32_MAX) {
        fail("race: %s byte %zu of shared memory without waiting for %s, which reads it", what, 2 * i, accessor({component, 0}).c_str());
      }
    }
    cell.readers.clear();
    cell.writer = writer;
  }
}

inline Access own_access() { return {(uint32_t)self->index, seen ? order.of(self->index)[self->index] : 0}; }
inline const uint32_t *own_clocks() { return seen ? order.of(self->index) : nullptr; }

/// The running thread reads or writes, in an instruction or by a load or store.
inline void read_shared(long at, size_t bytes, const char *what) {
  check_written(at, bytes, what);
  note_read(at, bytes, own_access(), own_clocks(), false, what);
}
inline void write_shared(long at, size_t bytes, const char *what) {
  for (size_t i = at; i < at + bytes; i++) {
    if (shared.state[i] == State::in_flight) fail("%s byte %zu of shared memory, which an asynchronous copy has yet to fill", what, i);
    if (seen) shared.state[i] = State::written;
  }
  note_write(at, bytes, own_access(), own_clocks(), what);
}

/// An asynchronous copy begins: until it ends, nobody may touch the bytes, which hold NaN.
inline void poison_shared(long at, size_t bytes, const char *what) {
  for (size_t i = at; i < at + bytes; i++) {
    if (shared.state[i] == State::in_flight) fail("%s byte %zu of shared memory, which another asynchronous copy has yet to fill", what, i);
    shared.state[i] = State::in_flight;
  }
  memset(shared.base + at, 0xff, bytes);
}
inline void fill_shared(long at, const void *from, size_t bytes) {
  if (from) memcpy(shared.base + at, from, bytes);
  else memset(shared.base + at, 0, bytes);
  for (size_t i = at; i < at + bytes; i++) shared.state[i] = State::written;
}

}  // namespace emulation
