// wgmma of a warpgroup. PTX ISA, "Asynchronous warpgroup level matrix instructions": fragments of D and of A in
// registers, matrix descriptors, canonical layouts with 128-byte swizzle. Products are computed as late as they can be,
// when a thread waits for them; until then the accumulators hold NaN, and what lies in shared memory must not change.
#pragma once

#include "boxes.h"

namespace emulation {

/// m64nN of f32, row by row.
struct Accumulators {
  std::vector<float> values;
};

struct Operation {
  Type type;
  int n;
  bool from_registers, accumulate, fresh;
  unsigned long long a, b;
  std::shared_ptr<Accumulators> d;
  std::vector<unsigned> registers;  // Four of A for each thread.
  int issued = 0;
  std::vector<unsigned short> operands;
};

/// Operations of a warpgroup that were issued and not computed; `first` counts those that were.
struct WarpGroup {
  std::deque<Operation> operations;
  long first = 0;
  std::vector<Thread *> waiting;
};

inline std::vector<WarpGroup> groups;

struct Descriptor {
  long start, leading, stride;
};

inline Descriptor decode(unsigned long long bits, const char *name) {
  const unsigned long long known = 0x3fffull | 0x3fffull << 16 | 0x3fffull << 32 | 7ull << 49 | 3ull << 62;
  if (bits & ~known) fail("descriptor 0x%llx of %s: bits 0x%llx must be 0", bits, name, bits & ~known);
  if (bits >> 62 != 1) fail("descriptor of %s: swizzle mode %llu; the emulation knows only 1 (128 bytes)", name, bits >> 62);
  const Descriptor result = {(long)(bits & 0x3fff) << 4, (long)(bits >> 16 & 0x3fff) << 4, (long)(bits >> 32 & 0x3fff) << 4};
  // The pattern of 1024 bytes must begin at a multiple of them, where no base offset says otherwise.
  if ((bits >> 49 & 7) != 0) fail("descriptor of %s: base offset %llu; the emulation knows only 0", name, bits >> 49 & 7);
  if ((result.start >> 7 & 7) != 0) {
    fail("descriptor of %s: start address %ld is %ld rows into a pattern of 1024 bytes, and the base offset is 0", name, result.start, result.start >> 7 & 7);
  }
  return result;
}

/// Calls with the offset of each 16 bytes of an operand, in the order of rows (K-major) or of k (MN-major).
template <class Visit> inline void each_unit(const Descriptor &at, int extent, bool k_major, Visit visit) {
  if (k_major) {
    // ((8, m), (T, 2)) : ((8T, SBO), (1, T)) with T = 8 elements of 16 bits.
    for (int row = 0; row < extent; row++) {
      for (int unit = 0; unit < 2; unit++) visit(swizzled(at.start + row / 8 * at.stride + row % 8 * 128 + unit * 16, CU_TENSOR_MAP_SWIZZLE_128B));
    }
  } else {
    // ((T, 8, m), (8, 2)) : ((1, T, LBO), (8T, SBO)).
    for (int k = 0; k < 16; k++) {
      for (int unit = 0; unit < extent / 8; unit++) {
        visit(swizzled(at.start + unit / 8 * at.leading + unit % 8 * 16 + k / 8 * at.stride + k % 8 * 128, CU_TENSOR_MAP_SWIZZLE_128B));
      }
    }
  }
}

/// A (where it lies in shared memory) and B, as they lie there now.
inline std::vector<unsigned short> operands_of(const Operation &operation, void (*note)(long at)) {
  std::vector<unsigned short> words;
  const auto read = [&](long at) {
    if (at + 16 > (long)shared.bytes) fail("reads 16 bytes at byte %ld of shared memory, which holds %zu", at, shared.bytes);
    check_written(at, 16, "reads");
    if (note) note(at);
    const size_t end = words.size();
    words.resize(end + 8);
    memcpy(&words[end], shared.base + at, 16);
  };
  if (!operation.from_registers) each_unit(decode(operation.a, "A"), 64, true, read);
  each_unit(decode(operation.b, "B"), operation.n, !operation.from_registers, read);
  return words;
}

/// Row and column in D of register i of a thread of the warpgroup.
inline void place_in_d(int thread, int i, int &row, int &column) {
  const int lane = thread % WARP;
  row = thread / WARP * 16 + lane / 4 + (i % 4 < 2 ? 0 : 8);
  column = i / 4 * 8 + 2 * (lane % 4) + i % 2;
}

inline void compute(Operation &operation) {
  if (operands_of(operation, nullptr) != operation.operands) fail("shared memory that a wgmma reads changed before it was waited for");
  const float *value = values_of(operation.type);
  const int n = operation.n;
  std::vector<float> a(64 * 16), b((size_t)16 * n);
  const unsigned short *words = operation.operands.data();
  if (operation.from_registers) {
    // As the fragments of mma.m16n8k16: a warp holds 16 rows.
    for (int thread = 0; thread < GROUP; thread++) {
      for (int i = 0; i < 4; i++) {
        const int row = thread / WARP * 16 + thread % WARP / 4 + (i % 2 ? 8 : 0), k = 2 * (thread % 4) + (i < 2 ? 0 : 8);
        const unsigned pair = operation.registers[4 * thread + i];
        a[16 * row + k] = value[pair & 0xffff];
        a[16 * row + k + 1] = value[pair >> 16];
      }
    }
    for (int i = 0; i < 16 * n; i++) b[i] = value[words[i]];
  } else {
    for (int i = 0; i < 64 * 16; i++) a[i] = value[words[i]];
    words += 64 * 16;
    for (int column = 0; column < n; column++) {
      for (int k = 0; k < 16; k++) b[(size_t)k * n + column] = value[words[16 * column + k]];
    }
  }
  float *d = operation.d->values.data();
  if (!operation.accumulate) std::fill(d, d + 64 * n, 0.0f);
  for (int row = 0; row < 64; row++) {
    for (int k = 0; k < 16; k++) {
      const float factor = a[16 * row + k];
      for (int column = 0; column < n; column++) d[row * n + column] += factor * b[(size_t)k * n + column];
    }
  }
}

/// `.sync.aligned`: no lane goes on before all of its warp are there. wgmma itself comes between two such instructions.
inline void meet_aligned(const char *what) {
  meet(what, 0xffffffffu, nullptr, [](void *const *) {});
}

constexpr uint32_t POISON = 0xffffffff;

inline void check_uniform(bool equal, const char *what) {
  if (!equal) fail("%s differs between the threads of the warpgroup", what);
}

/// Takes the accumulators of the running thread over, or finds them where an operation in flight has them.
inline std::shared_ptr<Accumulators> borrow(float *d, int count, std::shared_ptr<Accumulators> fresh, bool accumulate) {
  for (auto &lent : self->lent) {
    if (lent.registers == d && lent.count == count) {
      for (int i = 0; i < count; i++) {
        if (bits<uint32_t>(d[i]) != POISON) fail("accumulators of a wgmma in flight were written");
      }
      lent.end = self->operations + 1;
      return lent.accumulators;
    }
    if (d < lent.registers + lent.count && lent.registers < d + count) fail("accumulators overlap those of a wgmma in flight");
  }
  for (auto &known : self->fenced_registers) {
    if (accumulate && known.registers == d && known.valid && memcmp(known.values.data(), d, 4 * known.values.size()) != 0) {
      fail("accumulators were written after wgmma_fence");
    }
  }
  for (int i = 0; i < count; i++) {
    int row, column;
    place_in_d(self->index % GROUP, i, row, column);
    fresh->values[row * 2 * count + column] = d[i];
    d[i] = bits<float>(POISON);
  }
  self->lent.push_back({d, count, fresh, self->operations + 1});
  return fresh;
}

void wgmma(Type type, int n, float *d, const unsigned *a, unsigned long long a_descriptor,
                  unsigned long long b_descriptor, bool accumulate) {
  EMULATION_INSTRUCTION("wgmma");
  if (!self->fenced) fail("without wgmma_fence since the last wgmma_wait, or since the start");
  if (block.threads.size() % GROUP != 0) fail("in a block of %zu threads, not whole warpgroups", block.threads.size());
  WarpGroup &group = groups[self->index / GROUP];
  const size_t place = self->operations - group.first;
  if (place == group.operations.size()) {
    Operation made = {type, n, a != nullptr, accumulate, true, a_descriptor, b_descriptor, nullptr, {}, 0, {}};
    if (a) made.registers.resize(4 * GROUP);
    group.operations.push_back(std::move(made));
  }
  Operation &operation = group.operations[place];
  check_uniform(operation.type == type && operation.n == n && operation.from_registers == (a != nullptr), "the instruction");
  check_uniform(operation.accumulate == accumulate, "whether to accumulate");
  check_uniform(operation.a == a_descriptor, "the descriptor of A");
  check_uniform(operation.b == b_descriptor, "the descriptor of B");
  auto fresh = operation.d ? operation.d : std::make_shared<Accumulators>();
  if (fresh->values.empty()) fresh->values.resize(64 * n);
  auto got = borrow(d, n / 2, fresh, accumulate);
  if (operation.d) check_uniform(operation.d == got, "which accumulators are added to");
  operation.d = got;
  if (a) memcpy(&operation.registers[4 * (self->index % GROUP)], a, 16);
  self->operations++;
  if (++operation.issued < GROUP) return;

  // All threads have issued it: from now on it may read. Each of them must have waited for what it reads.
  static std::vector<uint32_t> least;
  static uint32_t number;
  if (seen) {
    const int first = self->index / GROUP * GROUP;
    least.assign(order.of(first), order.of(first) + order.width);
    for (int i = 1; i < GROUP; i++) {
      for (int j = 0; j < order.width; j++) least[j] = std::min(least[j], order.of(first + i)[j]);
    }
    number = (uint32_t)self->operations;
  }
  operation.operands = operands_of(operation, [](long at) {
    if (!seen) return;
    for (int warp = 0; warp < GROUP / WARP; warp++) {
      const Access reader = {(uint32_t)order.warp_component(self->index / GROUP * (GROUP / WARP) + warp), number};
      note_read(at, 16, reader, least.data(), true, "reads");
    }
  });
  for (Thread *each : group.waiting) wake(each);
  group.waiting.clear();
}

void wgmma_wait(int newest) {
  EMULATION_INSTRUCTION("wgmma_wait");
  meet_aligned("wgmma_wait");
  const auto &ends = self->operation_groups;
  if (self->operations > (ends.empty() ? 0 : ends.back())) fail("a wgmma was issued and not committed");
  self->fenced = false;
  const long end = (long)ends.size() > newest ? ends[ends.size() - newest - 1] : 0;
  WarpGroup &group = groups[self->index / GROUP];
  // Computed when all threads have issued them.
  while (group.first < end) {
    if (group.operations.front().issued == GROUP) {
      compute(group.operations.front());
      group.operations.pop_front();
      group.first++;
    } else {
      group.waiting.push_back(self);
      pause("wgmma_wait for operation %ld, which not all threads of the warpgroup have issued", group.first + 1);
    }
  }
  auto &lent = self->lent;
  for (size_t i = 0; i < lent.size();) {
    if (lent[i].end > end) {
      i++;
      continue;
    }
    for (int j = 0; j < lent[i].count; j++) {
      if (bits<uint32_t>(lent[i].registers[j]) != POISON) fail("accumulators of a wgmma in flight were written");
      int row, column;
      place_in_d(self->index % GROUP, j, row, column);
      lent[i].registers[j] = lent[i].accumulators->values[row * 2 * lent[i].count + column];
    }
    bool known = false;
    for (auto &each : self->fenced_registers) known = known || (each.registers == lent[i].registers && (int)each.values.size() == lent[i].count);
    if (!known) self->fenced_registers.push_back({lent[i].registers, std::vector<float>(lent[i].count), false});
    lent.erase(lent.begin() + i);
  }
  if (seen) {
    uint32_t &own = order.of(self->index)[order.warp_component(self->warp())];
    own = std::max(own, (uint32_t)end);
  }
}

void set_registers(int count, bool more) {
  EMULATION_INSTRUCTION("setmaxnreg");
  self->instruction = more ? "registers_take" : "registers_release";
  meet_aligned(self->instruction);
  if (count < 24 || count > 256 || count % 8 != 0) fail("%d registers; 24, 32, ... 256 are allowed", count);
  self->registers = count;
  long total = 0;
  for (size_t first = 0; first < block.threads.size(); first += GROUP) {
    int most = 0;
    for (size_t i = first; i < std::min(first + GROUP, block.threads.size()); i++) most = std::max(most, block.threads[i].registers);
    total += (long)GROUP * most;
  }
  if (total > 65536) fail("the warpgroups hold %ld registers; a multiprocessor has 65536", total);
}

}  // namespace emulation

void wgmma_fence() {
  using namespace emulation;
  EMULATION_INSTRUCTION("wgmma_fence");
  meet_aligned("wgmma_fence");
  self->fenced = true;
  for (auto &known : self->fenced_registers) {
    known.valid = true;
    for (auto &lent : self->lent) known.valid = known.valid && lent.registers != known.registers;
    memcpy(known.values.data(), known.registers, 4 * known.values.size());
  }
}

void wgmma_commit() {
  using namespace emulation;
  EMULATION_INSTRUCTION("wgmma_commit");
  meet_aligned("wgmma_commit");
  self->operation_groups.push_back(self->operations);
}
