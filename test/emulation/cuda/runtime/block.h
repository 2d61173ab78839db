// A block of threads: fibers that run until they have to wait, in an order that EMULATION_SEED varies. 0: in turn;
// odd: any thread that can run, at random; even: warps by priorities drawn for each block, one as far ahead as it gets.
#pragma once

#include "fibers.h"

#include <deque>
#include <random>

namespace emulation {

constexpr int WARP = 32;
constexpr int GROUP = 128;

/// What a thread waits for; formatted only when a deadlock has to be told.
struct Waiting {
  const char *pattern = nullptr;
  long a = 0, b = 0;
};

/// 16 bytes on their way to shared memory; zeros where `from` is null.
struct Copy {
  char *to;
  const char *from;
};

struct Accumulators;

/// Accumulators that a thread has handed to wgmma and not got back.
struct Lent {
  float *registers;
  int count;
  std::shared_ptr<Accumulators> accumulators;
  /// One past the last operation on them.
  long end;
};

/// Accumulators that were lent before, with their values when wgmma_fence was last passed.
struct FencedRegisters {
  float *registers;
  std::vector<float> values;
  bool valid;
};

struct Thread {
  int index = 0;
  Fiber fiber;
  bool done = false;
  Waiting waiting;
  /// The instruction that runs and where it was called.
  const char *instruction = nullptr;
  void *address = nullptr;

  std::vector<Copy> copies;
  std::deque<std::vector<Copy>> copy_groups;

  long operations = 0;
  std::vector<long> operation_groups;
  bool fenced = false;
  std::vector<Lent> lent;
  std::vector<FencedRegisters> fenced_registers;
  int registers = 0;

  int warp() const { return index / WARP; }
  int lane() const { return index % WARP; }
};

/// Lanes of a warp that meet at a collective.
struct Meeting {
  const char *what;
  unsigned mask, arrived;
  void *slots[WARP];
};

struct Warp {
  std::vector<Meeting> open;
  unsigned exited = 0;
  unsigned priority = 0;
};

struct NamedBarrier {
  /// 0: all threads that still run.
  int expected = 0;
  std::vector<Thread *> arrived;
};

struct Block {
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  NamedBarrier named[16];
  std::vector<Thread *> runnable;
  size_t first = 0;
  int alive = 0;
  Fiber launcher;
};

inline Block block;
inline Stacks stacks;
/// The thread that runs; null outside kernels.
inline Thread *self = nullptr;
inline std::mt19937 chance;
inline long seed = 0;
inline void (*kernel_body)() = nullptr;
/// Launches so far.
inline uint64_t launches = 0;
inline uint64_t block_number = 0;

/// Marks the instruction that the running thread executes.
#define EMULATION_INSTRUCTION(name)                                     \
  if (!emulation::self) emulation::fail(name " outside a kernel");      \
  emulation::self->instruction = name;                                  \
  emulation::self->address = __builtin_return_address(0)

void forget_instruction() {
  if (self) self->instruction = nullptr;
}
void *calling_address() { return self ? self->address : nullptr; }

std::string running_place() {
  if (!self) return "";
  std::string place = format("block %llu, thread %d: ", (unsigned long long)block_number, self->index);
  return self->instruction ? place + self->instruction + ": " : place;
}

inline void wake(Thread *thread) {
  thread->waiting.pattern = nullptr;
  block.runnable.push_back(thread);
}

/// "threads 0-31, 40".
inline std::string threads_text(const std::vector<int> &threads) {
  std::string text = threads.size() == 1 ? "thread " : "threads ";
  for (size_t i = 0; i < threads.size();) {
    size_t j = i;
    while (j + 1 < threads.size() && threads[j + 1] == threads[j] + 1) j++;
    if (i > 0) text += ", ";
    text += i == j ? format("%d", threads[i]) : format("%d-%d", threads[i], threads[j]);
    i = j + 1;
  }
  return text;
}

/// What barriers that somebody waits for still miss; defined with them.
std::string barriers_text();

[[noreturn]] inline void fail_deadlocked() {
  std::vector<std::pair<std::string, std::vector<int>>> groups;
  std::vector<int> done;
  void *address = nullptr;
  for (auto &thread : block.threads) {
    if (thread.done) {
      done.push_back(thread.index);
      continue;
    }
    if (!address) address = thread.address;
    char text[160];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, thread.waiting.pattern, thread.waiting.a, thread.waiting.b);
#pragma GCC diagnostic pop
    auto group = groups.begin();
    while (group != groups.end() && group->first != text) ++group;
    if (group == groups.end()) group = groups.insert(group, {text, {}});
    group->second.push_back(thread.index);
  }
  std::string text = format("block %llu: deadlock: ", (unsigned long long)block_number);
  for (size_t i = 0; i < groups.size(); i++) {
    text += (i > 0 ? "; " : "") + threads_text(groups[i].second) + " wait" + (groups[i].second.size() == 1 ? "s" : "") +
            " at " + groups[i].first;
  }
  if (!done.empty()) text += "; " + threads_text(done) + (done.size() == 1 ? " has ended" : " have ended");
  text += barriers_text();
  self = nullptr;
  fail_at(address, text);
}

/// The next thread to run, or null where none can.
inline Thread *next_thread() {
  auto &runnable = block.runnable;
  if (block.first == runnable.size()) {
    runnable.clear();
    block.first = 0;
    return nullptr;
  }
  size_t chosen = block.first;
  if (seed % 2 != 0) {
    chosen += chance() % (runnable.size() - block.first);
  } else if (seed != 0) {
    for (size_t i = chosen + 1; i < runnable.size(); i++) {
      if (block.warps[runnable[i]->warp()].priority > block.warps[runnable[chosen]->warp()].priority) chosen = i;
    }
  }
  std::swap(runnable[chosen], runnable[block.first]);
  Thread *next = runnable[block.first++];
  if (block.first > 4096) {
    runnable.erase(runnable.begin(), runnable.begin() + block.first);
    block.first = 0;
  }
  return next;
}

inline void run(Thread *thread, Fiber &from) {
  self = thread;
  threadIdx = {(unsigned)thread->index, 0, 0};
  switch_fibers(from, thread->fiber);
}

/// Lets others run until someone wakes this thread.
inline void pause(const char *pattern, long a = 0, long b = 0) {
  Thread *me = self;
  me->waiting = {pattern, a, b};
  Thread *next = next_thread();
  if (!next) fail_deadlocked();
  run(next, me->fiber);
}

void on_thread_end(Thread &thread);

inline void thread_entry() {
  kernel_body();
  Thread *me = self;
  me->instruction = "end of the kernel";
  on_thread_end(*me);
  me->done = true;
  block.alive--;
  Thread *next = next_thread();
  if (next) run(next, me->fiber);
  if (block.alive > 0) fail_deadlocked();
  self = nullptr;
  switch_fibers(me->fiber, block.launcher);
  abort();
}

/// Runs one block of so many threads from start to end.
inline void run_block(int count) {
  block.threads.assign(count, Thread());
  block.warps.assign((count + WARP - 1) / WARP, Warp());
  for (auto &barrier : block.named) barrier = NamedBarrier();
  for (auto &warp : block.warps) warp.priority = chance();
  block.runnable.clear();
  block.first = 0;
  block.alive = count;
  for (int i = 0; i < count; i++) {
    Thread &thread = block.threads[i];
    thread.index = i;
    thread.fiber.prepare(stacks.bottom(i), STACK_BYTES - PAGE, thread_entry);
    block.runnable.push_back(&thread);
  }
  run(next_thread(), block.launcher);
}

}  // namespace emulation
