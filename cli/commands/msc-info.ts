/** `mscc msc info`: what a model is and costs, without running it. */
import type { Command } from "commander";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { checkFormat } from "../arguments/choices.js";
import { gridsOf } from "../arguments/grids.js";
import type { Session } from "../io.js";
import { throwAny } from "../messages.js";

interface Options {
  readonly grid?: string;
  readonly patterns?: string;
  readonly format: string;
}

const EXAMPLE = `
Nothing runs on a GPU. Pairs, and with them the FLOPs of attention, are counted exactly, by the loops that the kernels
walk. With --format json the same numbers: { config, grid, clip, parameters, memory, flops, singleScale, paper }.

Examples:
  mscc msc info
  mscc msc info base
  mscc msc info small.json --grid t=32,y=16,x=16`;

const AXES = { query: ["t", "y", "x"], key: ["t", "y", "x"], shared: true };

export function mscInfoCommand(group: Command, session: Session): void {
  group
    .command("info")
    .description("print parameters, memory and exact FLOPs of a model, beside one scale with full attention")
    .argument("[model]", "a preset (tiny, base, three-scale), a configuration or a compiled model (.json)", "tiny")
    .option("--grid <extents>", "tokens of a forward pass, such as t=16,y=32,x=32; by default the configuration's")
    .option("--patterns <file>", "a TypeScript file whose patterns the configuration may name too")
    .option("--format <format>", "text, or json on stdout", "text")
    .addHelpText("after", EXAMPLE)
    .action(async (model: string, { grid, patterns, format }: Options) => {
      const problems: Diagnostic[] = [];
      checkFormat(format, problems);
      const { q } = gridsOf({ name: "the model", axes: AXES }, grid === undefined ? {} : { grid }, problems);
      throwAny(problems);
      const [t = 1, y = 1, x = 1] = q ?? [];
      const { showInfo } = await import("../msc/show-info.js");
      await showInfo({ model, grid: q && { t, y, x }, patterns, format }, session);
    });
}
