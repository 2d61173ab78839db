// Loads and stores of kernels. g++ -fsanitize=thread calls a function before each; those of its runtime library are
// not linked, these stand in for them and hold each address against what the program may touch.
#pragma once

#include "shared.h"

#include <stdint.h>

extern "C" const char _end[];

namespace emulation {

/// A global address that an instruction or a load or store of a kernel names.
inline void check_global(const void *address, size_t bytes, bool write, const char *what) {
  Allocation *found = allocation_at(address);
  const char *at = (const char *)address;
  if (!found || at + bytes > found->base + found->bytes) fail("%s %zu bytes at %s", what, bytes, describe_global(address).c_str());
  if (write && found->use == Use::operand) fail("%s '%s', which is an operand", what, found->name.c_str());
  if (found->use != Use::result) return;
  const uint64_t mark = launches << 32 | (block_number + 1);
  const size_t first = (size_t)(at - found->base);
  for (size_t i = first / 2; i <= (first + bytes - 1) / 2; i++) {
    uint64_t &writer = found->writers[i];
    if (!write && writer == 0) fail("%s byte %zu of '%s', which nobody wrote", what, 2 * i, found->name.c_str());
    if (writer >> 32 == launches && writer != mark) {
      fail("race: %s byte %zu of '%s', which block %llu wrote", what, 2 * i, found->name.c_str(),
           (unsigned long long)(uint32_t)writer - 1);
    }
    if (write) writer = mark;
  }
}

inline void check_access(const void *address, size_t bytes, bool write, const char *what) {
  const bool is_unit = bytes == 2 || bytes == 4 || bytes == 8 || bytes == 16;
  if (shared.holds(address)) {
    const long at = shared_range(address, bytes, is_unit ? bytes : 1, what);
    if (write) write_shared(at, bytes, what);
    else read_shared(at, bytes, what);
    return;
  }
  if (is_unit && (uintptr_t)address % bytes != 0) {
    fail("%s %zu bytes at %s, an address that is not a multiple of %zu", what, bytes, describe_global(address).c_str(), bytes);
  }
  check_global(address, bytes, write, what);
}

/// Of four bytes of shared memory.
inline bool any_in_flight(size_t at) {
  uint32_t states;
  memcpy(&states, &shared.state[at], 4);
  return (states & 0x01010101u * (uint32_t)State::in_flight) != 0;
}

inline void access(void *caller, const void *address, size_t bytes, bool write) {
  if (!self || stacks.holds(address)) return;
  // Most are of this kind.
  const size_t at = (size_t)((const char *)address - shared.base);
  if (!seen && bytes == 4 && at % 4 == 0 && at + 4 <= shared.bytes && !any_in_flight(at)) return;
  if ((const char *)address >= __executable_start && (const char *)address < _end) return;
  const char *instruction = self->instruction;
  void *address_before = self->address;
  self->instruction = nullptr;
  self->address = caller;
  check_access(address, bytes, write, write ? "writes" : "reads");
  self->instruction = instruction;
  self->address = address_before;
}

}  // namespace emulation

#define EMULATION_ACCESS(bytes)                                                                                       \
  extern "C" void __tsan_read##bytes(void *at) { emulation::access(__builtin_return_address(0), at, bytes, false); } \
  extern "C" void __tsan_write##bytes(void *at) { emulation::access(__builtin_return_address(0), at, bytes, true); } \
  extern "C" void __tsan_unaligned_read##bytes(void *at) {                                                           \
    emulation::access(__builtin_return_address(0), at, bytes, false);                                                \
  }                                                                                                                   \
  extern "C" void __tsan_unaligned_write##bytes(void *at) {                                                          \
    emulation::access(__builtin_return_address(0), at, bytes, true);                                                 \
  }
EMULATION_ACCESS(1)
EMULATION_ACCESS(2)
EMULATION_ACCESS(4)
EMULATION_ACCESS(8)
EMULATION_ACCESS(16)
#undef EMULATION_ACCESS

extern "C" void __tsan_read_range(void *at, unsigned long bytes) {
  emulation::access(__builtin_return_address(0), at, bytes, false);
}
extern "C" void __tsan_write_range(void *at, unsigned long bytes) {
  emulation::access(__builtin_return_address(0), at, bytes, true);
}
/// -fsanitize=alignment, for accesses that g++ splits.
extern "C" void __ubsan_handle_type_mismatch_v1_abort(void *, void *at) {
  if (!emulation::self) emulation::fail("a misaligned pointer on the host, 0x%lx", (unsigned long)at);
  emulation::self->address = __builtin_return_address(0);
  emulation::forget_instruction();
  const std::string shared = emulation::describe_shared(at);
  emulation::fail("misaligned access at %s", (shared.empty() ? emulation::describe_global(at) : shared).c_str());
}
extern "C" void __tsan_vptr_update(void *, void *) {}
extern "C" void __tsan_func_entry(void *) {}
extern "C" void __tsan_func_exit() {}
/// Called before main by every object that was compiled so.
extern "C" void __tsan_init() { emulation::instrumented = true; }
