/** `npm run build && node dist/bench/tiles.js`: what shapes of tiles cost on the adapter, and the weights of the cost model that fit best. */
import { join } from "node:path";
import { type CompiledFile, compileFile, countPairs, type TileShapes } from "mscc/compile";
import { type Gpu, kindName, openGpu, runAttention } from "mscc/runtime";
import type { KernelKind } from "../backends/wgsl/index.js";
import { median } from "../cli/bench/timing.js";
import { CONE, DIM, HEADS, tokensOf } from "./cases.js";
import { randomInputs } from "./exact.js";
import { kindFor, root } from "./own.js";

const ROUNDS = 5;

const CASES = [
  { file: "local-window.ts", name: "localWindow", grid: [4, 16, 16], params: { frames: 3, radius: 4 } },
  { file: "light-cone.ts", name: "lightCone", grid: [4, 16, 16], params: { frames: 3, radius: 1, speed: 2 } },
  { file: "disc.ts", name: "disc", grid: [3, 16, 16], params: { frames: 2, radius: 4 } },
  { file: "frame-causal.ts", name: "frameCausal", grid: [4, 12, 16], params: {} },
];
const SHAPES = [
  [1, 4, 8],
  [1, 2, 16],
  [2, 4, 4],
];

interface Row {
  readonly pattern: string;
  readonly tiles: TileShapes;
  /** Per head. */
  readonly queryTiles: number;
  readonly full: number;
  readonly masked: number;
  /** Median over the rounds. */
  readonly milliseconds: number;
}

type Case = (typeof CASES)[number];

/** One pattern with one pair of shapes, and the times that it took. */
interface Trial {
  readonly of: Case;
  readonly tiles: TileShapes;
  readonly compiled: CompiledFile;
  readonly times: number[];
}

async function trialsOf(of: Case, { profile, subgroupSize }: KernelKind): Promise<Trial[]> {
  const kind = { profile, ...(subgroupSize === undefined ? {} : { subgroupSize }) };
  const trials: Trial[] = [];
  for (const query of SHAPES) {
    for (const key of SHAPES.slice(0, 2)) {
      const tiles = { query, key };
      const path = join(root, "dsl", "variants", of.file);
      trials.push({
        of,
        tiles,
        compiled: await compileFile(path, of.name, { headDim: DIM, tiles, ...kind }),
        times: [],
      });
    }
  }
  return trials;
}

async function timeOnce(gpu: Gpu, { of: { grid, params }, compiled, times }: Trial): Promise<void> {
  const shape = [1, HEADS, ...grid, DIM];
  // Random values have no order that a layout could change.
  const { q, k, v } = randomInputs(tokensOf(grid));
  const operand = (data: Float32Array<ArrayBuffer>) => ({ shape, data });
  const input = { q: operand(q), k: operand(k), v: operand(v), params: { ...params } };
  const { milliseconds = Number.NaN } = await runAttention(gpu, compiled, input, { timing: true });
  times.push(milliseconds);
}

function rowOf({ of: { name, grid, params }, tiles, compiled, times }: Trial): Row {
  const counted = countPairs(compiled.plan, { size: { q: grid, k: grid }, params: { ...params } });
  const queryTiles = tokensOf(grid.map((extent, axis) => Math.ceil(extent / (tiles.query[axis] as number))));
  const { fullTiles: full, partialTiles: masked } = counted;
  return { pattern: name, tiles, queryTiles, full, masked, milliseconds: median(times) };
}

/** Least squares of `milliseconds = x . (boxes, masked, tiles)` relative to the measured time, by the normal equations. */
function fitted(rows: readonly Row[]): number[] {
  const lines = rows.map((row) => {
    const { full, masked, queryTiles, milliseconds } = row;
    return [full + masked, masked, queryTiles].map((count) => count / milliseconds);
  });
  const size = 3;
  const matrix = Array.from({ length: size }, (_, i) => [
    ...Array.from({ length: size }, (_, j) =>
      lines.reduce((sum, line) => sum + (line[i] as number) * (line[j] as number), 0),
    ),
    lines.reduce((sum, line) => sum + (line[i] as number), 0),
  ]);
  for (let i = 0; i < size; i++) {
    const pivot = matrix[i] as number[];
    for (const [j, line] of matrix.entries()) {
      if (i === j) continue;
      const factor = (line[i] as number) / (pivot[i] as number);
      for (let c = 0; c <= size; c++) line[c] = (line[c] as number) - factor * (pivot[c] as number);
    }
  }
  return matrix.map((line, i) => (line[size] as number) / (line[i] as number));
}

function report(rows: readonly Row[]): string[] {
  const [box = 1, mask = 0, tile = 0] = fitted(rows);
  const expected = ({ full, masked, queryTiles }: Row) => box * (full + masked) + mask * masked + tile * queryTiles;
  const ratios = rows.map((row) => expected(row) / row.milliseconds);
  const off = median(ratios.map((ratio) => Math.abs(ratio - 1)));
  return [
    ...rows.map((row) => {
      const { pattern, tiles, queryTiles, full, masked, milliseconds } = row;
      const shapes = `${tiles.query.join("x")} ${tiles.key.join("x")}`;
      const counts = `${queryTiles} tiles, ${full} full, ${masked} masked`;
      return `${pattern} ${shapes}: ${counts}, ${milliseconds.toFixed(1)} ms, expected ${expected(row).toFixed(1)}`;
    }),
    `a box takes ${((1000 * box) / HEADS).toFixed(2)} us; mask ${(mask / box).toFixed(2)}, tile ${(tile / box).toFixed(2)} boxes`,
    `median deviation ${(100 * off).toFixed(0)} %`,
  ];
}

const gpu = await openGpu();
const kind = await kindFor(gpu, CONE);
const trials = (await Promise.all(CASES.map((each) => trialsOf(each, kind)))).flat();
console.log(`${kindName(kind)} on ${gpu.info.device || gpu.info.description}`);
// All in turn, so that a machine that slows down slows all.
for (let round = 0; round < ROUNDS; round++) {
  for (const trial of trials) await timeOnce(gpu, trial);
  console.log(`round ${round + 1} of ${ROUNDS}: done`);
}
gpu.close();
for (const text of report(trials.map(rowOf))) console.log(text);
