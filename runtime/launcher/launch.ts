/** A bound kernel: encodes its dispatches, or submits them slice by slice. */
import { check } from "./check.js";
import { lastAtWork, queueDone, scoped } from "./device.js";
import { LaunchError, type Problem, problem } from "./messages.js";
import { type BoundSlab, makeResources, type Prepared, type Step } from "./resources.js";
import type { BindOptions, Launch, RunOptions } from "./types.js";

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

/** The commands of one launch, with so many workgroups per tile. */
function commandsOf({ name, device }: Prepared, splits: number) {
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
  const merge = (pass: GPUComputePassEncoder, { merge: step }: BoundSlab) => {
    if (step) dispatch(pass, step, step.workgroups);
  };
  return {
    encode(target: GPUCommandEncoder | GPUComputePassEncoder, slabs: readonly BoundSlab[]) {
      const all = (pass: GPUComputePassEncoder) => {
        for (const slab of slabs) {
          dispatch(pass, slab.whole, (slab.end - slab.first) * splits);
          merge(pass, slab);
        }
      };
      if ("dispatchWorkgroups" in target) all(target);
      else inPass(target, all);
    },
    // Slices have uniforms of their own, so that they do not touch what has been encoded and not yet submitted.
    submitSlice(slab: BoundSlab, first: number, count: number) {
      slab.setSlice(first, first + count);
      const encoder = device.createCommandEncoder({ label: name });
      inPass(encoder, (pass) => {
        dispatch(pass, slab.slice, count * splits);
        if (first + count === slab.end) merge(pass, slab);
      });
      device.queue.submit([encoder.finish()]);
    },
  };
}

/** Checks and prepares a launch; `disposed` is told once. */
export function bindKernel(prepared: Prepared, options: BindOptions, disposed: (launch: Launch) => void): Launch {
  const { name, device, compiled, watch } = prepared;
  const checked = check(compiled, device.limits, options);
  if (checked.problems.length > 0) throw new LaunchError(name, checked.problems);
  const { tiles, splits } = checked;
  const [resources, found] = scoped(device, () => makeResources(prepared, checked, options));
  const creation = Promise.all([prepared.creation, found]).then((faults) => faults.flat());
  const { slabs } = resources;
  const commands = commandsOf(prepared, splits);
  let alive = true;

  const requireAlive = () => {
    if (!alive) throw new LaunchError(name, [problem("disposed", "a launch")]);
    requireNone([]);
  };
  const requireNone = (problems: readonly Problem[]) => {
    const error = watch.error() ?? (problems.length > 0 ? new LaunchError(name, problems) : undefined);
    if (error) throw error;
  };
  const launch: Launch = {
    kernel: name,
    lse: resources.lse,
    tiles,
    slabs: slabs.length,
    splits,
    encode(target) {
      requireAlive();
      commands.encode(target, slabs);
    },
    async run({ sliceMilliseconds = 200 }: RunOptions = {}) {
      requireAlive();
      requireNone(await creation);
      let count = Number.isFinite(sliceMilliseconds) ? Math.ceil(FIRST_SLICE / splits) : tiles;
      for (const slab of slabs) {
        for (let { first } = slab; first < slab.end; ) {
          requireAlive();
          const slice = Math.min(count, slab.end - first);
          const start = performance.now();
          const [, faults] = scoped(device, () => commands.submitSlice(slab, first, slice));
          await queueDone(device, watch);
          requireNone(await faults);
          first += slice;
          // The last slice of a slab may be short, and is no reason for a longer one.
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
      for (const buffer of resources.owned) buffer.destroy();
      disposed(launch);
    },
  };
  return launch;
}
