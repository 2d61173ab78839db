/** `npm run build && node dist/bench/model.js [preset ...]`: forward passes of the model on this adapter, and where their time goes. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Gpu, openGpu, writeWhole } from "mscc/runtime";
import { wgslTarget } from "../backends/wgsl/index.js";
import { median } from "../cli/bench/timing.js";
import { readModelPatterns } from "../cli/msc/patterns.js";
import { packageFolder } from "../cli/tool.js";
import { createCaches } from "../models/msc/branch-cache.js";
import { readModel } from "../models/msc/compiled.js";
import type { MscConfig } from "../models/msc/config.js";
import { forwardFlops } from "../models/msc/flops.js";
import { type Network, openNetwork } from "../models/msc/network.js";
import { pairCounter } from "../models/msc/pairs.js";
import { presets } from "../models/msc/presets.js";
import type { Step } from "../models/msc/program.js";
import { normals, randomStream } from "../models/msc/random.js";
import { createStage, type Stage } from "../models/msc/stage.js";
import { initialWeights } from "../models/msc/weights.js";
import { describeAdapter } from "../runtime/adapters.js";
import { readBack } from "../runtime/measured.js";
import { machineText } from "./machine.js";
import { root } from "./own.js";
import { short, size, table } from "./report.js";

/** Passes that are timed: as many as fit in the time, but one at least. */
const [MOST_ROUNDS, BUDGET] = [5, 20_000];

export interface KernelShare {
  readonly kernel: string;
  readonly launches: number;
  readonly milliseconds: number;
}

export interface ModelRow {
  readonly preset: string;
  readonly grid: readonly number[];
  /** Of a forward pass of the whole grid, from the host's call to the end of its work. */
  readonly milliseconds: number;
  /** Of matrix products and of the pairs that attend. */
  readonly flops: number;
  /** By the device's timestamps, every launch in a pass of its own; absent where the device has none. */
  readonly kernels?: readonly KernelShare[];
}

const nameOf = (step: Step) => (step.kind === "attention" ? step.pattern : step.kernel);

// GPUBufferUsage, which Node has no global for.
const [COPY_SRC, QUERY_RESOLVE] = [0x4, 0x200];

/** A stage with a clip of noise on it, and one forward pass, waited for. */
function openStage(network: Network, timestamps?: (step: Step) => GPUComputePassTimestampWrites) {
  const { grid } = network.config;
  const caches = createCaches(network, grid);
  const stage: Stage = createStage(network, caches, { frames: grid.t, ...(timestamps ? { timestamps } : {}) });
  stage.place(0);
  stage.write(normals(1, "bench", stage.clipLength));
  const levels = (level: number) => Array.from({ length: grid.t }, () => level);
  const run = async () => {
    stage.forward(levels(0.5), levels(0.4));
    await network.device.queue.onSubmittedWorkDone();
  };
  const close = () => {
    stage.dispose();
    caches.dispose();
  };
  return { run, close };
}

/** Milliseconds of every kernel in one forward pass, all its launches together. */
async function kernelShares(network: Network): Promise<KernelShare[]> {
  const { device, model } = network;
  const { steps } = model.file.program;
  const count = 2 * steps.length;
  const querySet = device.createQuerySet({ type: "timestamp", count });
  const resolved = device.createBuffer({ size: 8 * count, usage: QUERY_RESOLVE | COPY_SRC });
  const { run, close } = openStage(network, (step) => {
    const at = 2 * steps.indexOf(step);
    return { querySet, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
  });
  try {
    await run();
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    device.queue.submit([encoder.finish()]);
    const [bytes] = await readBack(device, [{ buffer: resolved, bytes: 8 * count }]);
    const times = new BigInt64Array(bytes as ArrayBuffer);
    const shares = new Map<string, KernelShare>();
    for (const [i, step] of steps.entries()) {
      const kernel = nameOf(step);
      const { launches, milliseconds } = shares.get(kernel) ?? { launches: 0, milliseconds: 0 };
      const own = Number((times[2 * i + 1] as bigint) - (times[2 * i] as bigint)) / 1e6;
      shares.set(kernel, { kernel, launches: launches + 1, milliseconds: milliseconds + own });
    }
    return [...shares.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  } finally {
    close();
    querySet.destroy();
    resolved.destroy();
  }
}

function flopsOf(config: MscConfig): number {
  const session = { io: { stdout: process.stdout, stderr: process.stderr, cwd: root }, argv: [], exitWith: () => {} };
  const patterns = readModelPatterns(undefined, session);
  return forwardFlops(config, config.grid, pairCounter(Object.fromEntries(patterns), wgslTarget)).total;
}

/** Times a preset with weights of open gates: how long a pass takes does not depend on them. */
export async function timeModel(gpu: Gpu, preset: string, budget = BUDGET): Promise<ModelRow> {
  const read = async (file: string) => readFileSync(join(packageFolder(), "generated", "msc", file), "utf8");
  const model = await readModel(preset, read, "f32");
  const { config } = model.file;
  const weights = [...initialWeights(config, 1, randomStream, "open")].map(([name, { data }]) => [name, data] as const);
  const network = await openNetwork(gpu.device, model, new Map(weights));
  try {
    const { run, close } = openStage(network);
    const times: number[] = [];
    try {
      await run(); // Compiles.
      const begun = performance.now();
      do {
        const start = performance.now();
        await run();
        times.push(performance.now() - start);
      } while (times.length < MOST_ROUNDS && performance.now() - begun < budget);
    } finally {
      close();
    }
    const hasTimestamps = gpu.device.features.has("timestamp-query");
    const { t, y, x } = config.grid;
    return {
      ...{ preset, grid: [t, y, x], milliseconds: median(times), flops: flopsOf(config) },
      ...(hasTimestamps ? { kernels: await kernelShares(network) } : {}),
    };
  } finally {
    network.dispose();
  }
}

function rowLines({ preset, grid, milliseconds, flops, kernels = [] }: ModelRow): string[] {
  const all = kernels.reduce((sum, kernel) => sum + kernel.milliseconds, 0);
  const rate = `${short(flops / 1e9)} GFLOP, ${short(flops / milliseconds / 1e6)} GFLOP/s`;
  return [
    `## ${preset}, ${size(grid)} tokens`,
    "",
    `A forward pass takes ${short(milliseconds)} ms: ${rate}.`,
    "",
    ...table(
      ["kernel", "launches", "ms", "part"],
      kernels.map((own) => [
        ...[own.kernel, String(own.launches), short(own.milliseconds)],
        `${((100 * own.milliseconds) / all).toFixed(1)} %`,
      ]),
    ),
    "",
  ];
}

const markdown = (rows: readonly ModelRow[], adapter: string) => `# Forward passes of the model

Written by \`node dist/bench/model.js\` on ${new Date().toISOString().slice(0, 10)}. ${machineText()}; adapter ${adapter}.
float32, a whole clip of the preset's grid at once; the median of up to ${MOST_ROUNDS} passes by the host's clock. FLOPs are of matrix products and of the pairs that attend, as \`mscc msc info\` counts them. Kernels by the device's timestamps (none where the adapter has none), each launch in a pass of its own.

${rows.flatMap(rowLines).join("\n")}`;

async function main(): Promise<void> {
  const named = process.argv.slice(2);
  const unknown = named.find((name) => !Object.hasOwn(presets, name));
  if (unknown !== undefined) {
    console.error(`no preset '${unknown}'; there are ${Object.keys(presets).join(", ")}`);
    process.exitCode = 1;
    return;
  }
  const gpu = await openGpu();
  try {
    const rows: ModelRow[] = [];
    for (const preset of named.length > 0 ? named : Object.keys(presets)) {
      const row = await timeModel(gpu, preset);
      rows.push(row);
      console.log(`${preset}: ${short(row.milliseconds)} ms, ${short(row.flops / row.milliseconds / 1e6)} GFLOP/s`);
    }
    const folder = join(root, "bench", "results");
    mkdirSync(folder, { recursive: true });
    const adapter = describeAdapter(gpu.adapter);
    writeWhole(join(folder, "model.json"), `${JSON.stringify({ adapter, rows }, null, 2)}\n`);
    writeWhole(join(folder, "model.md"), markdown(rows, adapter.name));
  } finally {
    gpu.close();
  }
}

if (process.argv[1]?.endsWith("model.js")) await main();
