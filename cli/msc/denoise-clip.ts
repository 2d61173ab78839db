/** `mscc msc denoise`: one step of the network from each noise level, as a table and as pictures. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Denoised } from "../../models/msc/denoise.js";
import type { StoredDtype } from "../../models/msc/extents.js";
import { gridOf } from "../../models/msc/open.js";
import { line, type Session } from "../io.js";
import { count } from "../message-text.js";
import { throwAny } from "../messages.js";
import { durationText, withStatus } from "../progress.js";
import { writeAll } from "../write-files.js";
import { bytesOf } from "./bytes.js";
import { firstFrames, readClip, requireColours, requireFrames, tokenFrames } from "./given-clip.js";
import { locateClip, locateModel, locateWeights } from "./located.js";
import { withModel } from "./opened.js";
import { checkOutputs, checkSizes, clipOfValues, outputFiles } from "./outputs.js";

export interface DenoiseRequest {
  readonly model: string;
  readonly models: string | undefined;
  readonly weights: string | undefined;
  readonly clip: string | undefined;
  readonly levels: readonly number[];
  /** Frames of video, as is `chunk`. */
  readonly frames: number | undefined;
  readonly chunk: number | undefined;
  readonly seed: number;
  readonly dtype: StoredDtype;
  readonly outputs: readonly string[];
  readonly scale: number;
  readonly format: string;
}

const DEFAULT_FRAMES = 16;
const DEFAULT_CHUNK = 8;

/** The model and the clip, before there is a device. */
async function givenTo(request: DenoiseRequest, cwd: string) {
  const located = await locateModel(request.model, request.models, cwd);
  const { config } = located.file;
  const { patch } = config;
  requireColours(config);
  const weightsFile = locateWeights(located, request.weights);
  const file = locateClip(request.clip);
  const clip = readClip(file, cwd);
  const fitting = Math.max(1, Math.floor(Math.min(DEFAULT_FRAMES, clip.frames) / patch.t)) * patch.t;
  const frames = request.frames ?? fitting;
  tokenFrames("--frames", frames, config);
  requireFrames("--frames", frames, file, clip);
  const chunk = tokenFrames("--chunk", request.chunk ?? DEFAULT_CHUNK * patch.t, config);
  gridOf(config, { rows: clip.height, columns: clip.width });
  const weights = bytesOf(weightsFile, cwd);
  return { located, weightsFile, weights, dtype: request.dtype, file, clip, frames, chunk };
}

type Given = Awaited<ReturnType<typeof givenTo>>;

const psnrOf = (error: number) => 10 * Math.log10(4 / error);

const dataOf = ({ level, noisyError, denoisedError }: Denoised) => ({
  level,
  noisy: { mse: noisyError, psnr: psnrOf(noisyError) },
  denoised: { mse: denoisedError, psnr: psnrOf(denoisedError) },
  ratio: denoisedError / noisyError,
});

function tableOf(results: readonly Denoised[]): string[] {
  const rows = results.map((each) => {
    const { level, noisy, denoised, ratio } = dataOf(each);
    const db = (value: number) => `${value.toFixed(1)} dB`;
    return [
      `${level}`,
      noisy.mse.toFixed(5),
      denoised.mse.toFixed(5),
      ratio.toFixed(3),
      db(noisy.psnr),
      db(denoised.psnr),
    ];
  });
  const all = [["level", "noisy MSE", "denoised MSE", "ratio", "noisy PSNR", "denoised PSNR"], ...rows];
  const widths = (all[0] as string[]).map((_, i) => Math.max(...all.map((row) => (row[i] ?? "").length)));
  return all.map((row) => `  ${row.map((cell, i) => cell.padStart(widths[i] ?? 0)).join("  ")}`);
}

function show(request: DenoiseRequest, given: Given, results: readonly Denoised[], adapter: string, { io }: Session) {
  const { outputs, seed, dtype, format } = request;
  const { located, file, frames, clip } = given;
  if (format === "json") {
    const what = {
      model: located.name,
      adapter,
      dtype,
      clip: file,
      width: clip.width,
      height: clip.height,
      frames,
      seed,
    };
    line(io.stdout, JSON.stringify({ ...what, levels: results.map(dataOf), outputs }, null, 2));
    return;
  }
  const what = `${count(frames, "frame")} of ${file} (${clip.width} x ${clip.height})`;
  line(io.stdout, [`${located.name} on ${what}:`, ...tableOf(results), ...outputs].join("\n"));
}

/** @throws UserError, ModelError, HostError, LaunchError; then nothing was written. */
export async function denoiseClip(request: DenoiseRequest, session: Session): Promise<void> {
  const { io } = session;
  const { outputs, levels, seed, scale } = request;
  const problems: Diagnostic[] = [];
  const inputs = [request.weights, request.clip].filter((each) => each !== undefined);
  checkOutputs({ outputs, inputs }, io.cwd, problems);
  throwAny(problems);
  const given = await givenTo(request, io.cwd);
  const { clip, frames, chunk, located } = given;
  const { width, height, rate } = clip;
  checkSizes(outputs, { clips: 1 + 2 * levels.length, width, height, frames }, scale);
  const data = firstFrames(clip, frames);
  const work = (say: (text: string) => void) =>
    withModel(given, async (model, adapter) => {
      const start = performance.now();
      const onPass = (done: number, total: number) => {
        const left = ((performance.now() - start) / 1000 / done) * (total - done);
        say(`pass ${done} of ${total}, ${durationText(left)} left`);
      };
      const results = await model.denoise(
        { frames, rows: height, columns: width, data },
        { levels, seed, chunk, onPass },
      );
      return { results, adapter };
    });
  const { results, adapter } = await withStatus(io, `denoising ${count(frames, "frame")} with ${located.name}`, work);
  const values = [data, ...results.flatMap(({ noisy, denoised }) => [noisy, denoised])];
  const clips = values.map((each) => clipOfValues(each, width, height));
  writeAll(outputFiles(outputs, clips, { rate, scale }, io.cwd));
  show(request, given, results, adapter, session);
}
