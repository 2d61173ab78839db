/** How arrays of the host lie in buffers of the device: rounded to the kernel's dtype, and in rows that it can read. */
import { fromHalves, toHalves } from "./half.js";
import type { CompiledKernel, Operand } from "./launcher/index.js";
import { denseStrides, isPosition } from "./launcher/layout.js";
import { dimensionsOf, type OperandName, unfitLayouts } from "./launcher/operands.js";
import { HostError, hostProblem } from "./messages.js";

type Layout = Omit<Operand, "buffer">;

/** A tensor of the host; offset and strides count elements. */
export interface HostArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
  readonly strides?: readonly number[];
  readonly offset?: number;
}

/** A float32 tensor of the host. */
export interface HostTensor extends HostArray {
  readonly data: Float32Array;
}

/** The arrays must hold what their shapes and strides reach; all else is the launcher's to check. */
export function checkLengths(tensors: { readonly [name: string]: HostArray }): void {
  const problems = Object.entries(tensors).flatMap(([name, { shape, strides, offset = 0, data }]) => {
    const reach = strides
      ? shape.reduce((sum, extent, i) => sum + (extent - 1) * (strides[i] ?? 0), offset + 1)
      : offset + product(shape);
    return reach > data.length ? [hostProblem("host-length", name, reach, data.length)] : [];
  });
  if (problems.length > 0) throw new HostError(problems);
}

/** The values of a buffer, in whole words, and how the operand lies in them. */
export interface Placed {
  readonly data: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
  readonly layout: Layout;
}

export const product = (shape: readonly number[]): number => shape.reduce((total, extent) => total * extent, 1);

/** Bytes of so many elements, in whole words. */
export const bytesFor = ({ kernel }: CompiledKernel, count: number): number =>
  kernel.dtype === "f32" ? count * 4 : Math.ceil(count / 2) * 4;

/** Whether a kernel that reads several elements at a time cannot read an operand that lies so; faults are left to `bind`. */
function isUnfit(compiled: CompiledKernel, name: OperandName, layout: Layout, count: number): boolean {
  const { manifest, kernel } = compiled;
  const { shape, strides = denseStrides(shape), offset = 0 } = layout;
  const isLegal =
    shape.length === dimensionsOf(manifest, name).length && [...shape, ...strides, offset].every(isPosition);
  const buffer = { size: bytesFor(compiled, count) };
  return isLegal && unfitLayouts(manifest, kernel, { [name]: { ...layout, buffer } }).length > 0;
}

/** Rows of the last dimension, each of which begins where the kernel can read it. */
function padded(shape: readonly number[], alignment: number): Layout & { readonly pitch: number } {
  const pitch = Math.ceil((shape.at(-1) as number) / alignment) * alignment;
  return { shape, strides: denseStrides([...shape.slice(0, -1), pitch]), pitch };
}

/** The offset of each row of the last dimension, row-major. */
function* rowsOf(shape: readonly number[], strides: readonly number[], offset: number): Generator<number> {
  const [extent, ...rest] = shape;
  const [stride, ...others] = strides;
  if (extent === undefined || stride === undefined || rest.length === 0) yield offset;
  else for (let i = 0; i < extent; i++) yield* rowsOf(rest, others, offset + i * stride);
}

function inRows({ shape, strides = denseStrides(shape), offset = 0, data }: HostTensor, alignment: number) {
  const { pitch, ...layout } = padded(shape, alignment);
  const dim = shape.at(-1) as number;
  const step = strides.at(-1) as number;
  const values = new Float32Array(product(shape.slice(0, -1)) * pitch);
  let at = 0;
  for (const row of rowsOf(shape, strides, offset)) {
    for (let i = 0; i < dim; i++) values[at + i] = data[row + i * step] as number;
    at += pitch;
  }
  return { data: values, layout };
}

/** An input as the kernel takes it: as it lies where that will do. */
export function placed(compiled: CompiledKernel, name: OperandName, tensor: HostTensor): Placed {
  const { rowAlignment = 1, dtype } = compiled.kernel;
  const { data: own, ...layout } = tensor;
  const isRepacked = isUnfit(compiled, name, layout, own.length);
  const found = isRepacked ? inRows(tensor, rowAlignment) : { data: own as Float32Array<ArrayBuffer>, layout };
  return dtype === "f32" ? found : { ...found, data: toHalves(found.data) };
}

/** Where a kernel writes an output of a shape, and the elements that its buffer holds. */
export function outputLayout(compiled: CompiledKernel, shape: readonly number[]) {
  const { rowAlignment = 1 } = compiled.kernel;
  const dense = { layout: { shape }, count: product(shape) };
  if (!isUnfit(compiled, "output", dense.layout, dense.count)) return dense;
  const { pitch, ...layout } = padded(shape, rowAlignment);
  return { layout, count: product(shape.slice(0, -1)) * pitch };
}

/** The values of an output's buffer, dense. */
export function denseOutput(
  { kernel: { dtype } }: CompiledKernel,
  { shape, strides }: Layout,
  bytes: ArrayBuffer,
): Float32Array<ArrayBuffer> {
  const values = dtype === "f32" ? new Float32Array(bytes) : fromHalves(new Uint16Array(bytes));
  if (strides === undefined) return values.subarray(0, product(shape));
  const dense = new Float32Array(product(shape));
  const dim = shape.at(-1) as number;
  let at = 0;
  for (const row of rowsOf(shape, strides, 0)) {
    dense.set(values.subarray(row, row + dim), at);
    at += dim;
  }
  return dense;
}
