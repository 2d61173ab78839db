/** All that a run of the sampler depends on, from the options, the files that they name, and the run that is resumed. */
import type { MscConfig } from "../../models/msc/config.js";
import type { StoredDtype } from "../../models/msc/extents.js";
import { gridOf } from "../../models/msc/open.js";
import type { SampleMode } from "../../models/msc/rounds.js";
import { parseState, type Run, requireSameRun, type SavedRun, stateFault } from "../../models/msc/state.js";
import type { Rate } from "../../models/video/clip.js";
import { bytesOf, hashOf } from "./bytes.js";
import { firstFrames, readClip, requireColours, requireFrames, tokenFrames } from "./given-clip.js";
import { type Located, locateClip, locateModel, locateWeights } from "./located.js";
import type { SampleRequest } from "./sample-request.js";

export interface Settings {
  readonly located: Located;
  readonly weightsFile: string;
  readonly weights: Uint8Array<ArrayBuffer>;
  readonly dtype: StoredDtype;
  /** Tokens of a frame. */
  readonly grid: { readonly y: number; readonly x: number };
  readonly width: number;
  readonly height: number;
  readonly rate: Rate;
  /** Values of the frames that are given. */
  readonly context: Float32Array<ArrayBuffer>;
  /** Frames of video to make. */
  readonly made: number;
  /** Token frames. */
  readonly frames: number;
  readonly chunk: number;
  readonly steps: number;
  readonly mode: SampleMode;
  readonly seed: number;
  readonly run: Run;
  readonly saved: SavedRun | undefined;
}

const DEFAULTS = { model: "tiny", context: 4, frames: 8, steps: 10, seed: 0, rate: [10, 1] as const };
const TOKENS_AT_ONCE = { chunks: 1, rolling: 4 };

/** Enough of a hash to tell contents apart, and to be read. */
const markOf = (content: Uint8Array | string) => hashOf(content).slice(0, 16);

/** The nearest number of frames that whole patches hold, upwards. */
const wholePatches = (frames: number, { patch }: MscConfig) => Math.ceil(frames / patch.t) * patch.t;

interface Given {
  readonly width: number;
  readonly height: number;
  readonly rate: Rate;
  readonly context: Float32Array<ArrayBuffer>;
}

const numbersIn = (text: string | undefined) => (text ?? "").split(/[:x]/).map(Number);

/** The context and the size, as the run that is resumed had them. */
function resumedClip({ run, clip }: SavedRun): Given {
  const [width = 1, height = 1] = numbersIn(run.size);
  const [numerator = 1, denominator = 1] = numbersIn(run.rate);
  const values = Number(run.context) * width * height * 3;
  return { width, height, rate: [numerator, denominator], context: clip.slice(0, values) };
}

/** The same from the clip, or from the configuration where nothing is given. */
function givenClip(request: SampleRequest, wanted: number | undefined, config: MscConfig, cwd: string): Given {
  const { patch, grid } = config;
  if (wanted === 0 && request.clip === undefined) {
    const [width, height] = [grid.x * patch.x, grid.y * patch.y];
    return { width, height, rate: DEFAULTS.rate, context: new Float32Array(0) };
  }
  const file = locateClip(request.clip);
  const clip = readClip(file, cwd);
  const fitting = Math.floor(Math.min(DEFAULTS.context, clip.frames) / patch.t) * patch.t;
  const count = wanted ?? fitting;
  tokenFrames("--context", count, config);
  requireFrames("--context", count, file, clip);
  return { width: clip.width, height: clip.height, rate: clip.rate, context: firstFrames(clip, count) };
}

/** What was given, else what the run had that is resumed, else the default. */
function picker(saved: SavedRun | undefined) {
  const before = (name: string) => (saved && Object.hasOwn(saved.run, name) ? saved.run[name] : undefined);
  return {
    text: <T extends string>(name: string, given: T | undefined, otherwise: T): T =>
      given ?? (before(name) as T | undefined) ?? otherwise,
    number: (name: string, given: number | undefined, otherwise: number): number => {
      const text = before(name);
      return given ?? (text === undefined ? otherwise : Number(text));
    },
  };
}

/** @throws UserError, HostError and ModelError for all that can be wrong before there is a device. */
export async function settingsOf(request: SampleRequest, cwd: string): Promise<Settings> {
  const { resume } = request;
  const saved = resume === undefined ? undefined : parseState(bytesOf(resume, cwd), resume);
  const pick = picker(saved);
  const located = await locateModel(
    request.model ?? pick.text("model", undefined, DEFAULTS.model),
    request.models,
    cwd,
  );
  const { config } = located.file;
  requireColours(config);
  const weightsFile = locateWeights(located, request.weights);
  const weights = bytesOf(weightsFile, cwd);
  const isAsBefore = saved !== undefined && request.clip === undefined;
  const given = isAsBefore ? resumedClip(saved) : givenClip(request, request.context, config, cwd);
  const { width, height, rate, context } = given;
  const contextFrames = context.length / (width * height * 3);
  const mode = pick.text("mode", request.mode, "chunks");
  const made = pick.number("frames", request.frames, wholePatches(DEFAULTS.frames, config));
  const chunk = pick.number("chunk", request.chunk, TOKENS_AT_ONCE[mode] * config.patch.t);
  const steps = pick.number("steps", request.steps, DEFAULTS.steps);
  const seed = pick.number("seed", request.seed, DEFAULTS.seed);
  const dtype = pick.text("dtype", request.dtype, "f32");
  const [frames, atOnce] = [tokenFrames("--frames", made, config), tokenFrames("--chunk", chunk, config)];
  const grid = gridOf(config, { rows: height, columns: width });
  const run: Run = {
    model: located.name,
    configuration: markOf(JSON.stringify(config)),
    weights: markOf(weights),
    dtype,
    size: `${width}x${height}`,
    rate: rate.join(":"),
    context: String(isAsBefore ? (request.context ?? contextFrames) : contextFrames),
    "frames given": markOf(new Uint8Array(context.buffer)),
    frames: String(made),
    mode,
    chunk: String(chunk),
    steps: String(steps),
    seed: String(seed),
  };
  if (saved) {
    requireSameRun(saved.run, run);
    const made = saved.clip.length / (width * height * 3 * config.patch.t);
    if (made !== saved.state.done)
      throw stateFault(
        "state-file",
        resume ?? "",
        `it has ${made} frames of tokens and says that ${saved.state.done} are made`,
      );
  }
  return {
    ...{ located, weightsFile, weights, dtype, grid, width, height, rate, context, made, frames },
    ...{ chunk: atOnce, steps, mode, seed, run, saved },
  };
}
