/** `mscc explain`: the loops that were derived, what they cost on a grid, which tiles suit it; how an operation is computed. */
import type { Command } from "commander";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { wholeNumber } from "../arguments/assignments.js";
import { checkFormat, dimPair } from "../arguments/choices.js";
import { givenOptions } from "../arguments/kinds-of-options.js";
import { repeated } from "../arguments/repeated.js";
import type { ExplainRequest } from "../explain/explain.js";
import type { Session } from "../io.js";
import { tell, throwAny } from "../messages.js";

interface Options extends Omit<ExplainRequest, "heads" | "headDim" | "given"> {
  readonly heads: string;
  readonly headDim: string;
}

const EXAMPLE = `
Nothing runs on a GPU, and the file is only read. All numbers are counted exactly, by the derived loops. Without --grid
only the loops are shown. With --format json: { variant, source, sentence, attend, loops } and, on a grid, pairs, tiles,
flops, bytes, intensity, shapes, comparison and, for the patterns of the MSC paper, its formula.

Of a tensor operation it shows how it is computed and why so, what is read and written and, with --size, FLOPs, bytes and
workgroups. With --format json: { variant, source, sentence, text, schedule, words, axes, inputs, isExact } and, with
--size, size, params, elements, flops, bytes, intensity and workgroups.

Examples:
  mscc explain patterns.ts lightCone
  mscc explain patterns.ts lightCone --grid t=8,y=32,x=32 --set frames=4 --set radius=2 --set speed=1 --heads 8
  mscc explain operations.ts linear --size t=1024,c=256,k=256`;

const MOST_HEADS = 1024;

function numbersOf({ heads, headDim, format }: Options) {
  const problems: Diagnostic[] = [];
  checkFormat(format, problems);
  const dims = dimPair(headDim, undefined, problems);
  const count = wholeNumber(heads, 1, MOST_HEADS);
  if (count === undefined) problems.push(tell("explain-heads", { given: heads, most: MOST_HEADS }));
  throwAny(problems);
  return { headDim: dims.headDim, heads: count ?? 1 };
}

export function explainCommand(program: Command, session: Session): void {
  program
    .command("explain")
    .description(
      "show the derived loops and, on a grid, pairs, FLOPs, bytes, shapes of tiles, and dense attention beside it; of a tensor operation how it is computed, and what it costs",
    )
    .argument("<file>", "a TypeScript file that exports patterns or tensor operations")
    .argument("[variant]", "name of an export; needed where the file has several")
    .option("--grid <extents>", "extents of the grid, such as t=16,y=32,x=32")
    .option("--key-grid <extents>", "extents of the grid of the keys, where they have their own")
    .option("--size <extents>", "extents of a tensor operation, such as t=16,c=64: of its axes and labels")
    .addOption(repeated("--set <name=value>", "value of a param; repeat for several"))
    .addOption(repeated("--table <name=file>", "values of a table, where `attend` reads it; repeat for several"))
    .option("--heads <count>", "query heads", "2")
    .option("--head-dim <dim>", "length of query, key and value vectors, 1 to 256", "64")
    .option("--format <format>", "text, or json on stdout", "text")
    .addHelpText("after", EXAMPLE)
    .action(async (file: string, variant: string | undefined, options: Options, command: Command) => {
      const numbers = numbersOf(options);
      const { explain } = await import("../explain/explain.js");
      await explain({ ...options, file, variant, ...numbers, given: givenOptions(command) }, session);
    });
}
