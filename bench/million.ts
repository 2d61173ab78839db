/**
 * `npm run build && node dist/bench/million.js [frames]`: a million tokens of a window pattern, each operand larger than a
 * binding, on the adapter; sampled rows are held against float64, by calling the declared function for every key there is.
 */
import { join } from "node:path";
import { compileFile } from "mscc/compile";
import { type Gpu, kindName, type Operand, openGpu, writeWhole } from "mscc/runtime";
import { DIM, type Grid, HEADS, positionOf, WINDOW } from "./cases.js";
import { kindFor, root } from "./own.js";

const GRID: Grid = [Number(process.argv[2] ?? 250), 50, 80];
const SAMPLES = 24;
// Usages of buffers and modes of mapping, which Node has no globals for.
const [MAP_READ, COPY_SRC, COPY_DST, STORAGE] = [1, 4, 8, 128];
const CHUNK = 2 ** 22;

const SHAPE = [1, HEADS, ...GRID, DIM];
const COUNT = SHAPE.reduce((product, extent) => product * extent, 1);
const TOKENS = COUNT / HEADS / DIM;

/** Element `index` of the operand with this seed, in [-1, 1): any of them can be made again, so that none is kept. */
function element(seed: number, index: number): number {
  let mixed = Math.imul(index ^ (seed << 28), 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae3d);
  return Math.fround((mixed ^ (mixed >>> 16)) / 2 ** 31);
}

/** An operand on the device, written piece by piece. */
function operandOf({ device }: Gpu, seed: number): Operand {
  const buffer = device.createBuffer({ size: 4 * COUNT, usage: STORAGE | COPY_DST });
  for (let first = 0; first < COUNT; first += CHUNK) {
    const values = Float32Array.from({ length: Math.min(CHUNK, COUNT - first) }, (_, i) => element(seed, first + i));
    device.queue.writeBuffer(buffer, 4 * first, values);
  }
  return { buffer, shape: SHAPE };
}

/** The output of one query, in float64; every key of the grid is asked for. */
function exactly(head: number, token: number): number[] {
  const row = (seed: number, of: number) => (d: number) => element(seed, (head * TOKENS + of) * DIM + d);
  const dims = Array.from({ length: DIM }, (_, d) => d);
  const q = row(1, token);
  const at = positionOf(token, GRID);
  const seen: { readonly key: number; readonly logit: number }[] = [];
  for (let key = 0; key < TOKENS; key++) {
    if (!WINDOW.attends(at, positionOf(key, GRID))) continue;
    const k = row(2, key);
    seen.push({ key, logit: dims.reduce((sum, d) => sum + q(d) * k(d), 0) / Math.sqrt(DIM) });
  }
  const weights = seen.map(({ logit }) => Math.exp(logit));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return dims.map((d) => seen.reduce((sum, { key }, i) => sum + ((weights[i] as number) / total) * row(3, key)(d), 0));
}

/** Tokens at the corners of the grid, and others all over it. */
const sampled = Array.from({ length: SAMPLES }, (_, i) => ({
  head: i % HEADS,
  token: i === 0 ? 0 : i === 1 ? TOKENS - 1 : Math.floor(((Math.sqrt(5) * i) % 1) * TOKENS),
}));

/** The rows of the output that are compared. */
async function rowsOf({ device }: Gpu, output: GPUBuffer): Promise<Float32Array> {
  const staging = device.createBuffer({ size: 4 * DIM * SAMPLES, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  for (const [i, { head, token }] of sampled.entries()) {
    encoder.copyBufferToBuffer(output, 4 * DIM * (head * TOKENS + token), staging, 4 * DIM * i, 4 * DIM);
  }
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(1);
  const rows = new Float32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  return rows;
}

/** What the launcher asks of the device from here on: bytes of its own buffers, and of the largest binding. */
function watched({ device }: Gpu) {
  const seen = { owned: 0, largest: 0 };
  const [createBuffer, createBindGroup] = [device.createBuffer.bind(device), device.createBindGroup.bind(device)];
  device.createBuffer = (descriptor) => {
    seen.owned += descriptor.size;
    return createBuffer(descriptor);
  };
  device.createBindGroup = (descriptor) => {
    for (const { resource } of descriptor.entries) {
      if ("buffer" in resource) seen.largest = Math.max(seen.largest, resource.size ?? 0);
    }
    return createBindGroup(descriptor);
  };
  return seen;
}

/** What was said, for the file of results. */
const said: string[] = [];
function say(text: string): void {
  console.log(text);
  said.push(text);
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

const gpu = await openGpu();
const { profile, subgroupSize } = await kindFor(gpu, WINDOW);
const kind = { profile, ...(subgroupSize === undefined ? {} : { subgroupSize }) };
const compiled = await compileFile(join(root, "dsl", "variants", WINDOW.file), WINDOW.name, { headDim: DIM, ...kind });
say(`adapter: ${gpu.info.description || gpu.info.device || gpu.info.vendor}, profile ${kindName(compiled.kernel)}`);
say(`${TOKENS} tokens (${GRID.join(" x ")}), ${HEADS} heads of ${DIM}, f32: ${megabytes(4 * COUNT)} an operand`);
say(
  `limits: a buffer ${gpu.device.limits.maxBufferSize}, a binding ${gpu.device.limits.maxStorageBufferBindingSize} bytes`,
);
const kernel = await gpu.kernel(compiled);
const [q, k, v] = [operandOf(gpu, 1), operandOf(gpu, 2), operandOf(gpu, 3)] as const;
const buffer = gpu.device.createBuffer({ size: 4 * COUNT, usage: STORAGE | COPY_SRC });
const lse = gpu.device.createBuffer({ size: (4 * COUNT) / DIM, usage: STORAGE });
const seen = watched(gpu);
const bindStart = performance.now();
const launch = kernel.bind({
  ...{ q, k, v, params: WINDOW.params },
  ...{ output: { buffer, shape: SHAPE }, lse: { buffer: lse, shape: SHAPE.slice(0, -1) } },
});
const bound = performance.now() - bindStart;
say(`${launch.tiles} tiles in ${launch.slabs} slabs, bound in ${bound.toFixed(1)} ms`);
say(`mask data 0 bytes, block lists 0 bytes; uniforms ${seen.owned} bytes; largest binding ${seen.largest} bytes`);
const start = performance.now();
await launch.run();
say(`ran in ${((performance.now() - start) / 1000).toFixed(1)} s, shader compilation included`);
const rows = await rowsOf(gpu, buffer);
let worst = 0;
for (const [i, { head, token }] of sampled.entries()) {
  for (const [d, value] of exactly(head, token).entries()) {
    const error = Math.abs((rows[i * DIM + d] as number) - value);
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
}
say(`${SAMPLES} rows against float64: largest error ${worst.toExponential(2)}`);
launch.dispose();
gpu.close();
if (!(worst < 1e-5)) process.exitCode = 1;
else if (process.argv[2] === undefined) {
  const heading = "A million tokens of a window, written by `node dist/bench/million.js`:";
  writeWhole(
    join(root, "bench", "results", "million.md"),
    `${heading}\n\n${said.map((each) => `- ${each}\n`).join("")}`,
  );
}
