/**
 * nvcc takes every CUDA kernel: the committed ones whole, more dtypes, dims and variants their device section alone. No warning,
 * no stack, no spilled register, no products of warpgroups in single file; and the table of registers is up to date.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cudaTarget, emitCuda } from "../../backends/cuda/index.js";
import type { Architecture, CudaDtype } from "../../backends/cuda/kinds.js";
import { compileAttention } from "../../compiler/compile.js";
import type { Manifest } from "../../compiler/plan/manifest.js";
import { scratchFolder } from "../backends/host-stub.js";
import { root } from "../cli/mscc.js";
import { variantOf } from "../conformance/variants.js";
import { type Compiled, compileAll, nvccVersion, type Source, tableOf } from "./nvcc.js";

const TABLE = join(root, "bench/results/registers.md");
const VERSION = nvccVersion();
if (VERSION === undefined) console.warn("NOT RUN: nvcc is not installed, no CUDA kernel was compiled");

type More = readonly [variant: string, Architecture, CudaDtype, headDim: number, valueDim: number, spills?: number];

/** Kinds of patterns by dtypes and dims; behind the dims how many bytes of registers may be spilled, by default none. */
const MORE: readonly More[] = [
  ["dense", "sm_90a", "bf16", 128, 128],
  ["dense", "sm_90a", "f16", 17, 17],
  ["dense", "sm_90a", "bf16", 256, 256],
  ["lightCone", "sm_90a", "bf16", 128, 128],
  ["lightCone", "sm_90a", "f16", 80, 80],
  ["lightCone", "sm_90a", "bf16", 64, 192],
  ["iFramesWindow", "sm_90a", "bf16", 128, 128],
  ["documentMask", "sm_90a", "f16", 128, 128],
  ["documentMask", "sm_90a", "bf16", 8, 8],
  ["relativeBias", "sm_90a", "bf16", 128, 128],
  ["relativeBias", "sm_90a", "f16", 256, 256],
  ["crossGrid", "sm_90a", "bf16", 256, 256],
  ["crossGrid", "sm_90a", "f16", 128, 40],
  ["sinksWindow", "sm_90a", "bf16", 192, 192],
  ["dense", "sm_80", "f16", 128, 128],
  ["dense", "sm_80", "f32", 17, 17],
  ["lightCone", "sm_80", "bf16", 128, 128],
  ["lightCone", "sm_80", "f32", 128, 128],
  ["lightCone", "sm_80", "bf16", 17, 80],
  ["iFramesWindow", "sm_80", "f16", 8, 8],
  ["documentMask", "sm_80", "bf16", 128, 128],
  ["documentMask", "sm_80", "f32", 64, 64],
  ["relativeBias", "sm_80", "bf16", 256, 256],
  ["relativeBias", "sm_80", "f32", 80, 192],
  ["crossGrid", "sm_80", "f16", 80, 80],
  ["crossGrid", "sm_80", "f32", 256, 256],
  ["sinksWindow", "sm_80", "bf16", 192, 192],
];

const work = scratchFolder();
afterAll(work.remove);

function committed(): Source[] {
  const generated = join(root, "generated");
  const folders = readdirSync(generated).filter((name) => existsSync(join(generated, name, "manifest.json")));
  return folders.flatMap((name) => {
    const { cuda = [] } = JSON.parse(readFileSync(join(generated, name, "manifest.json"), "utf8")) as Manifest;
    return cuda.map((kernel) => ({ kernel, file: join(generated, name, kernel.file), isWhole: true }));
  });
}

/** The device section of a kernel, written where nvcc finds it. */
function emitted([name, architecture, dtype, headDim, valueDim]: More): Source {
  const target = cudaTarget({ profile: architecture, dtype }, headDim, valueDim);
  const { plan } = compileAttention(variantOf(name).plan.pattern, { target });
  const { code, kernel } = emitCuda(plan, { headDim, valueDim, dtype, architecture });
  work.write(kernel.file, code);
  return { kernel, file: join(work.folder, kernel.file), isWhole: false };
}

const shipped = committed();
const others = MORE.map(emitted);
const deviceSection = ({ file }: Source) => readFileSync(file, "utf8").split("\n#ifndef __CUDACC_RTC__\n")[0] as string;

/** What a kernel may name without declaring it: the language, and what NVRTC knows by itself. */
const KNOWN = new Set(
  `alignas asm bool break case char class const constexpr continue default do else extern false float for if int long
  reinterpret_cast return short sizeof static struct switch template true unsigned using void volatile while
  pragma unroll ifdef endif __CUDACC__ __align__ __device__ __forceinline__ __global__ __grid_constant__ __launch_bounds__
  __shared__ blockIdx gridDim threadIdx x __cvta_generic_to_shared __int_as_float __shfl_sync __shfl_xor_sync __syncthreads __syncwarp
  abs ceilf cosf exp2f expf fabsf floorf fmaxf fminf fmodf log2f logf max min powf sinf sqrtf tanhf truncf`.split(
    /\s+/,
  ),
);

/** Names that a text neither declares nor may know. */
function unknownNames(code: string): string[] {
  const text = code.replace(/\/\/.*/g, "").replace(/"(?:[^"\\]|\\.)*"/g, "");
  // Behind a type, or behind the bounds of a launch or an alignment.
  const declarations = text.matchAll(
    /(?:(?<!\w)(?!return\b|else\b|case\b)[A-Za-z_]\w*|\))(?=\s+[*&(]*([A-Za-z_]\w*)\s*(?:[=;,)[({<>]|$))/gm,
  );
  const declared = new Set([...declarations].map(([, name]) => name as string));
  const names = new Set([...text.matchAll(/(?<![\w.])(?:[A-Za-z_]\w*)/g)].map(([name]) => name));
  return [...names].filter((name) => !declared.has(name) && !KNOWN.has(name));
}

it("device sections need no header", () => {
  expect(
    unknownNames("static f32 f(i32 a) {\n  return a > 0 ? INFINITY : a * M_PI + std::sqrt(uint32_t(a));\n}"),
  ).toEqual(["f32", "i32", "INFINITY", "M_PI", "std", "sqrt", "uint32_t"]);
  const needy = [...shipped, ...others].flatMap((source) => {
    const code = deviceSection(source);
    const names = unknownNames(code);
    return code.includes("#include") || names.length > 0 ? [`${source.kernel.symbol}: ${names.join(" ")}`] : [];
  });
  expect(needy).toEqual([]);
});

describe.skipIf(VERSION === undefined)("nvcc", () => {
  const all = [...shipped, ...others];
  let results: readonly Compiled[] = [];
  beforeAll(async () => {
    results = await compileAll(all, work.folder);
  }, 600_000);

  it.each(all.map((source, i) => [source.kernel.symbol, i] as const))("%s", (symbol, i) => {
    const { said, code, stack, spills } = results[i] as Compiled;
    expect(said).toEqual([]);
    expect(code).toBe(0);
    const allowed = MORE[i - shipped.length]?.[5] ?? 0;
    expect(Math.max(spills.stores, spills.loads), `${symbol} spills registers`).toBeLessThanOrEqual(allowed);
    if (allowed === 0) expect(stack, `${symbol} has a stack`).toBe(0);
  });

  it("registers are those of the table", (context) => {
    const table = tableOf(
      VERSION as string,
      all.map((source, i) => [source, results[i] as Compiled]),
    );
    if (process.env.UPDATE === "1") writeFileSync(TABLE, table);
    const there = readFileSync(TABLE, "utf8");
    if (!there.includes(`: ${VERSION}.`)) context.skip(`bench/results/registers.md is of another nvcc than ${VERSION}`);
    expect(there, "write what is so with UPDATE=1").toBe(table);
  });
});
