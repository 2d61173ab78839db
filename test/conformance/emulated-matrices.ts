/**
 * Subgroup matrices in plain WGSL: what of a kernel's text is theirs gives way to structs and functions, so that the
 * kernel runs where no device has them. An invocation holds all of a factor, and its share of a product, in one variable
 * for each type: a kernel may have one matrix of a type in hand at a time, as ours does. (Passed by value, a kernel took
 * lavapipe 50 s to compile.)
 */
import type { SubgroupMatrix } from "../../compiler/plan/manifest.js";
import type { CompiledKernel } from "../../runtime/index.js";

interface Matrix {
  readonly name: string;
  readonly kind: string;
  readonly type: string;
  readonly rows: number;
  readonly columns: number;
}

/** Elements of a matrix that an invocation holds, and where one lies in memory. */
const loopOver = ({ kind, rows, columns }: Matrix, layout: string, body: (place: string) => string) => {
  const [first, step] = kind === "result" ? ["emulated_lane", "emulated_size"] : ["0u", "1u"];
  const [major, minor] = [`(i / ${columns}u)`, `i % ${columns}u`];
  const place =
    layout === "row_major" ? `offset + ${major} * stride + ${minor}` : `offset + ${minor} * stride + ${major}`;
  return `for (var i = ${first}; i < times(${rows * columns}u); i += ${step}) {\n    ${body(place)}\n  }`;
};

/** Whole rows (or columns) from the offset on lie within the array: the strictest reading of the draft. */
const outside = ({ rows, columns }: Matrix, layout: string, length: number) =>
  `offset + stride * ${layout === "row_major" ? rows : columns}u > ${length}u`;

const emitLoad = (matrix: Matrix, layout: string, array: string, length: number) =>
  `fn load_${matrix.name}_${layout}_${array}(offset: u32, stride: u32) -> ${matrix.name} {
  let is_outside = ${outside(matrix, layout, length)};
  ${loopOver(matrix, layout, (place) => `held_${matrix.name}[i] = select(${array}[${place}], 0, is_outside);`)}
  return ${matrix.name}();
}`;

const emitStore = (matrix: Matrix, layout: string, array: string, length: number) =>
  `fn store_${layout}_${array}(offset: u32, matrix: ${matrix.name}, stride: u32) {
  if (${outside(matrix, layout, length)}) {
    return;
  }
  ${loopOver(matrix, layout, (place) => `${array}[${place}] = held_${matrix.name}[i];`)}
}`;

const emitMultiply = ({ M, N, K }: SubgroupMatrix) => `fn multiply(left: Left, right: Right, sum: Product) -> Product {
  for (var i = emulated_lane; i < times(${M * N}u); i += emulated_size) {
    for (var k = 0u; k < times(${K}u); k++) {
      held_Product[i] += f32(held_Left[i / ${N}u * ${K}u + k]) * f32(held_Right[k * ${N}u + i % ${N}u]);
    }
  }
  return sum;
}

fn zero() -> Product {
  for (var i = emulated_lane; i < times(${M * N}u); i += emulated_size) {
    held_Product[i] = 0.0;
  }
  return Product();
}`;

const unique = (texts: readonly string[]) => [...new Set(texts)];

/** The text of a kernel without subgroup matrices that does the same. */
export function emulated(code: string, shape: SubgroupMatrix): string {
  const matrices = [...code.matchAll(/alias (\w+) = subgroup_matrix_(\w+)<(\w+), (\d+), (\d+)>;/g)].map(
    ([, name = "", kind = "", type = "", columns, rows]): Matrix => ({
      name,
      kind,
      type,
      rows: Number(rows),
      columns: Number(columns),
    }),
  );
  const matrixOf = (name: string) => matrices.find((each) => each.name === name) as Matrix;
  const lengthOf = (array: string) => Number(new RegExp(`> ${array}: array<\\w+, (\\d+)>`).exec(code)?.[1]);
  const loads = [...code.matchAll(/subgroupMatrixLoad<(\w+), (\w+)>\(&(\w+), /g)].map(
    ([, name = "", layout = "", array = ""]) => emitLoad(matrixOf(name), layout, array, lengthOf(array)),
  );
  const stores = [...code.matchAll(/subgroupMatrixStore<(\w+)>\(&(\w+), /g)].map(([, layout = "", array = ""]) =>
    emitStore(matrixOf("Product"), layout, array, lengthOf(array)),
  );
  const text = code
    .replace("enable chromium_experimental_subgroup_matrix;\n", "")
    .replace(/alias (\w+) = subgroup_matrix_.*;/g, (_, name: string) => {
      const { type, rows, columns } = matrixOf(name);
      return `struct ${name} {\n  nothing: u32,\n}\nvar<private> held_${name}: array<${type}, ${rows * columns}>;`;
    })
    .replaceAll("Product()", "zero()")
    .replace(/subgroupMatrixLoad<(\w+), (\w+)>\(&(\w+), /g, "load_$1_$2_$3(")
    .replace(/subgroupMatrixStore<(\w+)>\(&(\w+), /g, "store_$1_$2(")
    .replaceAll("subgroupMatrixMultiplyAccumulate(", "multiply(")
    .replace(
      /(?<=num_subgroups\) subgroups: u32,\n)\) \{\n/,
      "  @builtin(subgroup_invocation_id) lane_of_subgroup: u32,\n  @builtin(subgroup_size) size_of_subgroup: u32,\n) {\n  emulated_lane = lane_of_subgroup;\n  emulated_size = size_of_subgroup;\n",
    );
  const left = /subgroup_?[mM]atrix/.exec(text);
  if (left) throw new Error(`the emulation does not know '${text.slice(left.index, left.index + 60)}'`);
  const variables = "var<private> emulated_lane: u32;\nvar<private> emulated_size: u32;";
  return [text, variables, ...unique(loads), ...unique(stores), emitMultiply(shape)].join("\n");
}

/** The kernel for a device with subgroups and f16, whatever it lacks of matrices. */
export function emulatedKernel({ kernel, code, ...others }: CompiledKernel): CompiledKernel {
  const { subgroupMatrix, ...rest } = kernel;
  if (!subgroupMatrix) throw new Error(`${kernel.file} has no subgroup matrices`);
  const features = kernel.features.filter((feature) => feature !== "chromium-experimental-subgroup-matrix");
  return { ...others, kernel: { ...rest, features }, code: emulated(code, subgroupMatrix) };
}
