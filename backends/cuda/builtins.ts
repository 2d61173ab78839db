/** Device functions for operators that CUDA C++ lacks. Emitted where used. */
import { DEVICE } from "./dialect.js";

/** Name of a function -> its text. */
const FUNCTIONS: { readonly [name: string]: string } = {
  select: `// What WGSL calls select: both values are computed.
template <class T>
${DEVICE} T select(T otherwise, T value, bool condition) {
  return condition ? value : otherwise;
}`,
  square_i32: `${DEVICE} i32 square_i32(i32 x) {\n  return x * x;\n}`,
  square_f32: `${DEVICE} f32 square_f32(f32 x) {\n  return x * x;\n}`,
  sign_i32: `${DEVICE} i32 sign_i32(i32 x) {\n  return (x > 0) - (x < 0);\n}`,
  sign_f32: `${DEVICE} f32 sign_f32(f32 x) {\n  return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x;\n}`,
  floor_div: `${DEVICE} i32 floor_div(i32 a, i32 b) {
  const i32 quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}`,
  modulo: `${DEVICE} i32 modulo(i32 a, i32 m) {
  const i32 remainder = a % m;
  return remainder < 0 ? remainder + m : remainder;
}`,
  integer_root: `// Floor of the square root; 0 for negative numbers. The float root errs by at most one either way.
${DEVICE} i32 integer_root(i32 x) {
  if (x <= 0) {
    return 0;
  }
  u32 root = u32(sqrtf(f32(x)));
  if (root * root > u32(x)) {
    root -= 1u;
  }
  if ((root + 1u) * (root + 1u) <= u32(x)) {
    root += 1u;
  }
  return i32(root);
}`,
  round_half_up: `// Half goes up, as in JavaScript.
${DEVICE} f32 round_half_up(f32 x) {
  const f32 down = floorf(x);
  return x - down >= 0.5f ? down + 1.0f : down;
}`,
  float_remainder: `// The sign is that of the dividend, as in JavaScript.
${DEVICE} f32 float_remainder(f32 a, f32 b) {
  return fmodf(a, b);
}`,
  integer_power: `// The host has checked that the result fits 32 bits.
${DEVICE} i32 integer_power(i32 x, i32 n) {
  u32 result = 1u;
  u32 square = u32(x);
  for (i32 rest = n; rest > 0; rest >>= 1) {
    if ((rest & 1) == 1) {
      result *= square;
    }
    square *= square;
  }
  return i32(result);
}`,
  power: `${DEVICE} f32 power(f32 x, f32 y) {\n  return powf(x, y);\n}`,
  bitcast: `// The same 32 bits as another integer type.
template <class To, class From>
${DEVICE} To bitcast(From x) {
  return To(x);
}`,
};

/** The functions that a text calls, in an order that suits a reader. */
export const builtinsFor = (text: string): string =>
  Object.entries(FUNCTIONS)
    .filter(([name]) => new RegExp(`\\b${name}[(<]`).test(text))
    .map(([, body]) => body)
    .join("\n\n");
