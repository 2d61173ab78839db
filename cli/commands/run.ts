/** `mscc run`: a pattern or a tensor operation on arrays in .npy files, on the adapter of this machine. */

import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import { adapterName } from "../adapter-name.js";
import { numberOf } from "../arguments/assignments.js";
import { cacheOf, type Grids, gridsOf } from "../arguments/grids.js";
import { FORCED_PROFILE, isOnTrial, type KindChoice, kindChoice, ONE_DTYPE } from "../arguments/kinds.js";
import { givenOptions, optionsOfOther } from "../arguments/kinds-of-options.js";
import { runValues, setValues } from "../arguments/params.js";
import { repeated } from "../arguments/repeated.js";
import { runTableFiles } from "../arguments/tables.js";
import { line, type Session } from "../io.js";
import { tell, throwAny } from "../messages.js";
import type { OperandFiles } from "../operands.js";
import { withProgress } from "../progress.js";

interface Options {
  readonly q?: string;
  readonly k?: string;
  readonly v?: string;
  readonly input: readonly string[];
  readonly size?: string;
  readonly output: string;
  readonly lse?: string;
  readonly set: readonly string[];
  readonly table: readonly string[];
  readonly grid?: string;
  readonly keyGrid?: string;
  readonly queryOffset?: string;
  readonly keyOffset?: string;
  readonly keyExtent?: string;
  readonly keyRing?: string;
  readonly scale?: string;
  readonly profile?: string;
  readonly dtype?: string;
}

const EXAMPLE = `
Arrays are float32, [batch, heads, ...axes, dim]; keys and values may have fewer heads. Their shapes give the grids.
The best kernel that the adapter runs is taken, with the tiles that visit least on the grid; --profile forces one. With
--dtype f16 the arrays are rounded to halves on their way to the device.
A tensor operation takes its inputs by name, [...labels]: float32, or int32 and int64 where they are ints. --size gives
extents of axes that no input has.

Examples:
  mscc run patterns.ts lightCone --q q.npy --k k.npy --v v.npy -o o.npy --set frames=4 --set radius=2 --set speed=1
  mscc run patterns.ts frameCausal --q last.npy --k k.npy --v v.npy -o o.npy --query-offset t=15 --lse lse.npy
  mscc run patterns.ts localWindow --q new.npy --k ring.npy --v ring-v.npy -o o.npy --query-offset t=15 --key-offset t=13 --key-ring t
  mscc run operations.ts linear --input x=x.npy --input weight=w.npy --input bias=b.npy -o y.npy`;

const isFolder = (path: string) => existsSync(path) && statSync(path).isDirectory();

/** The outputs are files of their own, in folders that are there: none is an input, nor the other output. */
function checkFiles(options: Options, cwd: string, problems: Diagnostic[]): void {
  const { q, k, v, output, lse } = options;
  const named = [...options.table, ...options.input].map((each) => each.slice(each.indexOf("=") + 1));
  const inputs = [...[q, k, v].filter((file) => file !== undefined), ...named];
  const taken = new Set(inputs.map((file) => resolve(cwd, file)));
  const twice = new Set<string>();
  for (const file of [output, ...(lse === undefined ? [] : [lse])]) {
    const path = resolve(cwd, file);
    if (taken.has(path) && !twice.has(path)) problems.push(tell("output-twice", { file }));
    if (taken.has(path)) twice.add(path);
    else if (!isFolder(dirname(path))) problems.push(tell("output-no-folder", { file, folder: dirname(file) }));
    taken.add(path);
  }
}

/** `size` and offsets as the launcher takes them. */
function positions({ q, k, queryOffset, keyOffset }: Grids) {
  const size = { ...(q ? { q } : {}), ...(k ? { k } : {}) };
  return {
    ...(q || k ? { size } : {}),
    ...(queryOffset ? { queryOffset } : {}),
    ...(keyOffset ? { keyOffset } : {}),
  };
}

/** All that the options say about a launch; faults are reported together. */
function launchOf(pattern: Pattern, options: Options) {
  const problems: Diagnostic[] = [];
  const grids = gridsOf(pattern, options, problems);
  const { extent, ring } = cacheOf(pattern, options, problems);
  const [set = new Map<string, number>()] = setValues([pattern], options.set, problems);
  const params = problems.length > 0 ? {} : runValues(pattern, set, problems);
  const scale = options.scale === undefined ? undefined : numberOf(options.scale);
  if (scale !== undefined && !Number.isFinite(Math.fround(scale))) {
    problems.push(tell("scale-form", { given: options.scale as string }));
  }
  const tables = runTableFiles(pattern, options.table, problems);
  throwAny(problems);
  const rings = ring ? { keyRing: ring } : {};
  const numbers = { params, ...positions(grids), ...rings, ...(scale === undefined ? {} : { scale }) };
  return { tables, numbers, held: extent };
}

/** Extents of the whole grids, as the launcher takes them to be. */
function sizeOf({ axes }: Pattern, q: readonly number[], k: readonly number[], numbers: ReturnType<typeof positions>) {
  const { size = {}, queryOffset, keyOffset } = numbers;
  const reach = (shape: readonly number[], offset: readonly number[] | undefined) =>
    shape.slice(2, -1).map((extent, i) => extent + (offset?.[i] ?? 0));
  const [queries, keys] = [reach(q, queryOffset), reach(k, keyOffset)];
  if (!axes.shared) return { q: size.q ?? queries, k: size.k ?? keys };
  const both = size.q ?? size.k ?? queries.map((extent, i) => Math.max(extent, keys[i] as number));
  return { q: both, k: both };
}

async function runPattern(
  pattern: Pattern,
  options: Options & OperandFiles,
  kind: KindChoice,
  session: Session,
): Promise<void> {
  const { cwd } = session.io;
  const { tables: tableFiles, numbers, held } = launchOf(pattern, options);
  const { readOperands, readTables } = await import("../operands.js");
  const tables = readTables(pattern, tableFiles, cwd);
  const { headDim, valueDim, q, k, v } = readOperands(pattern, options, cwd);
  const { compileForDevice } = await import("../device-kernel.js");
  const { formatNpy, openGpu, runAttention } = await import("../../runtime/index.js");
  const gpu = await openGpu({ experimental: isOnTrial(kind) });
  try {
    const setting = { size: sizeOf(pattern, q.shape, k.shape, numbers), params: numbers.params, tables };
    const compiled = compileForDevice(pattern, gpu, { headDim, valueDim, ...kind, setting }, session.io);
    if (compiled.why) line(session.io.stderr, `${pattern.name}: profile ${compiled.kind}, since ${compiled.why}`);
    const start = performance.now();
    const keyExtent = held && pattern.axes.key.map((axis, i) => held.get(axis) ?? (k.shape[i + 2] as number));
    const input = { q, k, v, tables, ...numbers, ...(keyExtent ? { keyExtent } : {}) };
    const work = () => runAttention(gpu, compiled, input);
    const { output, outputShape, lse } = await withProgress(session.io, `running ${pattern.name} ...`, work);
    const took = Math.round(performance.now() - start);
    const { writeAll } = await import("../write-files.js");
    const files = [{ path: resolve(cwd, options.output), content: formatNpy({ shape: outputShape, data: output }) }];
    if (options.lse !== undefined) {
      const shape = outputShape.slice(0, -1);
      files.push({ path: resolve(cwd, options.lse), content: formatNpy({ shape, data: lse }) });
    }
    writeAll(files);
    const where = `${adapterName(gpu)}, profile ${compiled.kind}`;
    line(
      session.io.stderr,
      `${pattern.name}: [${outputShape.join(", ")}] on ${where}, ${took} ms with shader compilation`,
    );
  } finally {
    gpu.close();
  }
}

/** The arrays of a pattern. Whether they are needed is known once the file is read, hence not an option of commander's. */
function withOperands(options: Options, command: Command): Options & OperandFiles {
  const { q, k, v } = options;
  for (const [option, file] of [["--q", q] as const, ["--k", k] as const, ["--v", v] as const]) {
    if (file === undefined) command.error(`error: required option '${option} <file>' not specified`);
  }
  return { ...options, q: q as string, k: k as string, v: v as string };
}

async function runFile(
  file: string,
  variant: string | undefined,
  options: Options,
  command: Command,
  session: Session,
): Promise<void> {
  const problems: Diagnostic[] = [];
  const kind = kindChoice(options, problems);
  checkFiles(options, session.io.cwd, problems);
  throwAny(problems);
  const { isOperation, readEither } = await import("../declared.js");
  const declared = await readEither("run", file, variant, session);
  throwAny(optionsOfOther(givenOptions(command), [declared.name], isOperation(declared)));
  if (!isOperation(declared)) return runPattern(declared, withOperands(options, command), kind, session);
  const { runOperation } = await import("../tensor/run.js");
  await runOperation(declared, { ...options, kind }, session);
}

export function runCommand(program: Command, session: Session): void {
  program
    .command("run")
    .description("run a pattern or a tensor operation on arrays in .npy files")
    .argument("<file>", "a TypeScript file that exports patterns or tensor operations")
    .argument("[variant]", "name of an export; needed where the file has several")
    .option("--q <file>", "queries, [batch, heads, ...axes, head dim]")
    .option("--k <file>", "keys, [batch, key heads, ...axes, head dim]")
    .option("--v <file>", "values, [batch, key heads, ...axes, value dim]")
    .addOption(repeated("--input <name=file>", "values of an input of a tensor operation; repeat for several"))
    .requiredOption("-o, --output <file>", "where the output goes, [batch, heads, ...axes, value dim], or [...axes]")
    .option("--size <extents>", "extents of a tensor operation's axes that no input has, such as c=64")
    .option("--lse <file>", "where the log-sum-exp goes, [batch, heads, ...axes], natural logarithm")
    .addOption(repeated("--set <name=value>", "value of a param; repeat for several"))
    .addOption(repeated("--table <name=file>", "values of a table; repeat for several"))
    .option("--grid <extents>", "extents of the whole grid, where the arrays hold a box of it")
    .option("--key-grid <extents>", "extents of the whole grid of the keys, where they have their own")
    .option("--query-offset <position>", "position of the first query, such as t=4; axes not named are 0")
    .option("--key-offset <position>", "position of the first key")
    .option(
      "--key-extent <extents>",
      "how many positions of keys are held, such as t=3; by default all that k has room for",
    )
    .option("--key-ring <axes>", "axes along which k and v are rings: position p lies in slot p modulo their extent")
    .option("--scale <number>", "factor of the dot product; by default 1 / sqrt(head dim)")
    .option("--profile <name>", FORCED_PROFILE)
    .option("--dtype <type>", ONE_DTYPE)
    .addHelpText("after", EXAMPLE)
    .action((file: string, variant: string | undefined, options: Options, command: Command) =>
      runFile(file, variant, options, command, session),
    );
}
