/** `mscc verify`: the kernel of a pattern or a tensor operation against the declared function itself, on random inputs. */
import type { Command } from "commander";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { Tensor } from "../../compiler/plan/tensor.js";
import { wholeNumber } from "../arguments/assignments.js";
import { checkFormat, dimPair } from "../arguments/choices.js";
import { gridsOf } from "../arguments/grids.js";
import { headPair } from "../arguments/heads.js";
import { FORCED_PROFILE, kindChoice, ONE_DTYPE } from "../arguments/kinds.js";
import { givenOptions, optionsOfOther } from "../arguments/kinds-of-options.js";
import { runValues, setValues } from "../arguments/params.js";
import { repeated } from "../arguments/repeated.js";
import { tableFiles } from "../arguments/tables.js";
import { line, type Session } from "../io.js";
import { tell, throwAny } from "../messages.js";
import type { TensorVerdict } from "../tensor/verify.js";
import type { Comparison } from "../verify/compare.js";
import type { Verdict, VerifyRequest } from "../verify/verify.js";

interface Options {
  readonly set: readonly string[];
  readonly table: readonly string[];
  readonly input: readonly string[];
  readonly size?: string;
  readonly grid?: string;
  readonly keyGrid?: string;
  readonly queryOffset?: string;
  readonly keyOffset?: string;
  readonly heads: string;
  readonly headDim: string;
  readonly valueDim?: string;
  readonly seed: string;
  readonly profile?: string;
  readonly dtype?: string;
  readonly format: string;
}

const EXAMPLE = `
This command executes the file; all others only read it. Operands are random, tables that are not given are drawn
within their promises. The best kernel that the adapter runs is compared; --profile names another. Exit code 1 where the
kernel differs by more than rounding.
Inputs of a tensor operation that are not given are random: floats in [-1, 1), ints that are used as indices within the
extent that they index. Extents that are not given are small and odd.

Examples:
  mscc verify patterns.ts lightCone --set frames=3 --set radius=1 --set speed=1
  mscc verify patterns.ts frameCausal --grid t=5,y=17,x=9 --heads 6/2 --head-dim 80 --seed 7 --format json
  mscc verify operations.ts linear --size t=65,c=33,k=100 --dtype f16`;

type General = Pick<VerifyRequest, "headDim" | "valueDim" | "heads" | "keyHeads" | "seed" | "kind">;

/** What the options say without knowing the pattern. */
function generalOf(options: Options): General {
  const problems: Diagnostic[] = [];
  const kind = kindChoice(options, problems);
  checkFormat(options.format, problems);
  const dims = dimPair(options.headDim, options.valueDim, problems);
  const heads = headPair(options.heads, "verify-heads", problems);
  const seed = wholeNumber(options.seed, 0, 2 ** 32 - 1);
  if (seed === undefined) problems.push(tell("verify-seed", { given: options.seed }));
  throwAny(problems);
  return { ...dims, ...heads, seed: seed ?? 0, kind };
}

async function requestOf(pattern: Pattern, file: string, options: Options, general: General, session: Session) {
  const problems: Diagnostic[] = [];
  const grids = gridsOf(pattern, options, problems);
  const [set = new Map<string, number>()] = setValues([pattern], options.set, problems);
  const params = problems.length > 0 ? {} : runValues(pattern, set, problems);
  const files = tableFiles(pattern, options.table, problems);
  throwAny(problems);
  const { readTables } = await import("../operands.js");
  const tables = readTables(pattern, files, session.io.cwd);
  return { ...general, file, grids, params, tables };
}

const short = (value: number) => (value === 0 ? "0" : value.toExponential(1));

function describe(what: string, { error, plain, tolerance, passed, at }: Comparison, stored = ""): string[] {
  const sentence = `${what}: worst error ${short(error)}, plain float32${stored} ${short(plain)}, allowed ${short(tolerance)}`;
  if (passed) return [sentence];
  return [sentence, `  at [${at.index.join(", ")}] the kernel gives ${at.got}, the declared function ${at.want}`];
}

function showVerdict(pattern: Pattern, verdict: Verdict, session: Session): void {
  const extents = (axes: readonly string[], size: readonly number[]) => axes.map((axis, i) => `${axis}=${size[i]}`);
  const { axes } = pattern;
  const { grid, batches, heads, keyHeads, headDim, valueDim, seed } = verdict;
  const keys = axes.shared ? "" : `, keys ${extents(axes.key, grid.k).join(",")}`;
  const where = `grid ${extents(axes.query, grid.q).join(",")}${keys}, batch ${batches}, heads ${heads}/${keyHeads}`;
  line(session.io.stdout, `${verdict.variant}: ${where}, head dim ${headDim}, value dim ${valueDim}, seed ${seed}`);
  line(session.io.stdout, `${verdict.pairs} of ${verdict.allPairs} pairs attend; ${verdict.adapter}, ${verdict.kind}`);
  const stored = verdict.dtype === "f32" ? "" : ` stored as ${verdict.dtype}`;
  for (const text of [...describe("output", verdict.output, stored), ...describe("LSE", verdict.lse)]) {
    line(session.io.stdout, text);
  }
  line(session.io.stdout, verdict.passed ? "the kernel is the declared function" : "the kernel DIFFERS");
}

async function tensorRequestOf(tensor: Tensor, file: string, options: Options, general: General, session: Session) {
  const { givenExtents, withArrays } = await import("../tensor/extents.js");
  const { inputFiles, readInputs } = await import("../tensor/inputs.js");
  const problems: Diagnostic[] = [];
  const given = givenExtents(tensor, options.size, problems);
  const [set = new Map<string, number>()] = setValues([tensor], options.set, problems);
  const params = problems.length > 0 ? {} : runValues(tensor, set, problems);
  const files = inputFiles(tensor, options.input, problems);
  throwAny(problems);
  const inputs = readInputs(tensor, files, session.io.cwd);
  const { seed, kind } = general;
  return { file, seed, kind, params, inputs, extents: withArrays(tensor, given, inputs, files) };
}

function showTensorVerdict(verdict: TensorVerdict, session: Session): void {
  const { variant, size, params, seed, elements, adapter, schedule, kind, output, passed, dtype } = verdict;
  const numbers = Object.entries({ ...size, ...params }).map(([name, value]) => `${name}=${value}`);
  line(session.io.stdout, `${variant}: ${numbers.join(", ")}, seed ${seed}`);
  line(
    session.io.stdout,
    `${elements} ${elements === 1 ? "element" : "elements"}, schedule ${schedule}; ${adapter}, ${kind}`,
  );
  const stored = dtype === "f32" ? "" : ` stored as ${dtype}`;
  for (const text of describe("output", output, stored)) line(session.io.stdout, text);
  if (!passed && output.error <= 2 * output.plain) {
    line(
      session.io.stdout,
      "  a plain float32 computation errs as much: the operation needs more than float32, or mscc reads it wrongly",
    );
  }
  line(session.io.stdout, passed ? "the kernel is the declared function" : "the kernel DIFFERS");
}

async function verifyOperation(tensor: Tensor, file: string, options: Options, general: General, session: Session) {
  const request = await tensorRequestOf(tensor, file, options, general, session);
  const { verifyTensor } = await import("../tensor/verify.js");
  const verdict = await verifyTensor(tensor, request, session);
  if (!verdict.passed) session.exitWith(1);
  if (options.format === "json") line(session.io.stdout, JSON.stringify(verdict, null, 2));
  else showTensorVerdict(verdict, session);
}

async function verifyFile(
  file: string,
  variant: string | undefined,
  options: Options,
  given: readonly string[],
  session: Session,
) {
  const general = generalOf(options);
  const { isOperation, readEither } = await import("../declared.js");
  const pattern = await readEither("verify", file, variant, session);
  throwAny(optionsOfOther(given, [pattern.name], isOperation(pattern)));
  if (isOperation(pattern)) return verifyOperation(pattern, file, options, general, session);
  const request = await requestOf(pattern, file, options, general, session);
  const { verify } = await import("../verify/verify.js");
  const verdict = await verify(pattern, request, session);
  if (!verdict.passed) session.exitWith(1);
  if (options.format === "json") line(session.io.stdout, JSON.stringify(verdict, null, 2));
  else showVerdict(pattern, verdict, session);
}

export function verifyCommand(program: Command, session: Session): void {
  program
    .command("verify")
    .description("compare the kernel with the declared function in float64; this executes the file")
    .argument("<file>", "a TypeScript file that exports patterns or tensor operations")
    .argument("[variant]", "name of an export; needed where the file has several")
    .option("--grid <extents>", "extents of the grid, such as t=7,y=6,x=9; by default small ones")
    .option("--key-grid <extents>", "extents of the grid of the keys, where they have their own")
    .option("--query-offset <position>", "position of the first query; the queries reach to the end of the grid")
    .option("--key-offset <position>", "position of the first key")
    .addOption(repeated("--set <name=value>", "value of a param; repeat for several"))
    .addOption(repeated("--table <name=file>", "values of a table; repeat for several"))
    .option("--size <extents>", "extents of a tensor operation, such as t=16,c=64; by default small ones")
    .addOption(repeated("--input <name=file>", "values of an input of a tensor operation; repeat for several"))
    .option("--heads <count>", "query heads, or query heads/key heads", "2/1")
    .option("--head-dim <dim>", "length of query and key vectors, 1 to 256", "16")
    .option("--value-dim <dim>", "length of value vectors; by default the head dim")
    .option("--seed <number>", "seed of the random inputs", "1")
    .option("--profile <name>", FORCED_PROFILE)
    .option("--dtype <type>", ONE_DTYPE)
    .option("--format <format>", "text, or json on stdout", "text")
    .addHelpText("after", EXAMPLE)
    .action((file: string, variant: string | undefined, options: Options, command: Command) =>
      verifyFile(file, variant, options, givenOptions(command), session),
    );
}
