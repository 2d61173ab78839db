/** `npm run build && node dist/bench/contractions.js`: products of the model's sizes beside dense attention, in turn on this adapter. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type CompiledKernel, type Gpu, openGpu, type TensorKernel, type TensorLaunch, writeWhole } from "mscc/runtime";
import { tensorManifestOf } from "../backends/artefact/tensor-manifest.js";
import { wgslTarget } from "../backends/wgsl/index.js";
import { emitTensorWgsl, tensorKinds } from "../backends/wgsl/tensor/index.js";
import { openLaunch } from "../cli/bench/launching.js";
import { median, timeInTurn, warmTimer } from "../cli/bench/timing.js";
import { kindForDevice } from "../cli/device-kernel.js";
import { compileVariant } from "../cli/kernels.js";
import { readOperations } from "../cli/msc/build.js";
import { packageFolder } from "../cli/tool.js";
import { createReader } from "../compiler/frontend/read.js";
import type { Pattern } from "../compiler/plan/pattern.js";
import type { Tensor } from "../compiler/plan/tensor.js";
import { chooseTiles } from "../compiler/schedule/choose.js";
import { planTensor } from "../compiler/schedule/tensor-schedule.js";
import { describeAdapter } from "../runtime/adapters.js";
import { lacking } from "../runtime/launcher/device.js";
import { DIM, type Grid, HEADS, tokensOf } from "./cases.js";
import { machineText } from "./machine.js";
import { root } from "./own.js";
import { short, table } from "./report.js";

/** Rows, output channels and input channels: the linear layers of `tiny`, `three-scale` and `base` on clips of 16 frames. */
export const SIZES: readonly (readonly [rows: number, columns: number, depth: number])[] = [
  [3072, 384, 128],
  [3072, 512, 128],
  [3072, 128, 512],
  [4096, 256, 256],
  [4096, 1536, 384],
  [4096, 384, 1536],
];

const DENSE_GRID: Grid = [8, 16, 16];
const ROUNDS = 7;

export interface ContractionRow {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly kernel: string;
  readonly milliseconds: number;
  readonly gflops: number;
  /** FLOP rate over that of dense attention in the same round: the median. */
  readonly ratio: number;
}

/** Dense attention with the tiles of its grid, as `mscc bench` compiles it. */
function denseKernel(gpu: Gpu): CompiledKernel {
  const folder = packageFolder();
  const [pattern] = createReader().read(join(folder, "dsl", "variants", "dense.ts")).patterns;
  const dims = { headDim: DIM, valueDim: DIM };
  const { kind } = kindForDevice(pattern as Pattern, gpu, { dtype: "f32", ...dims });
  const { tiles } = chooseTiles(pattern as Pattern, wgslTarget, { size: { q: DENSE_GRID, k: DENSE_GRID } });
  const { manifest, kernels } = compileVariant(pattern as Pattern, {
    dims: [dims],
    kinds: [kind],
    schedules: [{ tiles }],
    cwd: folder,
  });
  const [made] = kernels;
  if (!made) throw new Error("no kernel of dense attention was made");
  return { manifest, ...made };
}

/** The best kernel of an operation that the device runs. */
async function bestKernel(gpu: Gpu, tensor: Tensor): Promise<TensorKernel> {
  const plan = planTensor(tensor);
  for (const kind of tensorKinds(plan)) {
    const { code, kernel } = emitTensorWgsl(plan, { dtype: "f32", kind });
    if (lacking(gpu.device, kernel, gpu.info).length > 0) continue;
    const whole = { ...kernel, file: "linear.wgsl" };
    return gpu.tensor({ manifest: tensorManifestOf(plan, [whole], "0.0.0"), kernel: whole, code });
  }
  throw new Error("no kernel of the contraction runs here");
}

// GPUBufferUsage, which Node has no global for.
const STORAGE = 0x80;

function openLinear({ device }: Gpu, kernel: TensorKernel, rows: number, columns: number, depth: number) {
  const buffers: GPUBuffer[] = [];
  const operand = (...shape: readonly number[]) => {
    const buffer = device.createBuffer({ size: 4 * shape.reduce((a, b) => a * b, 1), usage: STORAGE });
    buffers.push(buffer);
    return { buffer, shape };
  };
  const inputs = { x: operand(1, 1, rows, depth), weight: operand(columns, depth), bias: operand(columns) };
  const launch: TensorLaunch = kernel.bind({ inputs, output: operand(1, 1, rows, columns) });
  const close = () => {
    launch.dispose();
    for (const buffer of buffers) buffer.destroy();
  };
  return { launch, close };
}

/** FLOP rates of the model's products, each timed in turn with dense attention. */
export async function timeContractions(gpu: Gpu, sizes: typeof SIZES, rounds = ROUNDS): Promise<ContractionRow[]> {
  const linear = readOperations().get("linear") as Tensor;
  const kernel = await bestKernel(gpu, linear);
  const compiled = denseKernel(gpu);
  const dense = await openLaunch(gpu, compiled, {
    size: { q: DENSE_GRID, k: DENSE_GRID },
    queries: DENSE_GRID,
    heads: HEADS,
    keyHeads: HEADS,
    headDim: DIM,
    params: {},
    tables: {},
  });
  const denseFlops = 4 * tokensOf(DENSE_GRID) ** 2 * HEADS * DIM;
  const done: ContractionRow[] = [];
  try {
    for (const [rows, columns, depth] of sizes) {
      const { launch, close } = openLinear(gpu, kernel, rows, columns, depth);
      try {
        const timers = [await warmTimer(gpu.device, launch), await warmTimer(gpu.device, dense.launch)];
        const times = await timeInTurn(timers, rounds);
        const flops = 2 * rows * columns * depth;
        const milliseconds = median(times.map(([own]) => own as number));
        const ratio = median(times.map(([own = 0, other = 0]) => flops / own / (denseFlops / other)));
        done.push({
          rows,
          columns,
          depth,
          kernel: launch.kernel,
          milliseconds,
          gflops: flops / milliseconds / 1e6,
          ratio,
        });
      } finally {
        close();
      }
    }
    return done;
  } finally {
    dense.close();
  }
}

const markdown = (rows: readonly ContractionRow[], adapter: string) => `# Contractions

Written by \`node dist/bench/contractions.js\` on ${new Date().toISOString().slice(0, 10)}. ${machineText()}; adapter ${adapter}.
The model's \`linear\`, float32, beside dense attention (${HEADS} heads of ${DIM}, ${DENSE_GRID.join(" x ")} tokens), each round in turn; medians of ${ROUNDS} rounds.

${table(
  ["rows", "columns", "depth", "kernel", "ms", "GFLOP/s", "rate over dense attention's"],
  rows.map((row) => [
    ...[row.rows, row.columns, row.depth].map(String),
    row.kernel,
    short(row.milliseconds),
    short(row.gflops),
    short(row.ratio),
  ]),
).join("\n")}
`;

async function main(): Promise<void> {
  const gpu = await openGpu();
  try {
    const rows = await timeContractions(gpu, SIZES);
    const folder = join(root, "bench", "results");
    mkdirSync(folder, { recursive: true });
    const adapter = describeAdapter(gpu.adapter);
    writeWhole(join(folder, "contractions.json"), `${JSON.stringify({ adapter, rows }, null, 2)}\n`);
    writeWhole(join(folder, "contractions.md"), markdown(rows, adapter.name));
    for (const { rows: m, columns, depth, gflops, ratio } of rows) {
      console.log(`${m} x ${columns} x ${depth}: ${short(gflops)} GFLOP/s, ${short(ratio)} of dense attention's rate`);
    }
  } finally {
    gpu.close();
  }
}

if (process.argv[1]?.endsWith("contractions.js")) await main();
