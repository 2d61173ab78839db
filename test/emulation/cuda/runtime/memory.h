// Device memory: allocations between unmapped pages, exact checks of addresses that instructions are given, and the
// signal handler that says which allocation an access missed.
#pragma once

#include "../emulated-memory.h"
#include "report.h"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <memory>
#include <vector>

namespace emulation {

struct Allocation {
  std::string name;
  char *base;
  size_t bytes;
  char *map;
  size_t map_bytes;
  Use use;
  /// Of a result, for each pair of bytes: launch and block that wrote it; 0 where none did.
  std::vector<uint64_t> writers;
};

inline std::vector<std::unique_ptr<Allocation>> allocations;

constexpr size_t PAGE = 4096;
constexpr size_t GUARD = 1 << 20;

inline size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

inline char *map_guarded(size_t pages_bytes, char **map, size_t *map_bytes) {
  *map_bytes = pages_bytes + 2 * GUARD;
  void *all = mmap(nullptr, *map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED) fail("no address space for %zu bytes", pages_bytes);
  *map = (char *)all;
  char *base = *map + GUARD;
  if (mprotect(base, pages_bytes, PROT_READ | PROT_WRITE) != 0) fail("no memory for %zu bytes", pages_bytes);
  return base;
}

void *allocate(const char *name, size_t bytes, Use use, size_t skew) {
  auto made = std::make_unique<Allocation>();
  made->name = name;
  made->bytes = bytes;
  made->use = use;
  const char *guard = getenv("EMULATION_GUARD");
  const bool at_start = guard && strcmp(guard, "start") == 0;
  const size_t pages = round_up(bytes + skew + 16, PAGE);
  char *start = map_guarded(pages, &made->map, &made->map_bytes);
  memset(start, 0xff, pages);
  // The last address that is 16-byte aligned but for the skew, and leaves room for all bytes.
  made->base = at_start ? start + skew : start + (pages - bytes - skew) / 16 * 16 + skew;
  if (use == Use::result) made->writers.assign((bytes + 1) / 2 + 1, 0);
  allocations.push_back(std::move(made));
  return allocations.back()->base;
}

void release(void *memory) {
  for (size_t i = 0; i < allocations.size(); i++) {
    if (allocations[i]->base != memory) continue;
    munmap(allocations[i]->map, allocations[i]->map_bytes);
    allocations.erase(allocations.begin() + i);
    return;
  }
  fail("release of %p, which was not allocated", memory);
}

/// The allocation that holds the first byte.
inline Allocation *allocation_at(const void *address) {
  static Allocation *last = nullptr;
  const char *at = (const char *)address;
  for (auto &each : allocations) {
    if (at >= each->base && at < each->base + each->bytes) return last = each.get();
  }
  return nullptr;
}

/// The allocation whose guarded pages hold the address.
inline Allocation *allocation_near(const void *address) {
  for (auto &each : allocations) {
    if ((const char *)address >= each->map && (const char *)address < each->map + each->map_bytes) return each.get();
  }
  return nullptr;
}

/// "byte 4096 of 'k', which holds 4096".
inline std::string describe_global(const void *address) {
  const Allocation *near = allocation_near(address);
  if (!near) return format("address 0x%lx, where no allocation is", (unsigned long)address);
  return format("byte %td of '%s', which holds %zu", (const char *)address - near->base, near->name.c_str(), near->bytes);
}

/// What lies at an address of shared memory, or nothing; defined with the shared memory.
std::string describe_shared(const void *address);

inline void on_fault(int, siginfo_t *info, void *context) {
  const char *what = "touches";
  void *address = nullptr;
#if defined(__x86_64__)
  const auto &registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  what = registers[REG_ERR] & 2 ? "writes" : "reads";
  address = (char *)registers[REG_RIP] + 1;
#else
  (void)context;
#endif
  forget_instruction();
  const std::string shared = describe_shared(info->si_addr);
  fail_at(address, format("%s %s", what, (shared.empty() ? describe_global(info->si_addr) : shared).c_str()));
}

inline void watch_faults() {
  static bool watching = false;
  if (watching) return;
  watching = true;
  static char stack[1 << 16];
  stack_t other = {};
  other.ss_sp = stack;
  other.ss_size = sizeof stack;
  sigaltstack(&other, nullptr);
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, nullptr);
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace emulation
