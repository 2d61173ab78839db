/** nvcc on CUDA kernels: compiles many, two at a time, and reads what ptxas says of each. It judges nothing. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { ManifestCudaKernel } from "../../compiler/plan/manifest.js";
import { toolVersion } from "../backends/host-stub.js";

export interface Source {
  readonly kernel: ManifestCudaKernel;
  readonly file: string;
  /** The file is a whole `.cu`; else its device section, and the host's part of the compiler is spared. */
  readonly isWhole: boolean;
}

export interface Compiled {
  readonly code: number | null;
  /** Per thread, when the kernel starts. */
  readonly registers: number;
  /** Bytes. */
  readonly stack: number;
  readonly spills: { readonly stores: number; readonly loads: number };
  /** Static shared memory, bytes. */
  readonly shared: number;
  /** What was said beside the measures of ptxas: warnings, errors, its remarks on performance. */
  readonly said: readonly string[];
}

const FLAGS = ["-std=c++17", "-Xptxas", "-v", "--Werror", "all-warnings"];
const WHOLE = ["-Xcompiler", "-Wall,-Wextra", "-c"];

/** The release of nvcc; undefined where there is none. */
export function nvccVersion(): string | undefined {
  const line = toolVersion("nvcc", /release .*/);
  return line?.replace(/^release /, "");
}

/** Measures, and what stands around them. */
const MEASURES =
  /bytes gmem|Compiling entry function|Function properties for|bytes stack frame|Used \d+ registers|Compile time/;

function read(code: number | null, text: string): Compiled {
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);
  return {
    code,
    registers: number(/Used (\d+) registers/),
    stack: number(/(\d+) bytes stack frame/),
    spills: { stores: number(/(\d+) bytes spill stores/), loads: number(/(\d+) bytes spill loads/) },
    shared: number(/(\d+) bytes smem/),
    said: text.split("\n").filter((line) => line.trim() !== "" && !MEASURES.test(line)),
  };
}

function compile({ kernel, file, isWhole }: Source, folder: string): Promise<Compiled> {
  const number = kernel.architecture.slice("sm_".length);
  const target = ["-gencode", `arch=compute_${number},code=sm_${number}`, ...(isWhole ? WHOLE : ["-cubin"])];
  return new Promise((resolve, reject) => {
    const child = spawn("nvcc", [...FLAGS, ...target, file, "-o", join(folder, `${kernel.symbol}.o`)]);
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve(read(code, text)));
  });
}

/** What becomes of each source; objects go to a folder. */
export async function compileAll(sources: readonly Source[], folder: string): Promise<readonly Compiled[]> {
  const results: Compiled[] = [];
  const waiting = [...sources.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [i, source] = next;
      results[i] = await compile(source, folder);
    }
  };
  await Promise.all([work(), work()]);
  return results;
}

/** The table of a folder of results, by kernel. */
export function tableOf(version: string, rows: readonly (readonly [Source, Compiled])[]): string {
  const line = ([{ kernel }, { registers, stack, spills, shared }]: readonly [Source, Compiled]) =>
    `| ${kernel.symbol} | ${kernel.threads} | ${registers} | ${stack} | ${spills.stores} | ${spills.loads} | ${kernel.sharedMemory + shared} |`;
  return `# Registers of CUDA kernels

What ptxas gives each kernel: registers of a thread, bytes of stack and of spilled registers; and bytes of shared memory of a block. A kernel of sm_90a starts with 168 registers, of which its producer keeps 40 and its consumers have 232.
Written by \`UPDATE=1 npx vitest run --project unit test/cuda/nvcc.test.ts\`, compared by the gate where nvcc is the same: ${version}.

| kernel | threads | registers | stack | spill stores | spill loads | shared memory |
|---|---:|---:|---:|---:|---:|---:|
${rows.map(line).sort().join("\n")}
`;
}
