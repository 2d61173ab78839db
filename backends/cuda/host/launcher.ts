/** The host part at the end of a `.cu`: checks everything, fills the uniforms, launches. C in the main, and no library of C++. */

import type { ManifestCudaKernel } from "../../../compiler/plan/manifest.js";
import type { AttentionPlan } from "../../../compiler/plan/plan.js";
import { manifestOf } from "../../artefact/manifest.js";
import { emitArguments } from "./arguments.js";
import { rangeFunctionsFor } from "./interval-functions.js";
import { emitFail, failure } from "./messages.js";
import { emitGrid, emitParamChecks, emitTableChecks } from "./numbers.js";
import { emitLayoutChecks, emitOperandFunctions, emitOperands, WIDE_ROWS } from "./operands.js";
import { emitRangeChecks } from "./ranges.js";
import { emitMapChecks, emitMapFunctions, emitMapLaunches } from "./tensor-maps.js";
import { emitUniformFunctions, emitUniforms } from "./uniforms.js";
import { argsName, cString, dtypeConstant, kernelForward, type LaunchField, type Variant } from "./variant.js";

const FAIL = (variant: Variant) => `${emitFail(variant.name, "static ")}

// A call of CUDA failed. It must not be found again by whoever next asks for the last error.
static int fail_call(const Args *args, const char *call, cudaError_t error) {
  cudaGetLastError();
  return ${failure("call-failed", { call: "call", error: "cudaGetErrorString(error)", name: "cudaGetErrorName(error)" })};
}`;

const WIDTH = 120;

/** Long refusals stand in braces, on a line of their own. */
const folded = (text: string) =>
  text.replace(/^( *)(if \(.*\)) (return .*;)$/gm, (line, indent: string, condition: string, refusal: string) =>
    line.length > WIDTH ? `${indent}${condition} {\n${indent}  ${refusal}\n${indent}}` : line,
  );

/** Whether the device is one that the kernel was made for. */
function emitDeviceCheck({ symbol, architecture, sharedMemory }: ManifestCudaKernel): string {
  const isExact = architecture === "sm_90a";
  const [need, misses, option] = isExact
    ? ["9.0", "major != 9 || minor != 0", "-gencode arch=compute_90a,code=sm_90a"]
    : ["8.0 or later", "major < 8", "-gencode arch=compute_80,code=compute_80"];
  const attribute = (name: string, variable: string) =>
    `if (error == cudaSuccess) error = cudaDeviceGetAttribute(&${variable}, cudaDevAttr${name}, device);`;
  return `// Whether the current device can run the kernel.
static int check_device(const Args *args) {
  int device = 0, major = 0, minor = 0, memory = 0;
  cudaError_t error = cudaGetDevice(&device);
  ${attribute("ComputeCapabilityMajor", "major")}
  ${attribute("ComputeCapabilityMinor", "minor")}
  ${attribute("MaxSharedMemoryPerBlockOptin", "memory")}
  if (error != cudaSuccess) return fail_call(args, "cudaDeviceGetAttribute", error);
  if (${misses}) {
    return ${failure("capability-unfit", { need: cString(need), major: "major", minor: "minor" })};
  }
  if (memory < ${sharedMemory}) {
    return ${failure("memory-unfit", { need: String(sharedMemory), has: "memory" })};
  }
  error = cudaFuncSetAttribute(${symbol}, cudaFuncAttributeMaxDynamicSharedMemorySize, ${sharedMemory});
  if (error == cudaErrorNoKernelImageForDevice || error == cudaErrorInvalidDeviceFunction) {
    cudaGetLastError();
    return ${failure("image-missing", { major: "major", minor: "minor", option: cString(option) })};
  }
  if (error != cudaSuccess) return fail_call(args, "cudaFuncSetAttribute", error);
  return MSCC_OK;
}`;
}

function emitForward(variant: Variant, kernel: ManifestCudaKernel, fields: readonly LaunchField[]): string {
  const { symbol, architecture, dtype, headDim, valueDim, queryTile, threads, sharedMemory } = kernel;
  const hasMaps = architecture === "sm_90a";
  const perHead = queryTile.map((tile, i) => `(double)ceil_divide(args->query_extent[${i}], ${tile})`);
  const tiles = [...perHead, "args->heads", ...(hasMaps ? [] : ["args->batch"])].join(" * ");
  const what = cString(hasMaps ? "a batch" : "the launch");
  const launches = hasMaps
    ? emitMapLaunches(kernel)
    : [
        "void *arguments[] = {&u};",
        `error = cudaLaunchKernel(${symbol}, dim3((u32)tiles), dim3(${threads}), arguments, ${sharedMemory}, stream);`,
        'if (error != cudaSuccess) return fail_call(args, "cudaLaunchKernel", error);',
      ];
  const check = (call: string) => `if (int status = ${call}) return status;`;
  const usesGrid = (text: string) => text.includes("const Grid *grid");
  const [tables, ranges] = [emitTableChecks(variant), emitRangeChecks(variant)];
  const lines = [
    "if (!args) return MSCC_INVALID;",
    `if (args->dtype != ${dtypeConstant(dtype)}) {`,
    `  return ${failure("dtype-unfit", { got: "args->dtype", want: dtypeConstant(dtype), name: cString(dtype) })};`,
    "}",
    `if (args->head_dim != ${headDim} || args->value_dim != ${valueDim}) {`,
    `  return ${failure("dims-unfit", { head_dim: "args->head_dim", value_dim: "args->value_dim", head: String(headDim), value: String(valueDim) })};`,
    "}",
    "",
    "Grid grid = {};",
    check("check_grid(args, &grid)"),
    check("check_params(args)"),
    ...(tables === "" ? [] : [check(`check_tables(args${usesGrid(tables) ? ", &grid" : ""})`)]),
    ...emitOperands(variant, kernel),
    check("check_operands(args, &q, &k, &v, &output, &lse)"),
    ...(ranges === "" ? [] : [check(`check_ranges(args${usesGrid(ranges) ? ", &grid" : ""})`)]),
    `const double tiles = ${tiles};`,
    `if (tiles > INT_MAX) return ${failure("too-many-tiles", { what, tiles: "tiles" })};`,
    "",
    ...(hasMaps ? emitMapChecks(variant, kernel) : []),
    check("check_device(args)"),
    "",
    ...emitUniforms(variant, kernel, fields),
    "",
    "cudaError_t error;",
    ...launches,
    "return MSCC_OK;",
  ];
  const body = lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n");
  return `// See the struct for what it takes.
extern "C" int ${kernelForward(kernel)}(const Args *args, cudaStream_t stream) {
${body}
}`;
}

/**
 * The text that stands at the end of the `.cu` of a kernel, behind `#ifndef __CUDACC_RTC__`. Before it come `Uniforms`
 * with the given fields, `Element`, `u32`, `i64`, `f32`, for sm_90a `TensorMap`, and the kernel itself.
 */
export function emitLauncher(plan: AttentionPlan, kernel: ManifestCudaKernel, fields: readonly LaunchField[]): string {
  const variant: Variant = manifestOf(plan, [], "");
  const forward = emitForward(variant, kernel, fields);
  const hasMaps = kernel.architecture === "sm_90a";
  const checks = [
    emitGrid(variant),
    emitParamChecks(variant),
    emitTableChecks(variant),
    emitOperandFunctions(variant),
    emitLayoutChecks(variant),
    emitRangeChecks(variant),
    ...(hasMaps ? [emitMapFunctions(kernel)] : []),
    emitDeviceCheck(kernel),
    ...(forward.includes("has_wide_rows(") ? [WIDE_ROWS] : []),
    ...emitUniformFunctions(forward),
  ];
  const includes = ["float.h", "limits.h", "math.h", "stdarg.h", "stddef.h", "stdio.h"];
  const parts = [
    `#ifndef __CUDACC_RTC__
// The host side: checks, uniforms, the launch. Everything is checked before anything is launched.
${[...includes, ...(hasMaps ? ["cuda.h"] : []), "cuda_runtime.h"].map((name) => `#include <${name}>`).join("\n")}`,
    emitArguments(variant),
    `namespace launcher {

typedef ${argsName(variant)} Args;`,
    FAIL(variant),
    rangeFunctionsFor(checks.join("\n")),
    ...checks,
    forward,
    "}  // namespace launcher\n#endif",
  ];
  return `${folded(parts.filter((part) => part !== "").join("\n\n"))}\n`;
}
