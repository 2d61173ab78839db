/** A device section that computes nothing, to compile and run the host side of CUDA kernels on: it prints its uniforms. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identifier } from "../../backends/common/identifier.js";
import { emitLauncher } from "../../backends/cuda/host/index.js";
import type { LaunchField } from "../../backends/cuda/host/variant.js";
import { wgslTarget } from "../../backends/wgsl/index.js";
import { compileAttention } from "../../compiler/compile.js";
import { createReader } from "../../compiler/frontend/read.js";
import type { ManifestCudaKernel } from "../../compiler/plan/manifest.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { root } from "../cli/mscc.js";

export const FAKE_CUDA = join(root, "test/backends/fixtures/cuda");

/** The plans of the patterns of a file, by name. */
export function plansOf(file: string): { readonly [name: string]: AttentionPlan } {
  const { patterns, diagnostics } = createReader([file]).read(file);
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const planOf = (pattern: Pattern) => compileAttention(pattern, { target: wgslTarget }).plan;
  return Object.fromEntries(patterns.map((pattern) => [pattern.name, planOf(pattern)]));
}

/** The last line of what a tool says of its version, or a part of it; undefined where it is not installed. */
export function toolVersion(tool: string, part = /.*$/): string | undefined {
  const { status, stdout } = spawnSync(tool, ["--version"], { encoding: "utf8" });
  return status === 0 ? part.exec(stdout.trim())?.[0] : undefined;
}

/** A folder that is there until `remove`. */
export function scratchFolder(files: { readonly [name: string]: string } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "mscc-host-"));
  const write = (name: string, text: string) => {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return { folder, write, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Runs a program that must succeed and say nothing on stderr; gives what it printed. */
export function runQuietly(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (error || status !== 0 || stderr.trim() !== "") {
    throw new Error(`${program} ${args.join(" ")}\n${error ?? ""}${stdout}${stderr}`);
  }
  return stdout;
}

/** The entry of a manifest for a stub. */
export function stubKernel(plan: AttentionPlan, more: Partial<ManifestCudaKernel> = {}): ManifestCudaKernel {
  const { architecture = "sm_80", dtype = "bf16", headDim = 64, valueDim = headDim } = more;
  const suffix = architecture.replace("_", "");
  const dims = `d${headDim}`.concat(`-v${valueDim}`);
  const { name } = plan.pattern;
  return {
    file: `${name}.${dims}.${dtype}.${suffix}.cu`,
    symbol: `${identifier(name)}_${dims.replace("-", "_")}_${dtype}_${suffix}`,
    architecture,
    dtype,
    headDim,
    valueDim,
    queryTile: plan.tiles.query,
    keyTile: plan.tiles.key,
    threads: architecture === "sm_90a" ? 384 : 128,
    sharedMemory: 98_304,
    ...more,
  };
}

/** The uniforms of a kernel, as host and device agree on them. */
export function stubFields({ pattern, constants }: AttentionPlan): LaunchField[] {
  const { axes, params, tables } = pattern;
  const of = (type: LaunchField["type"], names: readonly string[]) =>
    names.map((name): LaunchField => ({ name, type }));
  const sides = [
    ["q", axes.query.map(identifier)],
    ["k", axes.key.map(identifier)],
  ] as const;
  const strides = (operand: string, names: readonly string[]) =>
    of(
      "i64",
      names.map((name) => `${operand}_stride_${name}`),
    );
  const [query, key] = [sides[0][1], sides[1][1]];
  return [
    ...of("pointer", ["q", "k", "v", "output", "lse", ...tables.map(({ name }) => `table_${identifier(name)}`)]),
    ...of("i32", ["heads", "key_heads", "first_batch"]),
    ...of("f32", ["scale"]),
    ...of(
      "i32",
      query.map((axis) => `tiles_${axis}`),
    ),
    ...sides.flatMap(([side, names]) =>
      of(
        "i32",
        ["size", "origin", "extent"].flatMap((part) => names.map((axis) => `${part}_${side}_${axis}`)),
      ),
    ),
    ...of(
      "u32",
      key.flatMap((axis) => [`slot_k_${axis}`, `wrap_k_${axis}`]),
    ),
    ...["q", "k", "v", "output"].flatMap((operand) =>
      strides(operand, ["batch", "head", ...(operand === "k" || operand === "v" ? key : query), "dim"]),
    ),
    ...strides("lse", ["batch", "head", ...query]),
    ...of("i32", ["q_rows", "k_rows", "v_rows", "output_rows"]),
    ...params
      .filter(({ name }) => !constants.has(name))
      .map(
        ({ name, type }): LaunchField => ({ name: `param_${identifier(name)}`, type: type === "int" ? "i32" : "f32" }),
      ),
    ...tables.flatMap(({ name, labels }) =>
      of(
        "i32",
        labels.map((_, i) => `table_${identifier(name)}_extent_${i}`),
      ),
    ),
  ];
}

function memberType({ pattern }: AttentionPlan, { name, type }: LaunchField): string {
  if (type !== "pointer") return type;
  if (name === "output") return "Element *";
  if (name === "lse") return "f32 *";
  const table = pattern.tables.find((each) => `table_${identifier(each.name)}` === name);
  return table ? `const ${table.type === "int" ? "i32" : "f32"} *` : "const Element *";
}

const FORMATS = {
  i32: '%d", u',
  u32: '%u", u',
  i64: '%lld", u',
  f32: '%g", (double)u',
  pointer: '%p", (const void *)u',
};

/** A whole `.cu`: a kernel that prints its uniforms where it is run as a function, and the launcher behind it. */
export function stubSource(plan: AttentionPlan, kernel: ManifestCudaKernel): string {
  const fields = stubFields(plan);
  const maps = ["q", "k", "v"].map((name) => `, const __grid_constant__ TensorMap map_${name}`);
  const isMapped = kernel.architecture === "sm_90a";
  const prints = fields.map((field) => `  printf("  ${field.name} ${FORMATS[field.type]}.${field.name}); puts("");`);
  return `// A stub of ${kernel.symbol}.
using i32 = int;
using u32 = unsigned int;
using i64 = long long;
using u64 = unsigned long long;
using f32 = float;
using Element = ${kernel.dtype === "f32" ? "float" : "unsigned short"};
struct Uniforms {
${fields.map((field) => `  ${memberType(plan, field)} ${field.name};`).join("\n")}
};
struct alignas(64) TensorMap { u64 opaque[16]; };

extern "C" __global__ void __launch_bounds__(${kernel.threads})
${kernel.symbol}(const __grid_constant__ Uniforms u${isMapped ? maps.join("") : ""}) {
#ifdef FAKE_CUDA_RUNTIME_H
${prints.join("\n")}
${isMapped ? "  (void)map_q, (void)map_k, (void)map_v;" : ""}
#else
  if (u.heads < 0) u.lse[0] = 0;
#endif
}

${emitLauncher(plan, kernel, fields)}`;
}
