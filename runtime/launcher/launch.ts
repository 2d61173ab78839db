/** A launch whose work is known: encodes its dispatches, or submits them slice by slice. */
import { lastAtWork, queueDone, scoped, type Watch } from "./device.js";
import { LaunchError, type Problem, problem } from "./messages.js";
import type { LaunchCommands, RunOptions } from "./types.js";

/** Workgroups of the first slice: few enough for the slowest device, whose driver may end what takes two seconds. */
const FIRST_SLICE = 64;
const GROWTH = 8;

/** Workgroups of `tiles` tiles over two dimensions of at most `limit` each; the kernel ends those past the last tile. */
export function fold(tiles: number, limit: number): readonly [x: number, y: number] {
  const y = Math.ceil(tiles / limit);
  return [Math.ceil(tiles / y), y];
}

/** Tiles of the next slice, after one of `tiles` tiles that took `took` milliseconds. */
export const nextSlice = (tiles: number, took: number, aim: number) =>
  Math.max(1, Math.floor(tiles * Math.min(GROWTH, aim / Math.max(took, 0.01))));

/** What a dispatch sets beside its number of workgroups. */
export interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
}

/** A piece of a launch on the device: one dispatch, or several slices. */
export interface Piece {
  /** Tiles from the first up to, and without, the end. */
  readonly first: number;
  readonly end: number;
  /** With the uniforms of the whole piece, which never change; with those that `setSlice` writes. */
  readonly whole: Step;
  readonly slice: Step;
  /** Writes the uniforms of a part of the piece. */
  readonly setSlice: (first: number, end: number) => void;
  /** Joins the splits of the piece once all of it is computed. */
  readonly merge?: Step & { readonly workgroups: number };
}

/** All that a launch does. */
export interface Work {
  readonly name: string;
  readonly device: GPUDevice;
  readonly watch: Watch;
  readonly pieces: readonly Piece[];
  /** Workgroups per tile. */
  readonly splits: number;
  /** Buffers that die with the launch. */
  readonly owned: readonly GPUBuffer[];
  /** What the device found wrong with all that was made for the launch. */
  readonly creation: Promise<readonly Problem[]>;
}

/** The commands of one launch. */
function commandsOf({ name, device, pieces, splits }: Work) {
  const limit = device.limits.maxComputeWorkgroupsPerDimension;
  const dispatch = (pass: GPUComputePassEncoder, { pipeline, group }: Step, count: number) => {
    lastAtWork.set(device, name);
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...fold(count, limit));
  };
  const inPass = (encoder: GPUCommandEncoder, work: (pass: GPUComputePassEncoder) => void) => {
    const pass = encoder.beginComputePass({ label: name });
    work(pass);
    pass.end();
  };
  const merge = (pass: GPUComputePassEncoder, { merge: step }: Piece) => {
    if (step) dispatch(pass, step, step.workgroups);
  };
  return {
    encode(target: GPUCommandEncoder | GPUComputePassEncoder) {
      const all = (pass: GPUComputePassEncoder) => {
        for (const piece of pieces) {
          dispatch(pass, piece.whole, (piece.end - piece.first) * splits);
          merge(pass, piece);
        }
      };
      if ("dispatchWorkgroups" in target) all(target);
      else inPass(target, all);
    },
    // Slices have uniforms of their own, so that they do not touch what has been encoded and not yet submitted.
    submitSlice(piece: Piece, first: number, count: number) {
      piece.setSlice(first, first + count);
      const encoder = device.createCommandEncoder({ label: name });
      inPass(encoder, (pass) => {
        dispatch(pass, piece.slice, count * splits);
        if (first + count === piece.end) merge(pass, piece);
      });
      device.queue.submit([encoder.finish()]);
    },
  };
}

/** The commands of a launch as its caller sees them; `disposed` is told once. */
export function launchOf(work: Work, disposed: () => void): LaunchCommands {
  const { name, device, watch, pieces, splits, creation } = work;
  const commands = commandsOf(work);
  let alive = true;

  const requireNone = (problems: readonly Problem[]) => {
    const error = watch.error() ?? (problems.length > 0 ? new LaunchError(name, problems) : undefined);
    if (error) throw error;
  };
  const requireAlive = () => {
    if (!alive) throw new LaunchError(name, [problem("disposed", "a launch")]);
    requireNone([]);
  };
  return {
    encode(target) {
      requireAlive();
      commands.encode(target);
    },
    async run({ sliceMilliseconds = 200 }: RunOptions = {}) {
      requireAlive();
      requireNone(await creation);
      let count = Number.isFinite(sliceMilliseconds) ? Math.ceil(FIRST_SLICE / splits) : Number.POSITIVE_INFINITY;
      for (const piece of pieces) {
        for (let { first } = piece; first < piece.end; ) {
          requireAlive();
          const slice = Math.min(count, piece.end - first);
          const start = performance.now();
          const [, faults] = scoped(device, () => commands.submitSlice(piece, first, slice));
          await queueDone(device, watch);
          requireNone(await faults);
          first += slice;
          // The last slice of a piece may be short, and is no reason for a longer one.
          const next = nextSlice(slice, performance.now() - start, sliceMilliseconds);
          if (slice === count || next < slice) count = next;
        }
      }
    },
    async finished() {
      requireAlive();
      requireNone(await creation);
      await queueDone(device, watch);
    },
    dispose() {
      if (!alive) return;
      alive = false;
      for (const buffer of work.owned) buffer.destroy();
      disposed();
    },
  };
}
