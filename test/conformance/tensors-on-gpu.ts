/** Plans of tensor operations compiled to WGSL and run on a device, each kernel once, its output wherever it is to lie. */
import { tensorManifestOf } from "../../backends/artefact/tensor-manifest.js";
import { emitTensorWgsl, type TensorKind, tensorKinds } from "../../backends/wgsl/tensor/index.js";
import type { Tensor } from "../../compiler/plan/tensor.js";
import { planTensor } from "../../compiler/schedule/tensor-schedule.js";
import { fromHalves, halfBits } from "../../runtime/half.js";
import type { Gpu } from "../../runtime/index.js";
import { lacking } from "../../runtime/launcher/device.js";
import type { CompiledTensor } from "../../runtime/launcher/tensor/index.js";
import { eachPlace } from "./layouts.js";
import type { TensorBackend } from "./tensors.js";

type Dtype = TensorBackend["dtype"];

const kernels = new Map<Tensor, Map<string, CompiledTensor>>();

/** A kernel with its manifest, as `mscc compile` makes them. */
export function tensorKernelOf(tensor: Tensor, dtype: Dtype, kind: TensorKind): CompiledTensor {
  const own = kernels.get(tensor) ?? new Map<string, CompiledTensor>();
  kernels.set(tensor, own);
  const key = `${dtype} ${kind.profile} ${kind.subgroupSize}`;
  const known = own.get(key);
  if (known) return known;
  const plan = planTensor(tensor);
  const { code, kernel } = emitTensorWgsl(plan, { dtype, kind });
  const whole = { ...kernel, file: "kernel.wgsl" };
  const made = { manifest: tensorManifestOf(plan, [whole], "0.0.0"), kernel: whole, code };
  own.set(key, made);
  return made;
}

/** The kinds of an operation that a device runs. */
export const kindsOn = ({ device }: Gpu, tensor: Tensor, dtype: Dtype): TensorKind[] =>
  tensorKinds(planTensor(tensor)).filter(
    (kind) => lacking(device, tensorKernelOf(tensor, dtype, kind).kernel, device.adapterInfo).length === 0,
  );

const [MAP_READ, COPY_SRC, COPY_DST, STORAGE] = [1, 4, 8, 128];

/** What lies beside the elements of the output, and must still lie there after the run: bits of a number. */
const UNTOUCHED = { f32: 0xc640e400, f16: 0xf207 };

type Words = Float32Array | Int32Array | Uint16Array | Uint32Array;

function upload(device: GPUDevice, words: Words): GPUBuffer {
  const size = Math.ceil(words.byteLength / 4) * 4;
  const padded = new Uint8Array(size);
  padded.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  const buffer = device.createBuffer({ size, usage: STORAGE | COPY_DST | COPY_SRC });
  device.queue.writeBuffer(buffer, 0, padded);
  return buffer;
}

async function download(device: GPUDevice, buffer: GPUBuffer): Promise<ArrayBuffer> {
  const copy = device.createBuffer({ size: buffer.size, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(1);
  const bytes = copy.getMappedRange().slice(0);
  copy.destroy();
  return bytes;
}

/** Numbers as an operand is stored. */
function stored(data: Float64Array, type: "int" | "float", isHalf: boolean): Words {
  if (type === "int") return Int32Array.from(data, (value) => (Number.isNaN(value) ? -(2 ** 31) : value));
  return isHalf ? Uint16Array.from(data, halfBits) : Float32Array.from(data);
}

export const tensorsOnGpu = (gpu: Gpu, dtype: Dtype, kind: TensorKind): TensorBackend => ({
  name: `wgsl ${dtype} ${kind.profile}${kind.subgroupSize ?? ""}`,
  dtype,
  async run({ tensor }, { inputs, params, output }) {
    const { device } = gpu;
    const kernel = await gpu.tensor(tensorKernelOf(tensor, dtype, kind));
    const isHalf = dtype === "f16" && !tensor.isExact;
    const mark = isHalf ? UNTOUCHED.f16 : UNTOUCHED.f32;
    const blank = isHalf ? new Uint16Array(output.length + 8) : new Uint32Array(output.length + 8);
    blank.fill(mark);
    const target = upload(device, blank);
    const operands = Object.fromEntries(
      tensor.inputs.map(({ name, type, isExact }) => {
        const { data, ...place } = inputs[name] as (typeof inputs)[string];
        return [name, { ...place, buffer: upload(device, stored(data, type, dtype === "f16" && !isExact)) }];
      }),
    );
    const { length, ...place } = output;
    const launch = kernel.bind({ inputs: operands, output: { ...place, buffer: target }, params });
    try {
      await launch.run();
      const bytes = await download(device, target);
      const bits = isHalf ? new Uint16Array(bytes) : new Uint32Array(bytes);
      const values = isHalf ? fromHalves(new Uint16Array(bytes)) : new Float32Array(bytes);
      const got = new Float32Array(output.shape.reduce((count, extent) => count * extent, 1));
      eachPlace(output.shape, output.strides, output.offset, (index, at) => {
        got[index] = values[at] as number;
        bits[at] = mark;
      });
      const touched = bits.subarray(0, blank.length).findIndex((value) => value !== mark);
      if (touched >= 0) throw new Error(`the kernel wrote beside its result, at ${touched} of ${length}`);
      return got;
    } finally {
      launch.dispose();
      for (const { buffer } of [...Object.values(operands), { buffer: target }]) buffer.destroy();
    }
  },
});
