/** One launch on a device from arrays of the host, with what it said of itself: for tests of how launches are divided. */
import type { CompiledKernel, Gpu, HostTensor, LaunchNumbers, Operand } from "../../runtime/index.js";
import { download, upload } from "./on-device.js";

export interface Arrays extends LaunchNumbers {
  readonly q: HostTensor;
  readonly k: HostTensor;
  readonly v: HostTensor;
}

export interface Launched {
  readonly output: Float32Array;
  readonly lse: Float32Array;
  readonly slabs: number;
  readonly splits: number;
}

/** What lies where nothing was written. */
const UNTOUCHED = -12345;

/** Runs by `run`, or by one `encode` into a pass; results are dense. */
export async function launched(
  gpu: Gpu,
  compiled: CompiledKernel,
  arrays: Arrays,
  by: "run" | "encode" = "run",
): Promise<Launched> {
  const { device } = gpu;
  const kernel = await gpu.kernel(compiled);
  const operand = ({ data, ...rest }: HostTensor): Operand => ({ ...rest, buffer: upload(device, data) });
  const rows = arrays.q.shape.slice(0, -1);
  const blank = (shape: readonly number[]): Operand => {
    const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1)).fill(UNTOUCHED);
    return { shape, buffer: upload(device, values) };
  };
  const operands = {
    ...{ q: operand(arrays.q), k: operand(arrays.k), v: operand(arrays.v) },
    ...{ output: blank([...rows, compiled.kernel.valueDim]), lse: blank(rows) },
  };
  const launch = kernel.bind({ ...arrays, ...operands });
  try {
    if (by === "run") await launch.run();
    else {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      launch.encode(pass);
      pass.end();
      device.queue.submit([encoder.finish()]);
      await launch.finished();
    }
    const output = await download(device, operands.output.buffer);
    const lse = await download(device, operands.lse.buffer);
    return { output, lse, slabs: launch.slabs, splits: launch.splits };
  } finally {
    launch.dispose();
    for (const { buffer } of Object.values(operands)) buffer.destroy();
  }
}
