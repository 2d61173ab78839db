// Tensor maps and the boxes that are loaded by them (TMA). CUDA driver API, cuTensorMapEncodeTiled; PTX ISA,
// cp.async.bulk.tensor and "Swizzling modes".
#pragma once

#include "../cuda.h"
#include "barriers.h"

namespace emulation {

constexpr uint32_t MAP_MARK = 0x70616d54;

/// What the 128 bytes of a CUtensorMap hold here.
struct Map {
  char *address;
  uint64_t strides[4];  // Bytes, of dimensions 1 to 4.
  uint32_t last[5];     // Extents less one.
  uint16_t box[5];
  uint8_t steps[5];
  uint8_t rank, element_bytes, swizzle;
  uint8_t type;
  uint32_t mark;
};
static_assert(sizeof(Map) <= sizeof(CUtensorMap), "a map fits");

/// Address bits that a swizzle of 32, 64 or 128 bytes changes: 16-byte units of a row by the row's number.
inline long swizzled(long at, int swizzle) {
  if (swizzle == CU_TENSOR_MAP_SWIZZLE_128B) return at ^ ((at >> 7 & 7) << 4);
  if (swizzle == CU_TENSOR_MAP_SWIZZLE_64B) return at ^ ((at >> 7 & 3) << 4);
  if (swizzle == CU_TENSOR_MAP_SWIZZLE_32B) return at ^ ((at >> 7 & 1) << 4);
  return at;
}

inline const Map &map_at(const TensorMap *address) {
  if ((uintptr_t)address % 64 != 0) fail("a tensor map at an address that is not a multiple of 64");
  const Map &map = *(const Map *)address;
  if (map.mark != MAP_MARK) fail("a tensor map that was not encoded");
  return map;
}

inline size_t box_bytes(const Map &map) {
  size_t bytes = map.element_bytes;
  for (int i = 0; i < map.rank; i++) bytes *= (map.box[i] + map.steps[i] - 1) / map.steps[i];
  return bytes;
}

/// Calls with each row of a box: where it goes before swizzling, where it comes from (null where it is outside), and
/// how many elements before the first and up to the last are inside.
template <class Visit> inline void each_row(const Map &map, const int (&at)[5], Visit visit) {
  int counts[5] = {1, 1, 1, 1, 1};
  long rows = 1;
  for (int i = 0; i < map.rank; i++) counts[i] = (map.box[i] + map.steps[i] - 1) / map.steps[i];
  for (int i = 1; i < 5; i++) rows *= counts[i];
  const long row_bytes = (long)counts[0] * map.element_bytes;
  const long first = std::max(0L, -(long)at[0]), end = std::min((long)counts[0], (long)map.last[0] + 1 - at[0]);
  for (long row = 0; row < rows; row++) {
    long rest = row;
    const char *from = map.address;
    bool inside = first < end;
    for (int i = 1; i < map.rank; i++) {
      const long position = (long)at[i] + rest % counts[i] * map.steps[i];
      rest /= counts[i];
      inside = inside && position >= 0 && position <= (long)map.last[i];
      from += position * (long)map.strides[i - 1];
    }
    visit(row * row_bytes, inside ? from + at[0] * map.element_bytes : nullptr, first, end, counts[0]);
  }
}

/// The bytes of a box arrive.
inline void deliver(const Box &box, Barrier &barrier) {
  const Map &map = *box.map;
  const int size = map.element_bytes;
  each_row(map, box.at, [&](long to, const char *from, long first, long end, int count) {
    std::vector<char> row((size_t)count * size, 0);
    if (from) memcpy(row.data() + first * size, from + first * size, (end - first) * size);
    for (size_t i = 0; i < row.size(); i += 16) {
      const long place = swizzled(box.to + to + (long)i, map.swizzle);
      fill_shared(place, row.data() + i, std::min<size_t>(16, row.size() - i));
    }
  });
  if (!seen) return;
  // Whoever waits for the barrier sees the box.
  const Access writer = {(uint32_t)order.barrier_component(barrier.number), ++barrier.boxes_done};
  barrier.arriving.resize(order.width, 0);
  barrier.arriving[writer.component] = writer.clock;
  for (long i = box.to / 2; i <= (box.to + (long)box.bytes - 1) / 2; i++) shared.cells[i].writer = writer;
}

/// The copies of maps that boxes in flight refer to; of the block that runs.
inline std::deque<Map> maps_in_use;

}  // namespace emulation

void prefetch_map(const TensorMap *map) {
  EMULATION_INSTRUCTION("prefetch_map");
  emulation::map_at(map);
}

void load_box(void *to, const TensorMap *map_address, unsigned long long *barrier_address, int c0, int c1, int c2, int c3,
              int c4) {
  using namespace emulation;
  EMULATION_INSTRUCTION("load_box");
  const Map &map = map_at(map_address);
  if (map.rank != 5) fail("a tensor map of %d dimensions; this instruction takes 5", map.rank);
  long barrier_offset;
  Barrier &barrier = barrier_at(barrier_address, &barrier_offset);
  if (!barrier.fenced) fail("the barrier at byte %ld of shared memory was initialised without barrier_init_fence", barrier_offset);
  const size_t bytes = box_bytes(map);
  const long at = shared_range(to, bytes, 128, "writes");
  static const size_t widths[] = {0, 32, 64, 128};
  if (map.swizzle != 0 && map.box[0] * (size_t)map.element_bytes != widths[map.swizzle]) {
    fail("rows of %zu bytes with a swizzle of %zu; the emulation knows only equal ones", map.box[0] * (size_t)map.element_bytes, widths[map.swizzle]);
  }
  maps_in_use.push_back(map);
  const Box box = {&maps_in_use.back(), {c0, c1, c2, c3, c4}, at, bytes};
  each_row(map, box.at, [&](long, const char *from, long first, long end, int) {
    if (from) check_global(from + first * map.element_bytes, (end - first) * map.element_bytes, false, "reads");
  });
  note_write(at, bytes, own_access(), own_clocks(), "writes");
  poison_shared(at, bytes, "writes");
  barrier.boxes.push_back(box);
  if (!barrier.waiting.empty()) advance(barrier_offset, barrier, false);
}

CUresult cuTensorMapEncodeTiled(CUtensorMap *result, CUtensorMapDataType type, cuuint32_t rank, void *address,
                                const cuuint64_t *dims, const cuuint64_t *strides, const cuuint32_t *box,
                                const cuuint32_t *steps, CUtensorMapInterleave interleave, CUtensorMapSwizzle swizzle,
                                CUtensorMapL2promotion promotion, CUtensorMapFloatOOBfill fill) {
  using namespace emulation;
  static const int sizes[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2};
  if (!result || (uintptr_t)result % 64 != 0 || rank < 1 || rank > 5 || !address || (uintptr_t)address % 16 != 0) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if ((unsigned)type >= sizeof sizes / sizeof sizes[0] || (unsigned)swizzle > CU_TENSOR_MAP_SWIZZLE_128B ||
      (unsigned)promotion > CU_TENSOR_MAP_L2_PROMOTION_L2_256B) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  // Known to the driver, not to this emulation.
  if (interleave != CU_TENSOR_MAP_INTERLEAVE_NONE || fill != CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) return CUDA_ERROR_NOT_SUPPORTED;
  Map map = {};
  map.address = (char *)address;
  map.rank = (uint8_t)rank;
  map.element_bytes = (uint8_t)sizes[type];
  map.swizzle = (uint8_t)swizzle;
  map.type = (uint8_t)type;
  map.mark = MAP_MARK;
  for (cuuint32_t i = 0; i < rank; i++) {
    if (dims[i] < 1 || dims[i] > (1ull << 32)) return CUDA_ERROR_INVALID_VALUE;
    if (box[i] < 1 || box[i] > 256 || steps[i] < 1 || steps[i] > 8) return CUDA_ERROR_INVALID_VALUE;
    map.last[i] = (uint32_t)(dims[i] - 1);
    map.box[i] = (uint16_t)box[i];
    // "TMA doesn't support the stride for dimension zero".
    map.steps[i] = i == 0 ? 1 : (uint8_t)steps[i];
    if (i == 0) continue;
    if (strides[i - 1] % 16 != 0 || strides[i - 1] >= (1ull << 40) || strides[i - 1] == 0) return CUDA_ERROR_INVALID_VALUE;
    map.strides[i - 1] = strides[i - 1];
  }
  const size_t inner = (size_t)box[0] * sizes[type];
  const size_t most[] = {SIZE_MAX, 32, 64, 128};
  if (inner % 16 != 0 || inner > most[swizzle]) return CUDA_ERROR_INVALID_VALUE;
  memset(result, 0, sizeof *result);
  memcpy(result, &map, sizeof map);
  return CUDA_SUCCESS;
}
