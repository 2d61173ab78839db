/** `mscc msc build`: configurations -> models that a host runs without the compiler. */
import type { Command } from "commander";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { checkFormat } from "../arguments/choices.js";
import { dtypesOf } from "../arguments/stored.js";
import type { Session } from "../io.js";
import { throwAny } from "../messages.js";

interface Options {
  readonly out: string;
  readonly dtype: string;
  readonly patterns?: string;
  readonly format: string;
}

const EXAMPLE = `
A configuration is a JSON file: { name, patch, grid, width, depth, layers: [{ branches: [...] }] }; a branch names a pattern
of dsl/variants of the package, or of the file that --patterns gives, which must be causal in frames. The presets are
compiled already. What is written serves any grid, number of frames and weights, on Node and in browsers (mscc/msc).

Examples:
  mscc msc build small.json
  mscc msc build small.json --patterns patterns.ts --dtype f16 --out public/models
  mscc msc build tiny base`;

export function mscBuildCommand(group: Command, session: Session): void {
  group
    .command("build")
    .description("compile models ahead of time: one JSON file for each, and the kernels beside it")
    .argument("[models...]", "configurations (.json) and presets: tiny, base, three-scale; by default all presets")
    .option("--out <folder>", "where the files go", "models")
    .option("--dtype <list>", "how weights and activations are stored: f32, f16", "f32,f16")
    .option("--patterns <file>", "a TypeScript file whose patterns configurations may name too")
    .option("--format <format>", "text, or json on stdout", "text")
    .addHelpText("after", EXAMPLE)
    .action(async (models: readonly string[], { out, dtype, patterns, format }: Options) => {
      const problems: Diagnostic[] = [];
      checkFormat(format, problems);
      const dtypes = dtypesOf(dtype, problems);
      throwAny(problems);
      const { buildModels } = await import("../msc/build-models.js");
      await buildModels({ models, out, dtypes, patterns, format }, session);
    });
}
