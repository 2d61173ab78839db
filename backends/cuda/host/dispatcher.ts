/** `<variant>.cpp`: the function that runs the best kernel that fits, and says why not the better ones. */
import type { ManifestCudaKernel } from "../../../compiler/plan/manifest.js";
import { headerOf } from "../../artefact/files.js";
import { identifier } from "../../common/identifier.js";
import { emitFail, failure } from "./messages.js";
import { argsName, cString, dtypeConstant, forwardName, kernelForward, type Variant } from "./variant.js";

/** Kernels of `sm_90a` first; beyond that the order that is given. */
export const bestFirst = (kernels: readonly ManifestCudaKernel[]): readonly ManifestCudaKernel[] =>
  [...kernels].sort((a, b) => Number(b.architecture === "sm_90a") - Number(a.architecture === "sm_90a"));

/** What was compiled, in words: `bf16 64/64 (sm_90a, sm_80); f32 64/64 (sm_80)`. */
function compiledText(kernels: readonly ManifestCudaKernel[]): string {
  const groups = new Map<string, Set<string>>();
  for (const { dtype, headDim, valueDim, architecture } of kernels) {
    const name = `${dtype} ${headDim}/${valueDim}`;
    groups.set(name, (groups.get(name) ?? new Set<string>()).add(architecture));
  }
  return [...groups].map(([name, found]) => `${name} (${[...found].join(", ")})`).join("; ");
}

function kernelTable(kernels: readonly ManifestCudaKernel[]): string {
  const row = (kernel: ManifestCudaKernel) =>
    `    {${[cString(kernel.symbol), dtypeConstant(kernel.dtype), kernel.headDim, kernel.valueDim, kernelForward(kernel)].join(", ")}},`;
  const hopper = kernels.filter(({ architecture }) => architecture === "sm_90a").map(row);
  const other = kernels.filter(({ architecture }) => architecture !== "sm_90a").map(row);
  const guarded = hopper.length > 0 ? ["#ifndef MSCC_WITHOUT_SM90A", ...hopper, "#endif"] : [];
  return [...guarded, ...other].join("\n");
}

/** The dispatcher of a variant. */
export function emitDispatcher(variant: Variant, given: readonly ManifestCudaKernel[]): string {
  const kernels = bestFirst(given);
  const name = identifier(variant.name);
  const refusal = failure("no-kernel", {
    dtype: "dtypes[args->dtype]",
    head_dim: "args->head_dim",
    value_dim: "args->value_dim",
    there: cString(compiledText(kernels)),
  });
  const invalid = failure("dtype-invalid", { got: "args->dtype" });
  return `${headerOf(variant)
    .map((line) => `// ${line}`)
    .join("\n")}
// Chooses among the kernels of ${variant.name}. A library without those of sm_90a is compiled with -DMSCC_WITHOUT_SM90A.
#include "${name}.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

namespace {

typedef ${argsName(variant)} Args;

struct Kernel {
  const char *name;
  int dtype, head_dim, value_dim;
  int (*forward)(const Args *args, cudaStream_t stream);
};

// Best first.
const Kernel kernels[] = {
${kernelTable(kernels)}
};

const char *const dtypes[] = {"f32", "f16", "bf16"};

${emitFail(variant.name, "")}

void tell(const Args *args, const char *kernel, const char *what) {
  if (!args->log) return;
  char text[768];
  snprintf(text, sizeof text, "%s%s%s", ${cString(`mscc ${variant.name}: `)}, kernel, what);
  args->log(args->log_context, text);
}

// A message without the name of the variant in front.
const char *reason_of(const char *message) {
  const size_t length = strlen(${cString(`mscc ${variant.name}: `)});
  return strlen(message) > length ? message + length : message;
}

}  // namespace

extern "C" int ${forwardName(variant)}(const Args *args, cudaStream_t stream) {
  if (!args) return MSCC_INVALID;
  if (args->dtype < MSCC_F32 || args->dtype > MSCC_BF16) {
    return ${invalid};
  }
  char reasons[1024] = "";
  size_t used = 0;
  for (const Kernel &kernel : kernels) {
    if (kernel.dtype != args->dtype || kernel.head_dim != args->head_dim || kernel.value_dim != args->value_dim) continue;
    char text[512] = "";
    Args attempt = *args;
    attempt.message = text;
    attempt.message_size = sizeof text;
    const int status = kernel.forward(&attempt, stream);
    if (status != MSCC_UNFIT) {
      if (status == MSCC_OK) tell(args, kernel.name, " runs");
      return status == MSCC_OK ? status : fail(args, status, "%s", reason_of(text));
    }
    char unfit[640];
    snprintf(unfit, sizeof unfit, " does not fit: %s", reason_of(text));
    tell(args, kernel.name, unfit);
    const int written = snprintf(reasons + used, sizeof reasons - used, "%s%s%s", used > 0 ? "; " : "", kernel.name, unfit);
    used += written < 0 ? 0 : (size_t)written < sizeof reasons - used ? (size_t)written : sizeof reasons - used - 1;
  }
  if (used > 0) return ${failure("none-fits", { reasons: "reasons" })};
  return ${refusal};
}
`;
}
