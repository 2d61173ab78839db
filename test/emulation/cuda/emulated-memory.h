// Device memory for programs that run emulated kernels: named, so that errors can say what was meant, and with
// unmapped pages at both ends.
#pragma once

#include <stddef.h>

namespace emulation {
enum class Use {
  /// Read by kernels only.
  operand,
  /// Written by kernels, each byte by one block of a launch, and not read before it is written.
  result,
  /// Anything.
  any,
};

/// Memory whose bytes are all 0xff (NaN in every float type). It begins at a multiple of 256 plus `skew` bytes where
/// EMULATION_GUARD=start, and else ends at an unmapped page as closely as alignment to 16 plus `skew` lets it.
void *allocate(const char *name, size_t bytes, Use use, size_t skew = 0);
void release(void *memory);
}  // namespace emulation
