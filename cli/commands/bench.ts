/** `mscc bench`: how fast a pattern runs on the adapter of this machine, beside dense attention. */
import type { Command } from "commander";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import { checkFormat, dimPair } from "../arguments/choices.js";
import { gridsOf } from "../arguments/grids.js";
import { type HeadPair, headPair } from "../arguments/heads.js";
import { FORCED_PROFILE, type KindChoice, kindChoice, ONE_DTYPE } from "../arguments/kinds.js";
import { runValues, setValues } from "../arguments/params.js";
import { repeated } from "../arguments/repeated.js";
import { tableFiles } from "../arguments/tables.js";
import type { BenchRequest } from "../bench/bench.js";
import { line, type Session } from "../io.js";
import { tell, throwAny } from "../messages.js";

interface Options {
  readonly grid: string;
  readonly keyGrid?: string;
  readonly set: readonly string[];
  readonly table: readonly string[];
  readonly heads: string;
  readonly headDim: string;
  readonly dtype?: string;
  readonly profile?: string;
  readonly format: string;
}

const EXAMPLE = `
Runs are warm, on random operands that stay on the device, and dense attention is the same kernel without a mask, run in
turn with the pattern. Where it would take long, a part of its queries is run. Tables that are not given are drawn within
their promises. The file is only read. With --format json: { variant, grid, heads, headDim, dtype, profile, milliseconds,
usefulFlops, visitedFlops, denseMilliseconds }.

Examples:
  mscc bench patterns.ts lightCone --grid t=8,y=32,x=32 --set frames=3 --set radius=2 --set speed=1
  mscc bench patterns.ts frameCausal --grid t=8,y=16,x=32 --heads 4/2 --head-dim 80 --format json`;

type General = HeadPair & { readonly headDim: number; readonly kind: KindChoice };

/** What the options say without knowing the pattern. */
function generalOf(options: Options): General {
  const { headDim, heads, format } = options;
  const problems: Diagnostic[] = [];
  const kind = kindChoice(options, problems);
  checkFormat(format, problems);
  const dims = dimPair(headDim, undefined, problems);
  const pair = headPair(heads, "bench-heads", problems);
  throwAny(problems);
  return { ...pair, headDim: dims.headDim, kind };
}

async function requestOf(pattern: Pattern, options: Options, general: General, cwd: string): Promise<BenchRequest> {
  const problems: Diagnostic[] = [];
  const { name, axes } = pattern;
  const { q, k } = gridsOf(pattern, options, problems);
  if (problems.length === 0 && !k) problems.push(tell("grid-key-missing", { pattern: name, axes: axes.key }));
  const [set = new Map<string, number>()] = setValues([pattern], options.set, problems);
  const params = problems.length > 0 ? {} : runValues(pattern, set, problems);
  const files = tableFiles(pattern, options.table, problems);
  const { openTables } = await import("../show/tables.js");
  const open = openTables({ pattern }).filter((table) => !files.has(table));
  if (open.length > 0) problems.push(tell("table-not-given", { pattern: name, names: open }));
  throwAny(problems);
  const { readTables } = await import("../operands.js");
  return { ...general, size: { q: q ?? [], k: k ?? [] }, params, tables: readTables(pattern, files, cwd) };
}

async function benchFile(file: string, variant: string | undefined, options: Options, session: Session) {
  const general = generalOf(options);
  const { readOne } = await import("../declared.js");
  const pattern = await readOne("bench", file, variant, session);
  const request = await requestOf(pattern, options, general, session.io.cwd);
  const { bench } = await import("../bench/bench.js");
  const { benchmark, circumstances } = await bench(pattern, request, session);
  if (options.format === "json") return line(session.io.stdout, JSON.stringify(benchmark, null, 2));
  const { benchLines } = await import("../bench/report.js");
  for (const text of benchLines(pattern.axes, request, benchmark, circumstances)) line(session.io.stdout, text);
}

export function benchCommand(program: Command, session: Session): void {
  program
    .command("bench")
    .description("time a pattern on the adapter, beside dense attention by the same kernel")
    .argument("<file>", "a TypeScript file that exports patterns")
    .argument("[variant]", "name of an export; needed where the file has several")
    .requiredOption("--grid <extents>", "extents of the grid, such as t=8,y=32,x=32")
    .option("--key-grid <extents>", "extents of the grid of the keys, where they have their own")
    .addOption(repeated("--set <name=value>", "value of a param; repeat for several"))
    .addOption(repeated("--table <name=file>", "values of a table; repeat for several"))
    .option("--heads <count>", "query heads, or query heads/key heads", "2")
    .option("--head-dim <dim>", "length of query, key and value vectors, 1 to 256", "64")
    .option("--dtype <type>", ONE_DTYPE)
    .option("--profile <name>", FORCED_PROFILE)
    .option("--format <format>", "text, or json on stdout", "text")
    .addHelpText("after", EXAMPLE)
    .action((file: string, variant: string | undefined, options: Options) =>
      benchFile(file, variant, options, session),
    );
}
