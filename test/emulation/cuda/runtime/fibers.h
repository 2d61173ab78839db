// Stacks that one operating-system thread switches between.
#pragma once

#include "memory.h"

namespace emulation {

constexpr size_t STACK_BYTES = 256 << 10;

/// One mapping holds the stacks of all threads of a block, each below an unmapped page.
struct Stacks {
  char *base = nullptr;
  size_t count = 0;

  void reserve(size_t threads) {
    if (threads <= count) return;
    if (base) munmap(base, count * STACK_BYTES);
    void *all = mmap(nullptr, threads * STACK_BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED) fail("no memory for the stacks of %zu threads", threads);
    base = (char *)all;
    count = threads;
    for (size_t i = 0; i < threads; i++) mprotect(base + i * STACK_BYTES, PAGE, PROT_NONE);
  }
  char *bottom(size_t thread) const { return base + thread * STACK_BYTES + PAGE; }
  bool holds(const void *address) const {
    return (const char *)address >= base && (const char *)address < base + count * STACK_BYTES;
  }
};

#if defined(__x86_64__)

extern "C" void emulation_switch(void **save, void *load);
asm(R"(
.text
.globl emulation_switch
.type emulation_switch, @function
emulation_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size emulation_switch, .-emulation_switch
)");

struct Fiber {
  void *stack_pointer = nullptr;

  void prepare(char *bottom, size_t bytes, void (*entry)()) {
    // As after a call: a return address on a 16-byte aligned stack. Below it what emulation_switch pops.
    void **top = (void **)(bottom + bytes);
    *--top = nullptr;
    *--top = (void *)entry;
    for (int i = 0; i < 6; i++) *--top = nullptr;
    stack_pointer = top;
  }
};

inline void switch_fibers(Fiber &from, Fiber &to) { emulation_switch(&from.stack_pointer, to.stack_pointer); }

#else

struct Fiber {
  ucontext_t context;

  void prepare(char *bottom, size_t bytes, void (*entry)()) {
    getcontext(&context);
    context.uc_stack.ss_sp = bottom;
    context.uc_stack.ss_size = bytes;
    context.uc_link = nullptr;
    makecontext(&context, entry, 0);
  }
};

inline void switch_fibers(Fiber &from, Fiber &to) { swapcontext(&from.context, &to.context); }

#endif

}  // namespace emulation
