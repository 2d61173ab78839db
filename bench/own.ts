/** mscc's side: kernels with tiles chosen for the grid, on operands that stay on the device. */
import { fileURLToPath } from "node:url";
import type { Gpu, Launch, Operand } from "mscc/runtime";
import { type KernelKind, wgslTarget } from "../backends/wgsl/index.js";
import { readDeclared } from "../cli/declared.js";
import { kindForDevice } from "../cli/device-kernel.js";
import { compileVariant } from "../cli/kernels.js";
import { countPairs } from "../compiler/plan/count.js";
import type { Pattern } from "../compiler/plan/pattern.js";
import type { AttentionPlan } from "../compiler/plan/plan.js";
import { chooseTiles } from "../compiler/schedule/choose.js";
import { type Case, DIM, type Grid, HEADS, tokensOf } from "./cases.js";
import type { Inputs } from "./exact.js";

export const root = fileURLToPath(new URL("../../", import.meta.url));

const patterns = new Map<string, Promise<Pattern>>();

async function readPattern({ file, name }: Case): Promise<Pattern> {
  const io = { stdout: process.stdout, stderr: process.stderr, cwd: root };
  const session = { io, argv: [], exitWith: () => {} };
  const { patterns: found, diagnostics } = await readDeclared(`dsl/variants/${file}`, [name], session);
  const [pattern] = found;
  if (!pattern) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return pattern;
}

/** The declared pattern, read once. */
export function patternOf(of: Case): Promise<Pattern> {
  const pattern = patterns.get(of.name) ?? readPattern(of);
  patterns.set(of.name, pattern);
  return pattern;
}

const sizeOf = (grid: Grid) => ({ q: grid, k: grid });

/** A tenth of what `mscc compile --grid` takes to choose: of large grids a smaller crop is counted. */
const STEPS = 2_000_000;

/** The kind of kernel that an adapter runs best. */
export const kindFor = async (gpu: Gpu, of: Case): Promise<KernelKind> =>
  kindForDevice(await patternOf(of), gpu, { dtype: "f32", headDim: DIM, valueDim: DIM }).kind;

async function compiledFor(gpu: Gpu, of: Case, grid: Grid) {
  const pattern = await patternOf(of);
  const kind = await kindFor(gpu, of);
  const { params } = of;
  const { tiles } = chooseTiles(pattern, wgslTarget, { size: sizeOf(grid), params }, STEPS);
  const dims = [{ headDim: DIM, valueDim: DIM }];
  const { manifest, kernels, plans } = compileVariant(pattern, {
    dims,
    kinds: [kind],
    schedules: [{ tiles }],
    cwd: root,
  });
  const [[made], [plan]] = [kernels, plans];
  if (!made || !plan) throw new Error("no kernel was made");
  return { compiled: { manifest, ...made }, plan };
}

/** FLOPs of the pairs that attend, and of those that the kernel computes, over all heads. */
export function flopsOf(plan: AttentionPlan, { params }: Case, grid: Grid) {
  const { useful, visited } = countPairs(plan, { size: sizeOf(grid), params });
  const flops = (pairs: number) => 4 * DIM * HEADS * pairs;
  return { useful: flops(useful), visited: flops(visited) };
}

// GPUBufferUsage and GPUMapMode, which Node has no globals for.
const [MAP_READ, COPY_SRC, COPY_DST, STORAGE] = [0x1, 0x4, 0x8, 0x80];

/** q, k and v in buffers of the device. */
export interface Resident {
  readonly q: GPUBuffer;
  readonly k: GPUBuffer;
  readonly v: GPUBuffer;
  close(): void;
}

export function upload({ device }: Gpu, { q, k, v }: Inputs): Resident {
  const one = (data: Float32Array<ArrayBuffer>) => {
    const buffer = device.createBuffer({ size: data.byteLength, usage: STORAGE | COPY_DST });
    device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  };
  const buffers = { q: one(q), k: one(k), v: one(v) };
  const close = () => {
    for (const buffer of Object.values(buffers)) buffer.destroy();
  };
  return { ...buffers, close };
}

/** `[token, head, dim]` seen as `[1, head, t, y, x, dim]`. */
function operand(buffer: GPUBuffer, [t, y, x]: Grid): Operand {
  const token = HEADS * DIM;
  return {
    buffer,
    shape: [1, HEADS, t, y, x, DIM],
    strides: [t * y * x * token, DIM, y * x * token, x * token, token, 1],
  };
}

/** A pattern on a grid, ready to run any number of times. */
export interface Own {
  readonly plan: AttentionPlan;
  /** One launch, and its output, `[token, head, dim]`, in the memory of the host. */
  run(): Promise<Float32Array>;
  close(): void;
}

async function launchAndRead(device: GPUDevice, launch: Launch, output: GPUBuffer, staging: GPUBuffer) {
  const encoder = device.createCommandEncoder();
  launch.encode(encoder);
  encoder.copyBufferToBuffer(output, 0, staging, 0, output.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(MAP_READ);
  const values = new Float32Array(staging.getMappedRange().slice(0));
  staging.unmap();
  return values;
}

export async function openOwn(gpu: Gpu, of: Case, grid: Grid, resident: Resident): Promise<Own> {
  const { compiled, plan } = await compiledFor(gpu, of, grid);
  const kernel = await gpu.kernel(compiled);
  const size = 4 * tokensOf(grid) * HEADS * DIM;
  const output = gpu.device.createBuffer({ size, usage: STORAGE | COPY_SRC });
  const staging = gpu.device.createBuffer({ size, usage: MAP_READ | COPY_DST });
  const on = (buffer: GPUBuffer) => operand(buffer, grid);
  const { q, k, v } = resident;
  const launch = kernel.bind({ q: on(q), k: on(k), v: on(v), output: on(output), params: of.params });
  return {
    plan,
    run: () => launchAndRead(gpu.device, launch, output, staging),
    close() {
      launch.dispose();
      output.destroy();
      staging.destroy();
    },
  };
}
