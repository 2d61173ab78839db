/** WGSL, as the parts of a plan are spelled in it. */
import type { Dialect } from "../common/dialect.js";

const list = (names: readonly (readonly [name: string, type: string])[]) =>
  names.map(([name, type]) => `${name}: ${type}`).join(", ");

export const wgsl: Dialect = {
  fn: (name, parameters, returns, body) => `fn ${name}(${list(parameters)}) -> ${returns} {\n${body}\n}`,
  call: (name, ...given) => `${name}(${given.join(", ")})`,
  struct: (name, members) =>
    `struct ${name} {\n${members.map(([member, type]) => `  ${member}: ${type},`).join("\n")}\n}`,
  let: (name, _type, value) => `let ${name} = ${value};`,
  var: (name, _type, value) => `var ${name} = ${value};`,
  array: (name, type, length) => `var ${name}: array<${type}, ${length}>;`,
  loop: (variable, end, step) =>
    `for (var ${variable} = 0u; ${variable} < times(${end}u); ${step === 1 ? `${variable}++` : `${variable} += ${step}u`}) {`,
  switchOn: (value) => `switch ${value} {`,
  caseOf: (values) => `case ${values.join(", ")}`,
  all: (conditions) => conditions.join(" && "),
  isEager: () => false,
  functions: {
    abs: "abs",
    sign: "sign",
    square: ["square_i32", "square_f32"],
    isqrt: "integer_root",
    floor: "floor",
    ceil: "ceil",
    trunc: "trunc",
    round: "round_half_up",
    toFloat: "f32",
    toInt: "i32",
    sqrt: "sqrt",
    exp: "exp",
    log: "log",
    log2: "log2",
    tanh: "bounded_tanh",
    sin: "reduced_sin",
    cos: "reduced_cos",
    floorDiv: "floor_div",
    pow: "power",
    ipow: "integer_power",
    min: "min",
    max: "max",
  },
};
