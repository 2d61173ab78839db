/** Runs a compiled attention kernel on arrays of the host: uploads, launches, reads back. */
import type { Gpu } from "./gpu.js";
import { bytesFor, checkLengths, denseOutput, type HostTensor, outputLayout, placed, product } from "./host-layout.js";
import { scoped } from "./launcher/device.js";
import { type CompiledKernel, type Launch, LaunchError, type LaunchNumbers, type Operand } from "./launcher/index.js";
import { readBack, timeOf } from "./measured.js";

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

// GPUBufferUsage, which Node has no global for.
const [COPY_SRC, COPY_DST, STORAGE] = [0x4, 0x8, 0x80];

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
  checkLengths({ q: input.q, k: input.k, v: input.v });
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
    const milliseconds = timing ? await timeOf(device, launch) : undefined;
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
