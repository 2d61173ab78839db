/** CUDA C++, as the parts of a plan are spelled in it. Functions take the uniforms as their first parameter. */
import { nodesOf } from "../../compiler/ir/expression.js";
import type { Dialect } from "../common/dialect.js";

/** What stands before every function of a kernel. */
export const DEVICE = "static __device__ __forceinline__";

export const cuda: Dialect = {
  fn: (name, parameters, returns, body) => {
    const list = parameters.map(([parameter, type]) => `${type === "Box" ? "const Box &" : `${type} `}${parameter}`);
    return `${DEVICE} ${returns} ${name}(${["const Uniforms &u", ...list].join(", ")}) {\n${body}\n}`;
  },
  call: (name, ...given) => `${name}(${["u", ...given].join(", ")})`,
  struct: (name, members) =>
    `struct ${name} {\n${members.map(([member, type]) => `  ${type} ${member};`).join("\n")}\n};`,
  let: (name, type, value) => `const ${type} ${name} = ${value};`,
  var: (name, type, value) => `${type} ${name} = ${value};`,
  array: (name, type, length) => `${type} ${name}[${length}];`,
  loop: (variable, end, step) =>
    `#pragma unroll\nfor (u32 ${variable} = 0u; ${variable} < ${end}u; ${step === 1 ? `${variable}++` : `${variable} += ${step}u`}) {`,
  switchOn: (value) => `switch (${value}) {`,
  caseOf: (values) => values.map((value) => `case ${value}`).join(": "),
  all: (conditions) =>
    conditions.length === 1
      ? (conditions[0] as string)
      : conditions.map((each) => (/[<>=]/.test(each) ? `(${each})` : each)).join(" & "),
  // Comparisons cost less than branches, above all where they are unrolled; reading a table costs more.
  isEager: (e) => nodesOf(e).every(({ kind }) => kind !== "lookup" && kind !== "search"),
  functions: {
    abs: ["abs", "fabsf"],
    sign: ["sign_i32", "sign_f32"],
    square: ["square_i32", "square_f32"],
    isqrt: "integer_root",
    floor: "floorf",
    ceil: "ceilf",
    trunc: "truncf",
    round: "round_half_up",
    toFloat: "f32",
    toInt: "i32",
    sqrt: "sqrtf",
    exp: "expf",
    log: "logf",
    log2: "log2f",
    tanh: "tanhf",
    sin: "sinf",
    cos: "cosf",
    floorDiv: "floor_div",
    pow: "power",
    ipow: "integer_power",
    min: ["min", "fminf"],
    max: ["max", "fmaxf"],
  },
};
