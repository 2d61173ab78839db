/** WGSL functions for operators that WGSL lacks, leaves undefined or that drivers get wrong. Emitted where used. */

/** Name of a function -> its text. A function may call those above it. */
const FUNCTIONS: { readonly [name: string]: string } = {
  square_i32: "fn square_i32(x: i32) -> i32 {\n  return x * x;\n}",
  square_f32: "fn square_f32(x: f32) -> f32 {\n  return x * x;\n}",
  floor_div: `fn floor_div(a: i32, b: i32) -> i32 {
  let quotient = a / b;
  return select(quotient, quotient - 1, (a % b != 0) && ((a < 0) != (b < 0)));
}`,
  modulo: `fn modulo(a: i32, m: i32) -> i32 {
  let remainder = a % m;
  return select(remainder, remainder + m, remainder < 0);
}`,
  integer_root: `// Floor of the square root; 0 for negative numbers. The float root errs by at most one either way.
fn integer_root(x: i32) -> i32 {
  if (x <= 0) {
    return 0;
  }
  var root = u32(sqrt(f32(x)));
  if (root * root > u32(x)) {
    root -= 1u;
  }
  if ((root + 1u) * (root + 1u) <= u32(x)) {
    root += 1u;
  }
  return i32(root);
}`,
  round_half_up: `// Half goes up, as in JavaScript; WGSL's own round goes to even.
fn round_half_up(x: f32) -> f32 {
  let down = floor(x);
  return select(down, down + 1.0, x - down >= 0.5);
}`,
  bounded_tanh: `// Drivers overflow for large arguments, where the result is 1 in f32, and cancel near 0, where Cephes' polynomial holds.
fn bounded_tanh(x: f32) -> f32 {
  let t = clamp(x, -10.0, 10.0);
  let t2 = t * t;
  let odd = -0.33333281942 + t2 * (0.13331442204 + t2 * (-5.37397155531e-2 + t2 * (2.06390887954e-2 - t2 * 5.70498872745e-3)));
  return select(tanh(t), t + t * t2 * odd, abs(t) < 0.625);
}`,
  float_remainder: `// The sign is that of the dividend, as in JavaScript.
fn float_remainder(a: f32, b: f32) -> f32 {
  return a - b * trunc(a / b);
}`,
  integer_power: `// The host has checked that the result fits 32 bits.
fn integer_power(x: i32, n: i32) -> i32 {
  var result = 1;
  var square = x;
  for (var rest = n; rest > 0; rest >>= 1u) {
    if ((rest & 1) == 1) {
      result *= square;
    }
    square *= square;
  }
  return result;
}`,
  power: `// Defined for negative bases with integer exponents, which WGSL's own pow is not.
fn power(x: f32, y: f32) -> f32 {
  if (y == 0.0) {
    return 1.0;
  }
  if (x == 0.0) {
    return select(0.0, 1.0 / x, y < 0.0);
  }
  let size = pow(abs(x), y);
  let odd = abs(y - 2.0 * floor(y * 0.5)) == 1.0;
  return select(size, -size, x < 0.0 && odd);
}`,
  sin_ahead: `// The sine some quarter turns ahead. Cody and Waite's reduction, then minimax polynomials: drivers err by up to 2e-4.
fn sin_ahead(x: f32, quarters: i32) -> f32 {
  let turns = floor(x * 0.636619772 + 0.5);
  let r = ((x - turns * 1.5703125) - turns * 4.837512969970703125e-4) - turns * 7.549789948768648e-8;
  let r2 = r * r;
  let s = r + r * r2 * (-0.16666654611 + r2 * (8.3321608736e-3 - r2 * 1.9515295891e-4));
  let c = 1.0 - 0.5 * r2 + r2 * r2 * (4.166664568298827e-2 + r2 * (-1.388731625493765e-3 + r2 * 2.443315711809948e-5));
  let quadrant = (i32(turns - 4.0 * floor(turns * 0.25)) + quarters) & 3;
  let size = select(s, c, (quadrant & 1) == 1);
  return select(size, -size, quadrant >= 2);
}`,
  reduced_sin: "fn reduced_sin(x: f32) -> f32 {\n  return sin_ahead(x, 0);\n}",
  reduced_cos: "fn reduced_cos(x: f32) -> f32 {\n  return sin_ahead(x, 1);\n}",
};

const NEEDS: { readonly [name: string]: readonly string[] } = {
  reduced_sin: ["sin_ahead"],
  reduced_cos: ["sin_ahead"],
};

/** The functions that a text calls, in an order that suits a reader. */
export function builtinsFor(text: string): string {
  const called = Object.keys(FUNCTIONS).filter((name) => text.includes(`${name}(`));
  const wanted = new Set(called.flatMap((name) => [...(NEEDS[name] ?? []), name]));
  return Object.entries(FUNCTIONS)
    .filter(([name]) => wanted.has(name))
    .map(([, body]) => body)
    .join("\n\n");
}
