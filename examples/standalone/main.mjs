// Uses a kernel that mscc emitted, and nothing else of mscc: the module, a device, four buffers.
// Run it with `node examples/standalone/main.mjs`; a browser has a device of its own, and needs no "webgpu".
import { create, globals } from "webgpu";
import { load, manifest } from "../../generated/lightCone/index.js";

Object.assign(globalThis, globals);

// A clip of 6 frames of 12 by 16 tokens, 2 heads of 64 channels.
const [batch, heads, t, y, x, dim] = [1, 2, 6, 12, 16, 64];
const tokens = t * y * x;

/** Numbers in [-1, 1) that are the same on every run. @param {number} seed */
function noise(seed) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return Float32Array.from({ length: batch * heads * tokens * dim }, next);
}

/** @param {GPUDevice} device @param {GPUBuffer} buffer @param {number} count */
async function readBack(device, buffer, count) {
  const copy = device.createBuffer({ size: 4 * count, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, 4 * count);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const values = new Float32Array(copy.getMappedRange().slice(0));
  copy.destroy();
  return values;
}

// Kept alive for the whole process: Dawn crashes once this object is garbage-collected.
globalThis.gpu = create([]);
const adapter = await globalThis.gpu.requestAdapter();
if (!adapter) throw new Error("no WebGPU adapter: install a Vulkan driver, such as mesa-vulkan-drivers");
// The better kernels of the module need features that a device has only where they were asked for.
/** @type {GPUFeatureName[]} */
const features = ["subgroups"];
const device = await adapter.requestDevice({ requiredFeatures: features.filter((each) => adapter.features.has(each)) });
console.log(`${manifest.name}: ${manifest.sentence}`);

/** @type {readonly [number, number, number, number, number, number]} */
const shape = [batch, heads, t, y, x, dim];
/** @param {Float32Array<ArrayBuffer>} [data] */
const operand = (data) => {
  const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const size = 4 * batch * heads * tokens * dim;
  const buffer = device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
  if (data) device.queue.writeBuffer(buffer, 0, data);
  return { buffer, shape };
};
const values = noise(3);
const [q, k, v, output] = [operand(noise(1)), operand(noise(2)), operand(values), operand()];

const kernel = await load(device, { headDim: 64, log: console.log });

/** Runs the kernel with other params: nothing is compiled again. @param {import("../../generated/lightCone/index.js").Params} params */
async function attend(params) {
  const launch = kernel.bind({ q, k, v, output, params });
  await launch.run();
  const result = await readBack(device, output.buffer, batch * heads * tokens * dim);
  const lse = await readBack(device, launch.lse.buffer, batch * heads * tokens);
  launch.dispose();
  return { result, lse };
}

// One frame and no radius: every token sees only itself, so the output is the values.
const alone = await attend({ frames: 1, radius: 0, speed: 0 });
const difference = alone.result.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i])), 0);
console.log(`each token alone: output differs from the values by at most ${difference}`);

const cone = await attend({ frames: 4, radius: 1, speed: 1 });
const last = batch * heads * tokens - 1;
const show = (/** @type {Float32Array} */ numbers) => [...numbers].map((value) => value.toFixed(4)).join(" ");
console.log(
  `4 frames, radius 1, speed 1: the last token's output begins ${show(cone.result.slice(last * dim, last * dim + 4))}`,
);
console.log(`its LSE is ${cone.lse[last].toFixed(4)}`);

kernel.dispose();
device.destroy();
