/** Runs a compiled attention kernel on arrays of the host: uploads, launches, reads back. */
import type { Gpu } from "./gpu.js";
import { bytesFor, denseOutput, type HostTensor, outputLayout, placed, product } from "./host-layout.js";
import { scoped } from "./launcher/device.js";
import { type CompiledKernel, type Launch, LaunchError, type LaunchNumbers, type Operand } from "./launcher/index.js";
import { HostError, hostProblem } from "./messages.js";

export type { HostTensor };

/** Operands are rounded to the kernel's dtype. */
export interface HostInput extends LaunchNumbers {
  /** `[batch, query heads, ...query axes, head dim]`. */
  readonly q: HostTensor;
  /** `[batch, key heads, ...key axes, head dim]`. */
  readonly k: HostTensor;
  /** `[batch, key heads, ...key axes, value dim]`. */
  readonly v: HostTensor;
}

export interface HostRun {
  /** Runs once more, after a first run that compiles, and reports that second run's time. */
  readonly timing?: boolean;
  /** See `RunOptions`. */
  readonly sliceMilliseconds?: number;
}

export interface HostResult {
  /** Dense, `outputShape`. */
  readonly output: Float32Array<ArrayBuffer>;
  /** Natural logarithm, dense, `outputShape` without its last dimension. */
  readonly lse: Float32Array<ArrayBuffer>;
  readonly outputShape: readonly number[];
  /** With `timing`: the device's time of a warm run, by timestamps where it has them. */
  readonly milliseconds?: number;
}

// GPUBufferUsage and GPUMapMode, which Node has no globals for.
const [MAP_READ, COPY_SRC, COPY_DST, QUERY_RESOLVE, STORAGE] = [0x1, 0x4, 0x8, 0x200, 0x80];
const READ = 1;

/** Copies the first `bytes` of buffers to the host, all in one submission. */
async function readBack(device: GPUDevice, sources: readonly { buffer: GPUBuffer; bytes: number }[]) {
  const encoder = device.createCommandEncoder();
  const staging = sources.map(({ buffer, bytes }) => {
    const copy = device.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST });
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, bytes);
    return copy;
  });
  device.queue.submit([encoder.finish()]);
  try {
    await Promise.all(staging.map((copy) => copy.mapAsync(READ)));
    return staging.map((copy) => copy.getMappedRange().slice(0));
  } finally {
    // A buffer that stays mapped can keep the process from ending.
    for (const copy of staging) copy.destroy();
  }
}

/** Milliseconds of one run by the device's own clock, the mean of several in one pass; the device has `timestamp-query`. */
export async function timeByTimestamps(device: GPUDevice, launch: Launch, repeats = 1): Promise<number> {
  const querySet = device.createQuerySet({ type: "timestamp", count: 2 });
  const resolved = device.createBuffer({ size: 16, usage: QUERY_RESOLVE | COPY_SRC });
  try {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass({
      timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
    });
    for (let i = 0; i < repeats; i++) launch.encode(pass);
    pass.end();
    encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
    device.queue.submit([encoder.finish()]);
    await launch.finished();
    const [times] = await readBack(device, [{ buffer: resolved, bytes: 16 }]);
    const [start = 0n, end = 0n] = new BigInt64Array(times as ArrayBuffer);
    return Number(end - start) / 1e6 / repeats;
  } finally {
    querySet.destroy();
    resolved.destroy();
  }
}

async function timeByClock(launch: Launch): Promise<number> {
  const start = performance.now();
  await launch.run({ sliceMilliseconds: Number.POSITIVE_INFINITY });
  return performance.now() - start;
}

/** The arrays must hold what their shapes and strides reach; all else is the launcher's to check. */
function checkLengths(input: HostInput) {
  const problems = (["q", "k", "v"] as const).flatMap((name) => {
    const { shape, strides, offset = 0, data } = input[name];
    const reach = strides
      ? shape.reduce((sum, extent, i) => sum + (extent - 1) * (strides[i] ?? 0), offset + 1)
      : offset + product(shape);
    return reach > data.length ? [hostProblem("host-length", name, reach, data.length)] : [];
  });
  if (problems.length > 0) throw new HostError(problems);
}

/** The operands of a launch in buffers of the device, which `buffers` collects; shapes are left to `bind` to check. */
function uploadAll(device: GPUDevice, compiled: CompiledKernel, { q, k, v }: HostInput, buffers: GPUBuffer[]) {
  const create = (bytes: number, usage: number) => {
    const buffer = device.createBuffer({ size: Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 4, usage });
    buffers.push(buffer);
    return buffer;
  };
  const upload = (name: "q" | "k" | "v", tensor: HostTensor): Operand => {
    const { data, layout } = placed(compiled, name, tensor);
    const buffer = create(data.byteLength, STORAGE | COPY_DST);
    device.queue.writeBuffer(buffer, 0, data);
    return { ...layout, buffer };
  };
  const rows = q.shape.slice(0, -1);
  const { layout, count } = outputLayout(compiled, [...rows, compiled.kernel.valueDim]);
  const output: Operand = { ...layout, buffer: create(bytesFor(compiled, count), STORAGE | COPY_SRC) };
  const lse: Operand = { shape: rows, buffer: create(product(rows) * 4, STORAGE | COPY_SRC) };
  return { q: upload("q", q), k: upload("k", k), v: upload("v", v), output, lse };
}

/**
 * Attention of arrays in host memory.
 * @throws LaunchError, HostError with every fault found.
 */
export async function runAttention(
  gpu: Gpu,
  compiled: CompiledKernel,
  input: HostInput,
  { timing = false, sliceMilliseconds }: HostRun = {},
): Promise<HostResult> {
  checkLengths(input);
  const kernel = await gpu.kernel(compiled);
  const { device } = gpu;
  const buffers: GPUBuffer[] = [];
  let launch: Launch | undefined;
  try {
    const [operands, faults] = scoped(device, () => uploadAll(device, compiled, input, buffers));
    launch = kernel.bind({ ...input, ...operands });
    const problems = await faults;
    if (problems.length > 0) throw new LaunchError(kernel.name, problems);
    await launch.run(sliceMilliseconds === undefined ? {} : { sliceMilliseconds });
    const byDevice = device.features.has("timestamp-query");
    const milliseconds = timing ? await (byDevice ? timeByTimestamps(device, launch) : timeByClock(launch)) : undefined;
    const results = [operands.output, operands.lse].map(({ buffer }) => ({ buffer, bytes: buffer.size }));
    const [output, lse] = await readBack(device, results);
    return {
      output: denseOutput(compiled, operands.output, output as ArrayBuffer),
      lse: new Float32Array(lse as ArrayBuffer),
      outputShape: operands.output.shape,
      ...(milliseconds === undefined ? {} : { milliseconds }),
    };
  } finally {
    launch?.dispose();
    for (const buffer of buffers) buffer.destroy();
  }
}
