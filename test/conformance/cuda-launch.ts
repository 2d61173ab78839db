/** Launches of CUDA kernels by their C ABI, in a program that the emulation runs: also such as must be refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manifestOf } from "../../backends/artefact/manifest.js";
import { emitDispatcher, emitHeader } from "../../backends/cuda/host/index.js";
import { argsName, cName, forwardName, kernelForward, openParams } from "../../backends/cuda/host/variant.js";
import type { ManifestCudaKernel } from "../../compiler/plan/manifest.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { compileProgram, runProgram } from "../emulation/compile.js";
import type { Stored } from "./sixteen-bit.js";

/** Memory of the device, and at which byte its first element lies. */
export interface DeviceMemory {
  readonly bytes: Uint8Array;
  readonly first: number;
}

type Numbers = readonly number[];
const OPERANDS = ["q", "k", "v", "output", "lse"] as const;
type Operands<T> = { readonly [operand in (typeof OPERANDS)[number]]: T };

/** The arguments of a forward function. An operand that is absent is NULL. */
export interface CudaLaunch {
  readonly dtype: Stored;
  readonly batch: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly headDim: number;
  readonly valueDim: number;
  readonly extent: { readonly q: Numbers; readonly k: Numbers };
  readonly offset: { readonly q: Numbers; readonly k: Numbers };
  readonly size: { readonly q: Numbers; readonly k: Numbers };
  readonly keyRing: Numbers;
  readonly memory: Operands<DeviceMemory | undefined>;
  readonly strides: Operands<Numbers>;
  readonly scale: number;
  readonly params: { readonly [name: string]: number };
  readonly tables: { readonly [name: string]: { readonly shape: Numbers; readonly data: Float32Array | Int32Array } };
}

export interface CudaOutcome {
  /** An enum mscc_status. */
  readonly status: number;
  readonly message: string;
  /** What the dispatcher told. */
  readonly log: string;
  /** The memory of the results, where the launch had it; in the order output, LSE. */
  readonly results: readonly ArrayBuffer[];
}

/** One kernel, or several of a variant behind its dispatcher. */
export interface CudaText {
  readonly kernel: ManifestCudaKernel;
  readonly code: string;
}

function mainOf(plan: AttentionPlan, forward: string): string {
  const variant = manifestOf(plan, [], "");
  const { name, tables } = variant;
  const params = openParams(variant).map((param) => `  args.params.${cName(param.name)} = file.number();`);
  const read = tables.flatMap((table) => [
    `  args.tables.${cName(table.name)}.data = (decltype(args.tables.${cName(table.name)}.data))file.memory(${JSON.stringify(table.name)}, emulation::Use::operand);`,
    `  file.numbers(args.tables.${cName(table.name)}.extent);`,
  ]);
  return `#include "${name}.h"
#include "run-case.h"

int main(int, char **names) {
  CaseFile file(names[1]);
  struct ${argsName(variant)} args = {};
  file.common(args);
${[...params, ...read].join("\n")}
  return file.finish(names[2], ${forward}(&args, NULL));
}
`;
}

/** A program that launches a variant's kernels. With `isDispatched` they stand behind their dispatcher, best first. */
export function programOf(plan: AttentionPlan, texts: readonly CudaText[], isDispatched = false): Promise<string> {
  const variant = manifestOf(plan, [], "");
  const kernels = texts.map(({ kernel }) => kernel);
  const forward = isDispatched ? forwardName(variant) : kernelForward(kernels[0] as ManifestCudaKernel);
  return compileProgram([
    ...texts.map(({ kernel, code }) => ({ name: kernel.file, text: code })),
    ...(isDispatched ? [{ name: "dispatcher.cpp", text: emitDispatcher(variant, kernels) }] : []),
    { name: `${variant.name}.h`, text: emitHeader(variant, kernels) },
    { name: "main.cpp", text: mainOf(plan, forward) },
  ]);
}

const DTYPES: readonly Stored[] = ["f32", "f16", "bf16"];

/** The bytes that run-case.h reads, in the order in which it does. */
function encoded(plan: AttentionPlan, launch: CudaLaunch): Buffer {
  const parts: Buffer[] = [];
  const numbers = (...values: readonly number[]) => parts.push(Buffer.from(Float64Array.from(values).buffer));
  const memory = (held: DeviceMemory | undefined) => {
    numbers(...(held ? [held.first, held.bytes.length] : [-1]));
    if (!held) return;
    parts.push(Buffer.from(held.bytes), Buffer.alloc((8 - (held.bytes.length % 8)) % 8));
  };
  const { extent, offset, size } = launch;
  numbers(DTYPES.indexOf(launch.dtype), launch.batch, launch.heads, launch.keyHeads, launch.headDim, launch.valueDim);
  numbers(...[extent, offset, size].flatMap(({ q, k }) => [...q, ...k]), ...launch.keyRing);
  for (const operand of OPERANDS) memory(launch.memory[operand]);
  numbers(...OPERANDS.flatMap((operand) => launch.strides[operand]), launch.scale);
  const variant = manifestOf(plan, [], "");
  numbers(...openParams(variant).map(({ name }) => launch.params[name] as number));
  for (const { name } of variant.tables) {
    const { shape, data } = launch.tables[name] as CudaLaunch["tables"][string];
    memory({ bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), first: 0 });
    numbers(...shape);
  }
  return Buffer.concat(parts);
}

function decoded(file: Buffer): CudaOutcome {
  let at = 8;
  const memory = () => {
    const length = file.readDoubleLE(at);
    const start = at + 8;
    at = start + Math.ceil(length / 8) * 8;
    return file.subarray(start, start + length);
  };
  const [message, log] = [memory().toString("utf8"), memory().toString("utf8")];
  const results: ArrayBuffer[] = [];
  while (at < file.length) results.push(Uint8Array.from(memory()).buffer);
  return { status: file.readDoubleLE(0), message, log, results };
}

/** Runs a launch to its end. What the emulation refuses is an error; what the launcher refuses is an outcome. */
export async function runLaunch(
  program: string,
  plan: AttentionPlan,
  launch: CudaLaunch,
  environment: { readonly [name: string]: string } = {},
): Promise<CudaOutcome> {
  const folder = mkdtempSync(join(tmpdir(), "mscc-launch-"));
  try {
    const [given, got] = [join(folder, "given"), join(folder, "got")];
    writeFileSync(given, encoded(plan, launch));
    const { status, stderr } = await runProgram(program, [given, got], environment);
    if (status !== 0) throw new Error(`${stderr.trim() || "no error was told"} (status ${status})`);
    return decoded(readFileSync(got));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
