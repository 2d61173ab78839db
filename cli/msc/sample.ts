/** `mscc msc sample`: runs the sampler, keeps its state, and writes what it made. */
import { resolve } from "node:path";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Msc } from "../../models/msc/open.js";
import type { Sampler } from "../../models/msc/sample.js";
import { formatState } from "../../models/msc/state.js";
import { line, type Session } from "../io.js";
import { count } from "../message-text.js";
import { throwAny } from "../messages.js";
import { durationText, withStatus } from "../progress.js";
import { writeAll } from "../write-files.js";
import { isModelPath } from "./located.js";
import { withModel } from "./opened.js";
import { checkOutputs, checkSizes, clipOfValues, outputFiles } from "./outputs.js";
import type { SampleRequest } from "./sample-request.js";
import { type Settings, settingsOf } from "./sample-settings.js";

/** What a run made, and what it took. */
interface Sampled {
  readonly clip: Float32Array;
  readonly adapter: string;
  /** Passes through the network, and seconds, since it was opened. */
  readonly passes: number;
  readonly seconds: number;
  readonly bytes: ReturnType<Sampler["bytes"]>;
  /** Frames so far, where the run was interrupted. */
  readonly interruptedAt?: number;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** How often the time that is left is told anew. */
const TICK = 500;

/** `frame 5 of 8, 9.6 passes/s, 6 s left`. */
function statusOf(frame: number, { made }: Settings, passes: number, left: number, seconds: number): string {
  const at = `frame ${Math.min(frame + 1, made)} of ${made}`;
  if (passes === 0) return at;
  const rate = passes / seconds;
  return `${at}, ${rate.toPrecision(2)} passes/s, ${durationText(left / rate)} left`;
}

/** Resolves when interrupted. */
const interruption = (signal: AbortSignal | undefined) =>
  new Promise<"interrupted">((settle) => {
    if (signal?.aborted) settle("interrupted");
    signal?.addEventListener("abort", () => settle("interrupted"), { once: true });
  });

async function runSampler(
  model: Msc,
  settings: Settings,
  {
    keep,
    say,
    signal,
  }: {
    readonly keep: (sampler: Sampler, clip: () => Float32Array, passes: number) => Promise<void>;
    readonly say: (text: string) => void;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Omit<Sampled, "adapter">> {
  const { grid, frames, context, mode, steps, chunk, seed, saved, width, height } = settings;
  const from = saved ? { from: saved.state } : {};
  const sampler = model.sampler({ grid, frames, context, mode, steps, chunk, seed, ...from });
  const before = saved?.passes ?? 0;
  const parts: Float32Array[] = [saved?.clip ?? context];
  const start = performance.now();
  let counted = { done: 0, at: start };
  const madeSoFar = () => (parts.reduce((sum, { length }) => sum + length, 0) - context.length) / (width * height * 3);
  const tell = () => {
    const now = performance.now();
    const { total } = sampler.passes();
    // What was submitted since the last chunk is not done yet: time tells how much of it may be.
    const seconds = (counted.at - start) / 1000;
    const since = counted.done === 0 ? 0 : ((now - counted.at) / 1000) * (counted.done / seconds);
    say(statusOf(madeSoFar(), settings, counted.done, Math.max(0, total - before - counted.done - since), seconds));
  };
  const stopped = interruption(signal);
  const ticking = setInterval(tell, TICK);
  let interruptedAt: number | undefined;
  try {
    for (;;) {
      tell();
      const coming = sampler.next();
      coming.catch(() => {}); // After an interrupt nobody waits for it.
      const next = await Promise.race([coming, stopped]);
      if (next === undefined) break;
      if (next === "interrupted") {
        interruptedAt = madeSoFar();
        break;
      }
      parts.push(next.clip);
      counted = { done: sampler.passes().done, at: performance.now() };
      await keep(sampler, () => joined(parts), before + counted.done);
    }
    const seconds = (counted.at - start) / 1000;
    const bytes = sampler.bytes();
    return {
      ...{ clip: joined(parts), passes: counted.done, seconds, bytes },
      ...(interruptedAt === undefined ? {} : { interruptedAt }),
    };
  } finally {
    clearInterval(ticking);
    sampler.dispose();
  }
}

/** The options that a state does not hold: where the model and its weights lie. */
function placesOf({ model, models, weights }: SampleRequest): string {
  const path = model !== undefined && isModelPath(model) ? model : undefined;
  const given = [["--model", path] as const, ["--models", models] as const, ["--weights", weights] as const];
  return given
    .flatMap(([option, value]) =>
      value === undefined ? [] : [` ${option} ${/\s/.test(value) ? `'${value}'` : value}`],
    )
    .join("");
}

/** @param isKept whether this run has written its state: before its first chunk there is only that of the run it resumes. */
function interrupted(
  request: SampleRequest,
  { made }: Settings,
  { at, isKept }: { readonly at: number; readonly isKept: boolean },
  { io, exitWith }: Session,
): void {
  const { state, resume } = request;
  const kept = isKept ? state : resume;
  const goesOn = kept === undefined ? undefined : `\`--resume ${kept}${placesOf(request)}\` goes on`;
  const next = goesOn ?? (state === undefined ? "--state would have kept them" : "there was nothing to keep yet");
  line(io.stderr, `interrupted after ${at} of ${count(made, "frame")}; no outputs were written; ${next}`);
  exitWith(130);
}

function show(request: SampleRequest, settings: Settings, sampled: Sampled, { io }: Session): void {
  const { outputs, format } = request;
  const { run, width, height, made } = settings;
  const { adapter, passes, seconds, bytes } = sampled;
  const context = Number(run.context);
  if (format === "json") {
    const data = {
      ...{ model: run.model, adapter, dtype: run.dtype, width, height, context, frames: made },
      ...{ mode: run.mode, chunk: Number(run.chunk), steps: Number(run.steps), seed: Number(run.seed) },
      ...{ passes, seconds: Number(seconds.toFixed(3)), bytes, outputs },
    };
    line(io.stdout, JSON.stringify(data, null, 2));
    return;
  }
  for (const file of outputs) line(io.stdout, `${file}  ${context} + ${made} frames of ${width} x ${height}`);
  const rate = seconds > 0 ? `, ${(passes / seconds).toPrecision(2)} a second` : "";
  line(io.stderr, `${run.model}: ${passes} passes on ${adapter}, ${durationText(seconds)}${rate}`);
}

function checkFiles({ outputs, state, resume, weights, clip }: SampleRequest, { io }: Session): void {
  const problems: Diagnostic[] = [];
  const inputs = [weights, clip, state === undefined || resolve(state) !== resolve(resume ?? "") ? resume : undefined];
  const given = {
    outputs,
    states: state === undefined ? [] : [state],
    inputs: inputs.filter((each) => each !== undefined),
  };
  checkOutputs(given, io.cwd, problems);
  throwAny(problems);
}

/** @throws UserError, ModelError, HostError, LaunchError; then nothing was written but whole states of chunks. */
export async function sample(request: SampleRequest, session: Session): Promise<void> {
  const { io } = session;
  checkFiles(request, session);
  const settings = await settingsOf(request, io.cwd);
  const { made, located, run, dtype, width, height, rate } = settings;
  const { state, outputs, scale } = request;
  checkSizes(outputs, { clips: 1, width, height, frames: Number(run.context) + made }, scale);
  let isKept = false;
  const keep = async (sampler: Sampler, clip: () => Float32Array, passes: number) => {
    if (state === undefined) return;
    const content = formatState({ run, dtype, passes, clip: clip(), state: await sampler.state() });
    writeAll([{ path: resolve(io.cwd, state), content }]);
    isKept = true;
  };
  const signal = io.interrupts?.();
  const sampled = await withStatus(io, `sampling ${count(made, "frame")} with ${located.name}`, (say) =>
    withModel(settings, async (model, adapter) => ({
      ...(await runSampler(model, settings, { keep, say, signal })),
      adapter,
    })),
  );
  const { interruptedAt: at } = sampled;
  if (at !== undefined) return interrupted(request, settings, { at, isKept }, session);
  writeAll(outputFiles(outputs, [clipOfValues(sampled.clip, width, height)], { rate, scale }, io.cwd));
  show(request, settings, sampled, session);
}
