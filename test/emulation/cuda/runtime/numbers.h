// f16 and bf16, converted as cvt.rn does, and ex2.approx.ftz.
#pragma once

#include "collectives.h"

namespace emulation {

/// IEEE 754 binary16.
inline float f16_value(unsigned short word) {
  const unsigned sign = (unsigned)(word & 0x8000) << 16, exponent = word >> 10 & 31, fraction = word & 0x3ff;
  if (exponent == 31) return bits<float>(sign | 0x7f800000u | fraction << 13);
  if (exponent != 0) return bits<float>(sign | (exponent + 112) << 23 | fraction << 13);
  const float size = ldexpf((float)fraction, -24);
  return sign ? -size : size;
}

/// The nearest half, ties to even; from 65520 on infinity; NaN is 0x7fff.
inline unsigned short f16_word(float value) {
  if (value != value) return 0x7fff;
  const unsigned short sign = bits<unsigned>(value) >> 16 & 0x8000;
  const double size = fabs((double)value);
  if (size >= 65520.0) return sign | 0x7c00;
  // Units of the last place: 2^-24 below 2^-14, else 2^(exponent - 10). nearbyint rounds ties to even.
  int exponent = -14;
  if (size >= ldexp(1, -14)) exponent = ilogb(size);
  const long units = (long)nearbyint(ldexp(size, 10 - exponent));
  // 1024 units are the implied bit of the exponent's field; 2048, where rounding carried, make the field one more.
  return sign | (unsigned short)(((exponent + 14) << 10) + units);
}

inline float bf16_value(unsigned short word) { return bits<float>((unsigned)word << 16); }

inline unsigned short bf16_word(float value) {
  if (value != value) return 0x7fff;
  const unsigned word = bits<unsigned>(value), dropped = word & 0xffff, kept = word >> 16;
  return (unsigned short)(kept + (dropped > 0x8000 || (dropped == 0x8000 && (kept & 1)) ? 1 : 0));
}

/// Values of all words, since tensor cores ask for many.
inline const float *values_of(Type type) {
  static std::vector<float> tables[2];
  auto &table = tables[(int)type];
  if (table.empty()) {
    for (int word = 0; word < 1 << 16; word++) table.push_back(type == Type::f16 ? f16_value(word) : bf16_value(word));
  }
  return table.data();
}

}  // namespace emulation

float widen_f16(unsigned short word) { return emulation::f16_value(word); }
float widen_bf16(unsigned short word) { return emulation::bf16_value(word); }
unsigned short narrow_f16(float value) { return emulation::f16_word(value); }
unsigned short narrow_bf16(float value) { return emulation::bf16_word(value); }
unsigned int pack_f16(float low, float high) { return emulation::f16_word(low) | (unsigned)emulation::f16_word(high) << 16; }
unsigned int pack_bf16(float low, float high) { return emulation::bf16_word(low) | (unsigned)emulation::bf16_word(high) << 16; }

/// Subnormal inputs and results are zeros of their sign.
float fast_exp2(float x) {
  const float y = exp2f(fabsf(x) < 0x1p-126f ? copysignf(0, x) : x);
  return y < 0x1p-126f ? 0.0f : y;
}
