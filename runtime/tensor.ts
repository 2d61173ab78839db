/** Runs a compiled tensor operation on arrays of the host: uploads, launches, reads back. */
import type { HostRun } from "./attention.js";
import type { Gpu } from "./gpu.js";
import { fromHalves, toHalves } from "./half.js";
import { checkLengths, type HostArray, product } from "./host-layout.js";
import { scoped } from "./launcher/device.js";
import { LaunchError, type Operand } from "./launcher/index.js";
import type { CompiledTensor, TensorLaunch } from "./launcher/tensor/index.js";
import { readBack, timeOf } from "./measured.js";
import { HostError, hostProblem } from "./messages.js";

export interface TensorHostInput {
  /** By name; int inputs as Int32Array, others as Float32Array, rounded to the kernel's dtype where it is theirs. */
  readonly inputs: { readonly [name: string]: HostArray };
  /** Extents of the output's axes. */
  readonly shape: readonly number[];
  /** Values of the operation's params; those with a default may be left out. */
  readonly params?: { readonly [name: string]: number };
}

export interface TensorHostResult {
  /** Dense, of the extents that were asked for. */
  readonly output: Float32Array<ArrayBuffer>;
  readonly shape: readonly number[];
  /** With `timing`: the device's time of a warm run, by timestamps where it has them. */
  readonly milliseconds?: number;
}

// GPUBufferUsage, which Node has no global for.
const [COPY_SRC, COPY_DST, STORAGE] = [0x4, 0x8, 0x80];

/** Arrays must be of the type that is declared, and long enough; what is missing or unknown is the launcher's to say. */
function checkArrays({ manifest }: CompiledTensor, inputs: TensorHostInput["inputs"]): void {
  const problems = manifest.inputs.flatMap(({ name, type }) => {
    const data = inputs[name]?.data;
    const wanted = type === "int" ? Int32Array : Float32Array;
    if (data === undefined || data instanceof wanted) return [];
    return [hostProblem("host-dtype", name, wanted.name, Object.prototype.toString.call(data).slice(8, -1))];
  });
  if (problems.length > 0) throw new HostError(problems);
  checkLengths(inputs);
}

/** The operands of a launch in buffers of the device, which `buffers` collects; shapes are left to `bind` to check. */
function uploadAll(device: GPUDevice, compiled: CompiledTensor, given: TensorHostInput, buffers: GPUBuffer[]) {
  const { manifest, kernel } = compiled;
  const create = (bytes: number, usage: number) => {
    const buffer = device.createBuffer({ size: Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 4, usage });
    buffers.push(buffer);
    return buffer;
  };
  const isHalf = (name: string) => {
    const declared = manifest.inputs.find((input) => input.name === name);
    return kernel.dtype === "f16" && declared?.type === "float" && !declared.isExact;
  };
  const upload = (name: string, { data, ...layout }: HostArray): Operand => {
    const values = isHalf(name) ? toHalves(data) : (data as Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>);
    const buffer = create(values.byteLength, STORAGE | COPY_DST);
    device.queue.writeBuffer(buffer, 0, values);
    return { ...layout, buffer };
  };
  const inputs = Object.fromEntries(Object.entries(given.inputs).map(([name, array]) => [name, upload(name, array)]));
  const count = product(given.shape);
  const bytes = isHalfOutput(compiled) ? Math.ceil(count / 2) * 4 : count * 4;
  return { inputs, output: { shape: given.shape, buffer: create(bytes, STORAGE | COPY_SRC) } };
}

const isHalfOutput = ({ manifest, kernel }: CompiledTensor) => kernel.dtype === "f16" && !manifest.isExact;

/**
 * A tensor operation on arrays in host memory.
 * @throws LaunchError, HostError with every fault found.
 */
export async function runTensor(
  gpu: Gpu,
  compiled: CompiledTensor,
  input: TensorHostInput,
  { timing = false, sliceMilliseconds }: HostRun = {},
): Promise<TensorHostResult> {
  checkArrays(compiled, input.inputs);
  const kernel = await gpu.tensor(compiled);
  const { device } = gpu;
  const { params, shape } = input;
  const buffers: GPUBuffer[] = [];
  let launch: TensorLaunch | undefined;
  try {
    const [operands, faults] = scoped(device, () => uploadAll(device, compiled, input, buffers));
    launch = kernel.bind({ ...operands, ...(params ? { params } : {}) });
    const problems = await faults;
    if (problems.length > 0) throw new LaunchError(kernel.name, problems);
    await launch.run(sliceMilliseconds === undefined ? {} : { sliceMilliseconds });
    const milliseconds = timing ? await timeOf(device, launch) : undefined;
    const { buffer } = operands.output;
    const [bytes] = await readBack(device, [{ buffer, bytes: buffer.size }]);
    const values = isHalfOutput(compiled)
      ? fromHalves(new Uint16Array(bytes as ArrayBuffer))
      : new Float32Array(bytes as ArrayBuffer);
    const output = values.subarray(0, product(shape));
    return { output, shape, ...(milliseconds === undefined ? {} : { milliseconds }) };
  } finally {
    launch?.dispose();
    for (const buffer of buffers) buffer.destroy();
  }
}
