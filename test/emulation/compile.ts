/** Compiles CUDA sources with the emulation of test/emulation/cuda into programs for the CPU, each once, and runs them. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface SourceFile {
  /** "kernel.cu" is compiled as CUDA, "main.cpp" as C++ on the host; "kernel.h" is there to be included. */
  readonly name: string;
  readonly text: string;
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const headers = fileURLToPath(new URL("cuda", import.meta.url));
export const programs = fileURLToPath(new URL("programs", import.meta.url));

/** `-Wno-psabi`: tensor maps are passed by value. Uninitialised variables hold a pattern that is no number of use. */
const COMMON = ["-x", "c++", "-std=c++17", "-g1", "-Wno-psabi", "-I", headers, "-I", programs];
const HOST = [...COMMON, "-O1"];
const DEVICE = [
  ...[...COMMON, "-O1", "-include", join(headers, "emulation.h"), "-Wall", "-Wextra"],
  // What kernels do not use, and what nvcc alone knows.
  ...["-Wno-unused-parameter", "-Wno-unused-variable", "-Wno-unused-function", "-Wno-unused-but-set-variable"],
  ...["-Wno-unknown-pragmas", "-ftrivial-auto-var-init=pattern"],
  ...["-fsanitize=thread", "-fsanitize=alignment", "-fno-sanitize-recover=alignment"],
];
const RUNTIME = [...COMMON, "-O2", "-Wall", "-Wextra"];

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(h|cpp)$/.test(file))
    .sort();
}

const hashOf = (parts: readonly string[]) =>
  createHash("sha256")
    .update(parts.map((part) => `${part.length} ${part}`).join("\n"))
    .digest("hex")
    .slice(0, 24);

const version = hashOf([
  ...[headers, programs].flatMap((folder) => filesOf(folder).map((file) => readFileSync(join(folder, file), "utf8"))),
  ...[HOST, DEVICE, RUNTIME].map((flags) => flags.join(" ")),
]);

/** Where programs are kept: all processes of a run share it. */
function cacheFolder(): string {
  const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
  const folder = join(existsSync(modules) ? join(modules, ".cache") : tmpdir(), "mscc-emulation", version);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Runs a program to its end, whatever its status is. */
export function runProgram(
  file: string,
  args: readonly string[] = [],
  environment: { readonly [name: string]: string } = {},
): Promise<Outcome> {
  return new Promise((done, fail) => {
    const options = { env: { ...process.env, ...environment }, maxBuffer: 1 << 26, encoding: "utf8" } as const;
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (error && typeof error.code === "string") fail(error);
      else done({ status: child.exitCode, stdout, stderr: child.signalCode ? `${stderr}${child.signalCode}` : stderr });
    });
  });
}

async function compiler(args: readonly string[]): Promise<void> {
  const { status, stderr } = await runProgram("g++", args).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new Error("the emulation of CUDA needs g++, which was not found: install it (apt-get install g++)");
  });
  if (status !== 0) throw new Error(`g++ ${args.join(" ")}\n${stderr}`);
}

/** Makes a file once, whoever else makes it at the same time. */
async function once(name: string, make: (folder: string, file: string) => Promise<void>): Promise<string> {
  const cache = cacheFolder();
  const file = join(cache, name);
  if (existsSync(file)) return file;
  const folder = mkdtempSync(join(cache, "making-"));
  try {
    await make(folder, join(folder, name));
    renameSync(join(folder, name), file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return file;
}

const made = new Map<string, Promise<string>>();
function memoised(name: string, make: (folder: string, file: string) => Promise<void>): Promise<string> {
  const known = made.get(name);
  if (known) return known;
  const promise = once(name, make);
  made.set(name, promise);
  return promise;
}

const runtime = () =>
  memoised("runtime.o", (_, file) => compiler([...RUNTIME, "-c", join(headers, "runtime.cpp"), "-o", file]));

/** The path of a program of these sources. It is linked without sanitizers: the emulation stands in for their library. */
export function compileProgram(sources: readonly SourceFile[]): Promise<string> {
  const key = hashOf(sources.flatMap(({ name, text }) => [name, text]));
  return memoised(key, async (folder, file) => {
    for (const { name, text } of sources) writeFileSync(join(folder, name), text);
    const compiled = sources.filter(({ name }) => !name.endsWith(".h"));
    const objects = compiled.map(async ({ name }) => {
      const [source, object] = [join(folder, name), join(folder, `${name}.o`)];
      await compiler([...(name.endsWith(".cu") ? DEVICE : HOST), "-c", source, "-o", object]);
      return object;
    });
    await compiler([...(await Promise.all([...objects, runtime()])), "-o", file]);
  });
}

/** A program of test/emulation/programs. */
export const programNamed = (name: string): Promise<string> =>
  compileProgram([{ name, text: readFileSync(join(programs, name), "utf8") }]);
