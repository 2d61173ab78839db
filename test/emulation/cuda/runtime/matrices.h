// ldmatrix and mma.sync.m16n8k16 of a warp, with the fragment layouts of the PTX ISA, "Warp-level matrix load" and
// "Matrix fragments for mma.m16n8k16". In the names there: group = lane / 4, thread in group = lane % 4.
#pragma once

#include "copies.h"

namespace emulation {

inline void load_matrices(const char *name, unsigned (&r)[4], const void *row, bool transposed) {
  struct Slot {
    unsigned *r;
    const unsigned short *row;
  };
  read_shared(shared_range(row, 16, 16, "reads"), 16, "reads");
  Slot slot = {r, (const unsigned short *)row};
  meet(name, 0xffffffffu, &slot, [transposed](void *const *slots) {
    // Row i of matrix m begins where lane 8 m + i says.
    for (int lane = 0; lane < WARP; lane++) {
      for (int m = 0; m < 4; m++) {
        const auto element = [&](int row, int column) { return ((Slot *)slots[8 * m + row])->row[column]; };
        const int group = lane / 4, pair = 2 * (lane % 4);
        const unsigned low = transposed ? element(pair, group) : element(group, pair);
        const unsigned high = transposed ? element(pair + 1, group) : element(group, pair + 1);
        ((Slot *)slots[lane])->r[m] = low | high << 16;
      }
    }
    // The last lane to come reads what all rows hold: it must have waited for whoever wrote them.
    for (int i = 0; i < WARP; i++) {
      const long at = shared.offset(((Slot *)slots[i])->row);
      check_written(at, 16, "reads");
      note_read(at, 16, own_access(), own_clocks(), false, "reads");
    }
  });
}

inline void multiply(const char *name, Type type, float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  struct Slot {
    float *d;
    const unsigned *a;
    unsigned b[2];
  };
  Slot slot = {d, a, {b0, b1}};
  meet(name, 0xffffffffu, &slot, [type](void *const *slots) {
    const float *value = values_of(type);
    float a[16][16], b[16][8];
    for (int lane = 0; lane < WARP; lane++) {
      const Slot &each = *(Slot *)slots[lane];
      const int group = lane / 4, pair = 2 * (lane % 4);
      for (int half = 0; half < 2; half++) {
        // Of A: rows group and group + 8, columns from pair and from pair + 8.
        a[group][pair + half] = value[each.a[0] >> 16 * half & 0xffff];
        a[group + 8][pair + half] = value[each.a[1] >> 16 * half & 0xffff];
        a[group][pair + 8 + half] = value[each.a[2] >> 16 * half & 0xffff];
        a[group + 8][pair + 8 + half] = value[each.a[3] >> 16 * half & 0xffff];
        // Of B: column group, rows from pair and from pair + 8.
        b[pair + half][group] = value[each.b[0] >> 16 * half & 0xffff];
        b[pair + 8 + half][group] = value[each.b[1] >> 16 * half & 0xffff];
      }
    }
    for (int lane = 0; lane < WARP; lane++) {
      const Slot &each = *(Slot *)slots[lane];
      const int group = lane / 4, pair = 2 * (lane % 4);
      for (int i = 0; i < 4; i++) {
        const int row = group + (i < 2 ? 0 : 8), column = pair + i % 2;
        float sum = each.d[i];
        for (int k = 0; k < 16; k++) sum += a[row][k] * b[k][column];
        each.d[i] = sum;
      }
    }
  });
}

}  // namespace emulation

void load_matrix_4(unsigned (&r)[4], const void *row) {
  EMULATION_INSTRUCTION("load_matrix_4");
  emulation::load_matrices(emulation::self->instruction, r, row, false);
}
void load_matrix_4_transposed(unsigned (&r)[4], const void *row) {
  EMULATION_INSTRUCTION("load_matrix_4_transposed");
  emulation::load_matrices(emulation::self->instruction, r, row, true);
}
void mma_f16(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  EMULATION_INSTRUCTION("mma_f16");
  emulation::multiply(emulation::self->instruction, emulation::Type::f16, d, a, b0, b1);
}
void mma_bf16(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  EMULATION_INSTRUCTION("mma_bf16");
  emulation::multiply(emulation::self->instruction, emulation::Type::bf16, d, a, b0, b1);
}
