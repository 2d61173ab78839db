/** `<variant>.h`: the C ABI of a variant, for C99 and C++. */
import type { ManifestCudaKernel } from "../../../compiler/plan/manifest.js";
import { headerOf } from "../../artefact/files.js";
import { defaultLiteral, emitArguments } from "./arguments.js";
import {
  argsName,
  cName,
  dimensionsOf,
  dtypeConstant,
  forwardName,
  kernelForward,
  openParams,
  type Variant,
} from "./variant.js";

/** A function that spells out the strides that a forward function takes where all are 0. */
function denseStrides(variant: Variant): string {
  const fill = (operand: "q" | "k" | "v" | "output" | "lse") => {
    const names = dimensionsOf(variant, operand);
    const isKey = operand === "k" || operand === "v";
    const extents = names.map((_, i) => {
      if (i === 0) return "args->batch";
      if (i === 1) return isKey ? "args->key_heads" : "args->heads";
      if (names[i] === "dim" && i === names.length - 1 && operand !== "lse")
        return operand === "q" || operand === "k" ? "args->head_dim" : "args->value_dim";
      if (!isKey) return `args->query_extent[${i - 2}]`;
      return `(args->key_ring[${i - 2}] ? args->key_ring[${i - 2}] : args->key_extent[${i - 2}])`;
    });
    const lines = names.map((_, i) => {
      const place = names.length - 1 - i;
      const value = i === 0 ? "1" : `args->${operand}_stride[${place + 1}] * ${extents[place + 1]}`;
      return `  args->${operand}_stride[${place}] = ${value};`;
    });
    return lines.join("\n");
  };
  return `/* The strides of dense row-major operands, for a caller who changes some of them. Where all strides of an operand are 0,
   a forward function takes these. Reads the extents, which must be set before. */
static inline void mscc_${argsName(variant).slice("mscc_".length, -"_args".length)}_dense_strides(struct ${argsName(variant)} *args) {
${(["q", "k", "v", "output", "lse"] as const).map(fill).join("\n")}
}`;
}

function defaultParams(variant: Variant): string[] {
  const known = openParams(variant).filter((param) => param.default !== undefined);
  if (known.length === 0) return [];
  const name = argsName(variant);
  const lines = known.map(
    ({ name: param, type, default: value }) =>
      `  args->params.${cName(param)} = ${defaultLiteral(type, value as number)};`,
  );
  return [
    `/* Sets the params that have a value where nobody says otherwise. */
static inline void ${name.slice(0, -"_args".length)}_default_params(struct ${name} *args) {
${lines.join("\n")}
}`,
  ];
}

/** The header of a variant whose kernels are listed best first. */
export function emitHeader(variant: Variant, kernels: readonly ManifestCudaKernel[]): string {
  const [args, forward] = [argsName(variant), forwardName(variant)];
  const guard = `MSCC_${forward.slice("mscc_".length, -"_forward".length)}_H`;
  const entries = kernels.map(
    (kernel) =>
      `/* ${kernel.dtype}, head dim ${kernel.headDim}, value dim ${kernel.valueDim}; ${kernel.architecture}. */
int ${kernelForward(kernel)}(const struct ${args} *args, cudaStream_t stream);`,
  );
  const example = kernels[0];
  return `${[
    headerOf(variant)
      .map((line) => `// ${line}`)
      .join("\n"),
    `/* Usage, every operand dense, in C:

     struct ${args} args = {0};
     args.dtype = ${dtypeConstant(example?.dtype ?? "f32")}; args.batch = 1; args.heads = args.key_heads = 8;
     args.head_dim = ${example?.headDim ?? 64}; args.value_dim = ${example?.valueDim ?? 64};
     ... extents, pointers${variant.params.length > 0 ? ", params" : ""}${variant.tables.length > 0 ? ", tables" : ""} ...
     char message[512]; args.message = message; args.message_size = sizeof message;
     if (${forward}(&args, stream) != MSCC_OK) fprintf(stderr, "%s\\n", message);

   Launches are asynchronous on the stream, which belongs to the current device; nothing is allocated, and no state is kept. */`,
    `#ifndef ${guard}\n#define ${guard}\n\n#include <stddef.h>\n\n#include <cuda_runtime_api.h>`,
    emitArguments(variant),
    denseStrides(variant),
    ...defaultParams(variant),
    `#ifdef __cplusplus\nextern "C" {\n#endif`,
    `/* Runs the best kernel that fits dtype, dims, device and layout, and gives an enum mscc_status. */
int ${forward}(const struct ${args} *args, cudaStream_t stream);`,
    `/* Single kernels: these give MSCC_UNFIT where they cannot run. */\n${entries.join("\n")}`,
    `#ifdef __cplusplus\n}\n#endif\n\n#endif`,
  ].join("\n\n")}\n`;
}
