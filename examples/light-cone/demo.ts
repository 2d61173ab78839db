/** The demonstration: clip -> tokens -> compiled kernel -> adapter -> check -> picture, saying what it does at each step. */
import { mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type CompiledFile, compileFile, countPairs, describeLoops, type PairCount } from "mscc/compile";
import { parseY4m, type Y4m } from "mscc/msc";
import { type Gpu, kindName, lacking, openGpu, runAttention, writeWhole } from "mscc/runtime";
import { type Check, check, type Errors, type Params, type Place, weightsOf } from "./check.js";
import { pictureOf } from "./picture.js";
import { rasterise } from "./raster.js";
import { HEAD_DIM, HEADS, PATCH, type Tokens, tokensOf, VALUE_DIM } from "./tokens.js";

export interface DemoOptions {
  /** The checkout. */
  readonly root: string;
  /** Folder of the picture. */
  readonly out: string;
  readonly print: (line: string) => void;
}

export interface Outcome {
  /** Path of the PNG. */
  readonly picture: string;
  readonly check: Check;
  readonly pairs: PairCount;
  /** The kernel and the derived loops are right. */
  readonly passed: boolean;
}

const CLIP = "examples/data/pedestrians-128x96.y4m";
const SOURCE = "dsl/variants/light-cone.ts";
/** Every third frame, so that one step shows a walking man about one token further. */
const FRAMES = { first: 46, every: 3, count: 8 };
const PARAMS: Params = { frames: 6, radius: 1, speed: 1 };
/** On the coat of the man at the right, in the newest frame. */
const QUERY: Place = { t: FRAMES.count - 1, y: 10, x: 25 };
const HEAD = 0;

const number = (value: number) => value.toLocaleString("en-US");
const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
const milliseconds = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const small = (value: number) => value.toExponential(1);

/** A line with its subject in a column of its own. */
const entry = (subject: string, text: string) => `${subject.padEnd(10)}${text}`;

/** The numbers of the frames that are shown. */
const NUMBERS = Array.from({ length: FRAMES.count }, (_, i) => FRAMES.first + i * FRAMES.every);

function sayCompiled({ manifest, kernel, code, plan }: CompiledFile, took: number, { print }: DemoOptions): void {
  const tile = (extents: readonly number[]) => extents.join(" x ");
  print(entry("compiled", `${manifest.source}, ${manifest.name}, in ${milliseconds(took)}`));
  print(entry("", manifest.sentence));
  print(entry("", `attend: ${manifest.attend}`));
  print(entry("kernel", `${kernel.file}, profile ${kindName(kernel)}, ${code.split("\n").length - 1} lines`));
  print(entry("", `tiles of ${tile(kernel.queryTile)} queries and ${tile(kernel.keyTile)} keys (t, y, x)`));
  print("");
  print("derived loops, for any grid and any params:");
  for (const line of describeLoops(plan)) print(`  ${line}`);
  print("");
}

const DIMS = { headDim: HEAD_DIM, valueDim: VALUE_DIM };
/** Kinds of kernels that some adapters run, best first. */
const KINDS = [
  { profile: "subgroups", subgroupSize: 32 },
  { profile: "subgroups", subgroupSize: 8 },
  { profile: "subgroups", subgroupSize: 4 },
] as const;
const BASELINE = { profile: "baseline" } as const;

/** The best kernel that the adapter runs, as `mscc run` takes it, and the time that compiling it took. */
async function compileFor({ device, info }: Gpu, path: string) {
  for (const kind of [...KINDS, BASELINE]) {
    const start = performance.now();
    const compiled = await compileFile(path, "lightCone", { ...DIMS, ...kind });
    const took = performance.now() - start;
    if (kind === BASELINE || lacking(device, compiled.kernel, info).length === 0) return { compiled, took };
  }
  throw new Error("the baseline is the last kind");
}

/** Compiles for the adapter there is, runs, and says what came of it. */
async function compileAndRun(tokens: Tokens, options: DemoOptions) {
  const gpu = await openGpu();
  try {
    const { compiled, took } = await compileFor(gpu, join(options.root, SOURCE));
    sayCompiled(compiled, took, options);
    return { compiled, result: await run(gpu, compiled, tokens, options) };
  } finally {
    gpu.close();
  }
}

/** Runs the kernel twice: with shader compilation, and warm. */
async function run(gpu: Gpu, compiled: CompiledFile, tokens: Tokens, { print }: DemoOptions) {
  const { device, description, vendor } = gpu.info;
  print(entry("adapter", `${device || vendor}${description ? ` (${description})` : ""}`));
  const input = { q: tokens.q, k: tokens.k, v: tokens.v, params: PARAMS };
  const start = performance.now();
  const result = await runAttention(gpu, compiled, input, { timing: true });
  const { milliseconds: warm = Number.NaN } = result;
  // What is left is from arrays to arrays: compilation, upload, the first run, download.
  const first = performance.now() - start - warm;
  print(entry("time", `first run ${milliseconds(first)} with shader compilation; warm ${milliseconds(warm)}`));
  return result;
}

function sayPairs({ useful, visited, dense, fullTiles, partialTiles }: PairCount, { print }: DemoOptions): void {
  const part = (pairs: number) => `${number(pairs)} (${percent(pairs, dense)})`;
  print(entry("pairs", `useful ${part(useful)}, visited ${part(visited)}, dense ${number(dense)}; per head`));
  print(entry("", `${number(fullTiles)} pairs of tiles attend whole, ${number(partialTiles)} in part`));
}

function sayCheck(result: Check, pairs: PairCount, { print }: DemoOptions): void {
  const errors = ({ kernel, plain }: Errors) => `worst error ${small(kernel)} (plain float32: ${small(plain)})`;
  const what = `all ${number(result.queries)} queries x ${HEADS} heads against the declared function in float64`;
  print(entry("check", `${what}: ${result.passed ? "equal but for rounding" : "DIFFERENT"}`));
  print(entry("", `output: ${errors(result.output)}; LSE: ${errors(result.lse)}`));
  const agree = result.pairs === pairs.useful ? "the useful pairs of the loops" : "DIFFERENT from the loops";
  print(entry("", `it holds for ${number(result.pairs)} of ${number(pairs.dense)} pairs: ${agree}`));
}

/** Composes and writes the picture. */
function draw(clip: Y4m, tokens: Tokens, sentence: string, pairs: PairCount): Uint8Array {
  const { keys, weights } = weightsOf(tokens, PARAMS, HEAD, QUERY);
  const [t, y, x] = tokens.grid;
  const all = t * y * x;
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const notes = [
    `This query sees ${keys.length} of ${number(all)} keys (${percent(keys.length, all)}); their weights sum to ${sum.toFixed(3)} (head ${HEAD} of ${HEADS}).`,
    `All queries together: ${number(pairs.useful)} of ${number(pairs.dense)} pairs (${percent(pairs.useful, pairs.dense)}).`,
    `Grid: ${t} frames (every ${FRAMES.every}rd of the clip) of ${y} x ${x} tokens; the part around the cone is shown. Clip: vtest.avi of OpenCV.`,
  ];
  const rgb = (n: number) => Uint8Array.from(clip.frame(n), (value) => Math.round(127.5 * (value + 1)));
  const frames = NUMBERS.map((n) => ({ number: n, width: clip.width, rgb: rgb(n) }));
  const [perDuration, duration] = clip.rate;
  const seconds = (FRAMES.every * duration) / perDuration;
  const scene = { frames, seconds, grid: tokens.grid, query: QUERY, params: PARAMS, keys, weights, sentence, notes };
  return rasterise(pictureOf(scene));
}

/** @throws ModelError for a damaged clip, and what `mscc/compile` and `mscc/runtime` throw, such as HostError without an adapter. */
export async function runDemo(options: DemoOptions): Promise<Outcome> {
  const { root, out, print } = options;
  const clip = parseY4m(readFileSync(join(root, CLIP)), CLIP);
  const { width, height } = clip;
  const tokens = tokensOf(NUMBERS.map((n) => ({ width, height, ...clip.planes(n) })));
  const [t, y, x] = tokens.grid;
  print(entry("clip", `${CLIP}, frames ${NUMBERS.join(", ")}`));
  print(entry("tokens", `t=${t}, y=${y}, x=${x}: patches of ${PATCH} x ${PATCH} pixels; ${HEADS} heads`));
  print(entry("", `head dim ${HEAD_DIM}, value dim ${VALUE_DIM}`));
  const { compiled, result } = await compileAndRun(tokens, options);
  const size = { q: tokens.grid, k: tokens.grid };
  const pairs = countPairs(compiled.plan, { size, params: PARAMS });
  sayPairs(pairs, options);
  const checked = check(tokens, PARAMS, result);
  sayCheck(checked, pairs, options);

  const picture = join(out, "light-cone.png");
  mkdirSync(out, { recursive: true });
  writeWhole(picture, draw(clip, tokens, compiled.manifest.sentence, pairs));
  print(entry("picture", relative(process.cwd(), picture)));
  return { picture, check: checked, pairs, passed: checked.passed && checked.pairs === pairs.useful };
}
