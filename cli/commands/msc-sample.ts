/** `mscc msc sample`: generates the frames that follow a clip, or a clip from nothing. */
import type { Command } from "commander";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { checkFormat } from "../arguments/choices.js";
import { MOST_FRAMES, MOST_SEED, numberOption } from "../arguments/counts.js";
import { repeated } from "../arguments/repeated.js";
import { dtypeOf } from "../arguments/stored.js";
import type { Session } from "../io.js";
import { tell, throwAny } from "../messages.js";
import type { SampleRequest } from "../msc/sample-request.js";

interface Options {
  readonly model?: string;
  readonly models?: string;
  readonly weights?: string;
  readonly clip?: string;
  readonly context?: string;
  readonly frames?: string;
  readonly chunk?: string;
  readonly steps?: string;
  readonly mode?: string;
  readonly seed?: string;
  readonly dtype?: string;
  readonly output: readonly string[];
  readonly scale: string;
  readonly state?: string;
  readonly resume?: string;
  readonly format: string;
}

const EXAMPLE = `
The first frames of the clip (--context) are given; frames that follow go from noise to clean, --chunk of them at a time in
--steps steps each, or as a rolling window. What is written holds both, in [-1, 1]: a GIF, a PNG strip or y4m, as the file's
name says. With --state the run is kept after every chunk, and --resume goes on with it: options that are not given are
those of the run (but --models and --weights, and a --model that is a path, which are given again), others must be the same,
and the outputs are those of a run that was never interrupted.
An interrupt (Ctrl-C) ends with exit code 130; nothing is left half written.

Examples:
  mscc msc sample
  mscc msc sample --frames 24 --steps 20 --seed 7 -o sample.gif -o sample.y4m
  mscc msc sample --mode rolling --chunk 4 --frames 16 -o rolling.png
  mscc msc sample --model models/small.json --weights small.safetensors --clip in.y4m --context 8
  mscc msc sample --frames 200 --state run.state -o long.gif
  mscc msc sample --resume run.state --state run.state -o long.gif`;

const MODES = ["chunks", "rolling"] as const;

function modeOf(given: string | undefined, problems: Diagnostic[]): SampleRequest["mode"] {
  const mode = MODES.find((each) => each === given);
  if (given !== undefined && mode === undefined)
    problems.push(tell("choice-unknown", { option: "--mode", given, known: MODES }));
  return mode;
}

function requestOf(options: Options): SampleRequest {
  const problems: Diagnostic[] = [];
  const { model, models, weights, clip, output, state, resume, format, dtype } = options;
  checkFormat(format, problems);
  const number = (name: keyof Options & string, least: number, most: number) =>
    numberOption(`--${name}`, options[name] as string | undefined, [least, most], problems);
  const request: SampleRequest = {
    ...{ model, models, weights, clip, state, resume, format },
    context: number("context", 0, MOST_FRAMES),
    frames: number("frames", 1, MOST_FRAMES),
    chunk: number("chunk", 1, MOST_FRAMES),
    steps: number("steps", 1, 10_000),
    seed: number("seed", 0, MOST_SEED),
    scale: number("scale", 1, 64) ?? 1,
    mode: modeOf(options.mode, problems),
    dtype: dtype === undefined ? undefined : dtypeOf(dtype, problems),
    outputs: output.length > 0 ? output : ["sample.gif"],
  };
  throwAny(problems);
  return request;
}

export function mscSampleCommand(group: Command, session: Session): void {
  group
    .command("sample")
    .description("generate the frames that follow a clip, or a clip from nothing")
    .option("--model <name>", "a preset, a model in `models`, or the file that `mscc msc build` wrote (default: tiny)")
    .option("--models <folder>", "where compiled models lie; by default `models`, then those that come with mscc")
    .option("--weights <file>", "safetensors; by default those that come with mscc, for tiny")
    .option("--clip <file>", "y4m whose first frames are the context; by default a clip that comes with mscc")
    .option("--context <frames>", "frames of the clip that are given; 0 for none (default: 4)")
    .option("--frames <count>", "frames to make (default: 8)")
    .option("--chunk <frames>", "frames made together, or of the rolling window (default: 1, rolling 4)")
    .option(
      "--steps <count>",
      "steps of a frame from noise to clean (default: 10); when rolling, rounded up to a multiple of the chunk",
    )
    .option("--mode <mode>", "chunks, or rolling: a window of frames at rising noise levels (default: chunks)")
    .option("--seed <number>", "of the noise, 0 to 4294967295; the same gives the same frames (default: 0)")
    .option("--dtype <type>", "how weights and activations are stored: f32, f16 (default: f32)")
    .addOption(
      repeated("-o, --output <file>", "what to write: .gif, .png or .y4m; repeat for several (default: sample.gif)"),
    )
    .option("--scale <factor>", "enlarges the pixels of GIF and PNG, 1 to 64", "4")
    .option("--state <file>", "keeps the run in a file after every chunk")
    .option("--resume <file>", "goes on with a run that --state kept")
    .option("--format <format>", "text, or json on stdout", "text")
    .addHelpText("after", EXAMPLE)
    .action(async (options: Options) => {
      const request = requestOf(options);
      const { sample } = await import("../msc/sample.js");
      await sample(request, session);
    });
}
