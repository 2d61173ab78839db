/** `npm run bench`: time of the generated kernels on the adapter, per pattern and grid, beside dense attention in the same run. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CompiledFile, compileFile, countPairs } from "mscc/compile";
import { type Gpu, openGpu, runAttention, writeWhole } from "mscc/runtime";

const root = fileURLToPath(new URL("../../", import.meta.url));
const HEADS = 2;
const DIM = 64;
const RUNS = 3;

const PATTERNS = [
  { file: "dense.ts", name: "dense", params: {} },
  { file: "frame-causal.ts", name: "frameCausal", params: {} },
  { file: "local-window.ts", name: "localWindow", params: { frames: 3, radius: 3 } },
  { file: "light-cone.ts", name: "lightCone", params: { frames: 3, radius: 2, speed: 1 } },
  { file: "strided-frames.ts", name: "stridedFrames", params: { stride: 4 } },
];
const GRIDS = [
  [8, 8, 8],
  [8, 8, 16],
  [8, 16, 16],
];

interface Row {
  readonly pattern: string;
  readonly grid: readonly number[];
  readonly tokens: number;
  readonly milliseconds: number;
  /** Median over runs of this pattern's time divided by that of dense attention right before it. */
  readonly ofDense: number;
  readonly usefulGflops: number;
  readonly visitedGflops: number;
  readonly gflopsPerSecond: number;
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

function randomOperand(shape: readonly number[], seed: number) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return { shape, data: Float32Array.from({ length: shape.reduce((n, extent) => n * extent, 1) }, next) };
}

async function timeOnce(gpu: Gpu, compiled: CompiledFile, grid: readonly number[], params: Record<string, number>) {
  const shape = [1, HEADS, ...grid, DIM];
  const [q, k, v] = [1, 2, 3].map((seed) => randomOperand(shape, seed)) as [
    ReturnType<typeof randomOperand>,
    ReturnType<typeof randomOperand>,
    ReturnType<typeof randomOperand>,
  ];
  const { milliseconds = Number.NaN } = await runAttention(gpu, compiled, { q, k, v, params }, { timing: true });
  return milliseconds;
}

/** One row: the pattern and dense attention run in turn, so that a machine that slows down slows both. */
async function measure(
  gpu: Gpu,
  compiled: CompiledFile,
  dense: CompiledFile,
  grid: readonly number[],
  params: Record<string, number>,
): Promise<Row> {
  const times: number[] = [];
  const ratios: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const other = await timeOnce(gpu, dense, grid, {});
    const own = await timeOnce(gpu, compiled, grid, params);
    times.push(own);
    ratios.push(own / other);
  }
  const { useful, visited } = countPairs(compiled.plan, { size: { q: grid, k: grid }, params });
  const gflops = (pairs: number) => (4 * pairs * DIM * HEADS) / 1e9;
  const milliseconds = median(times);
  return {
    pattern: compiled.manifest.name,
    grid,
    tokens: grid.reduce((n, extent) => n * extent, 1),
    milliseconds,
    ofDense: median(ratios),
    usefulGflops: gflops(useful),
    visitedGflops: gflops(visited),
    gflopsPerSecond: gflops(visited) / (milliseconds / 1000),
  };
}

function table(rows: readonly Row[]): string {
  const head = ["pattern", "grid", "tokens", "ms", "of dense", "useful GFLOP", "visited GFLOP", "visited GFLOP/s"];
  const lines = rows.map((row) => [
    row.pattern,
    row.grid.join(" x "),
    String(row.tokens),
    row.milliseconds.toFixed(1),
    row.ofDense.toFixed(2),
    row.usefulGflops.toFixed(2),
    row.visitedGflops.toFixed(2),
    row.gflopsPerSecond.toFixed(1),
  ]);
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const gpu = await openGpu();
const adapter = gpu.info.description || gpu.info.device || gpu.info.vendor;
console.log(`adapter: ${adapter}; float32, ${HEADS} heads of ${DIM}, median of ${RUNS} paired runs`);
const variant = (file: string, name: string) =>
  compileFile(join(root, "dsl", "variants", file), name, { headDim: DIM });
const dense = await variant("dense.ts", "dense");
const rows: Row[] = [];
for (const { file, name, params } of PATTERNS) {
  const compiled = await variant(file, name);
  for (const grid of GRIDS) rows.push(await measure(gpu, compiled, dense, grid, params));
  console.log(`${name}: done`);
}
gpu.close();
const markdown = table(rows);
console.log(`\n${markdown}\n`);
const folder = join(root, "bench", "results");
mkdirSync(folder, { recursive: true });
const description = { adapter, dtype: "f32", heads: HEADS, headDim: DIM, runs: RUNS, rows };
writeWhole(join(folder, "kernels.json"), `${JSON.stringify(description, null, 2)}\n`);
writeWhole(
  join(folder, "kernels.md"),
  `Adapter: ${adapter}; float32, ${HEADS} heads of ${DIM}, median of ${RUNS} paired runs.\n\n${markdown}\n`,
);
console.log("written: bench/results/kernels.json, bench/results/kernels.md");
