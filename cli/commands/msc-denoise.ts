/** `mscc msc denoise`: adds noise to a clip, and says how much of it the model takes away. */
import type { Command } from "commander";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { numberOf } from "../arguments/assignments.js";
import { checkFormat } from "../arguments/choices.js";
import { MOST_FRAMES, MOST_SEED, numberOption } from "../arguments/counts.js";
import { repeated } from "../arguments/repeated.js";
import { dtypeOf } from "../arguments/stored.js";
import type { Session } from "../io.js";
import { tell, throwAny } from "../messages.js";

interface Options {
  readonly model: string;
  readonly models?: string;
  readonly weights?: string;
  readonly clip?: string;
  readonly levels: string;
  readonly frames?: string;
  readonly chunk?: string;
  readonly seed: string;
  readonly dtype: string;
  readonly output: readonly string[];
  readonly scale: string;
  readonly format: string;
}

const EXAMPLE = `
Every frame becomes (1 - level) clip + level noise, and one pass through the network says what the clip was. Errors are of
values in [-1, 1]: the mean squared error (MSE), and 10 log10(4 / MSE) in decibels (PSNR). At level 1, which is not among
the default levels, nothing is left of the clip. Pictures show the clip, then noisy and denoised for each level: GIF and y4m
side by side, PNG one below the other.

Examples:
  mscc msc denoise
  mscc msc denoise --levels 0.2,0.5,0.8 -o denoised.png
  mscc msc denoise --clip in.y4m --frames 8 --format json`;

function levelsOf(text: string, problems: Diagnostic[]): number[] {
  return text.split(",").map((given) => {
    const level = numberOf(given);
    if (!(level > 0 && level <= 1)) problems.push(tell("msc-levels", { given: given.trim() }));
    return level;
  });
}

function requestOf({ output, ...options }: Options) {
  const problems: Diagnostic[] = [];
  checkFormat(options.format, problems);
  const request = {
    ...{ model: options.model, models: options.models, weights: options.weights, clip: options.clip },
    levels: levelsOf(options.levels, problems),
    frames: numberOption("--frames", options.frames, [1, MOST_FRAMES], problems),
    chunk: numberOption("--chunk", options.chunk, [1, MOST_FRAMES], problems),
    seed: numberOption("--seed", options.seed, [0, MOST_SEED], problems) ?? 0,
    scale: numberOption("--scale", options.scale, [1, 64], problems) ?? 1,
    dtype: dtypeOf(options.dtype, problems),
    outputs: output,
    format: options.format,
  };
  throwAny(problems);
  return request;
}

export function mscDenoiseCommand(group: Command, session: Session): void {
  group
    .command("denoise")
    .description("add noise to a clip and take it away again, in one step, at several noise levels; print the errors")
    .option("--model <name>", "a preset, a model in `models`, or the file that `mscc msc build` wrote", "tiny")
    .option("--models <folder>", "where compiled models lie; by default `models`, then those that come with mscc")
    .option("--weights <file>", "safetensors; by default those that come with mscc, for tiny")
    .option("--clip <file>", "y4m; by default a clip that comes with mscc")
    .option("--levels <list>", "noise levels, above 0 and at most 1", "0.1,0.3,0.5,0.7,0.9")
    .option("--frames <count>", "first frames of the clip to take; by default 16, or all of a shorter clip")
    .option("--chunk <frames>", "frames that pass through the network at a time (default: 8)")
    .option("--seed <number>", "of the noise, 0 to 4294967295", "0")
    .option("--dtype <type>", "how weights and activations are stored: f32, f16", "f32")
    .addOption(repeated("-o, --output <file>", "a picture: .gif, .png or .y4m; repeat for several"))
    .option("--scale <factor>", "enlarges the pixels of GIF and PNG, 1 to 64", "1")
    .option("--format <format>", "text, or json on stdout", "text")
    .addHelpText("after", EXAMPLE)
    .action(async (options: Options) => {
      const request = requestOf(options);
      const { denoiseClip } = await import("../msc/denoise-clip.js");
      await denoiseClip(request, session);
    });
}
