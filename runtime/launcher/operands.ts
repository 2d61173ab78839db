/** Checks operands: shapes against each other and the kernel, strides, buffers; says what part of each buffer to bind. */
import type { Manifest, ManifestKernel } from "../../compiler/plan/manifest.js";
import { type Problem, problem } from "./messages.js";
import type { Operand } from "./types.js";

export type OperandName = "q" | "k" | "v" | "output" | "lse";
export type Operands = { readonly [name in OperandName]?: Operand };

/** An operand whose buffer is known by its size alone. */
type Sized = Omit<Operand, "buffer"> & { readonly buffer: { readonly size: number } };

/** How an operand lies in its buffer, in elements. */
export interface Layout {
  /** Names of its dimensions. */
  readonly axes: readonly string[];
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Where the first element is. */
  readonly start: number;
  /** Bytes of an element. */
  readonly bytes: number;
}

/** The part of a buffer that a bind group takes. */
export interface Binding {
  /** Elements from the start of the binding to where the first element of the operand is, or would be: it may be negative. */
  readonly offset: number;
  /** Bytes. */
  readonly bindingOffset: number;
  readonly bindingSize: number;
}

/** An operand that passed, with the binding of all of it. */
export interface Bound extends Layout, Binding {
  readonly buffer: GPUBuffer;
}

/** The binding of a box of an operand: the indices from the first to the last, both included, per dimension. */
export function bindingOf(
  { strides, start, bytes }: Layout,
  box: readonly (readonly [first: number, last: number])[],
  alignment: number,
): Binding {
  const reach = (end: 0 | 1) => box.reduce((sum, ends, i) => sum + ends[end] * (strides[i] as number), start);
  const bindingOffset = Math.floor((reach(0) * bytes) / alignment) * alignment;
  // Sizes of bindings are multiples of 4, and so are those of buffers.
  const bindingSize = Math.ceil(((reach(1) + 1) * bytes - bindingOffset) / 4) * 4;
  return { offset: start - bindingOffset / bytes, bindingOffset, bindingSize };
}

/** All of an operand, as a box. */
export const wholeOf = ({ shape }: Pick<Layout, "shape">) => shape.map((extent) => [0, extent - 1] as const);

const STORAGE = 0x80; // GPUBufferUsage.STORAGE; Node has no such global
const LIMIT = 2 ** 31 - 1;

export const isPosition = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LIMIT;
const isExtent = (value: number) => isPosition(value) && value > 0;
/** Strides and offsets may leave 32 bits: a kernel adds modulo 2^32, and what it reads lies within a binding. */
const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;

/** Bytes of an element. */
export const bytesOf = ({ dtype }: Pick<ManifestKernel, "dtype">, name: OperandName): number =>
  name === "lse" || dtype === "f32" ? 4 : 2;

/** The names of an operand's dimensions. */
export function dimensionsOf({ axes }: Manifest, name: OperandName): readonly string[] {
  const grid = name === "k" || name === "v" ? axes.key : axes.query;
  return ["batch", "heads", ...grid, ...(name === "lse" ? [] : ["dim"])];
}

export const denseStrides = (shape: readonly number[]): number[] =>
  shape.map((_, i) => shape.slice(i + 1).reduce((product, extent) => product * extent, 1));

/** The stride of a single element is never used, and a dense one may not even fit 32 bits. */
const usedStrides = ({ shape, strides }: Pick<Operand, "shape" | "strides">) =>
  (strides ?? denseStrides(shape)).map((stride, i) => (shape[i] === 1 ? 0 : stride));

/** Dense and row-major, from the start of a buffer. */
export const denseLayout = (axes: readonly string[], shape: readonly number[], bytes: number): Layout => ({
  ...{ axes, shape, strides: usedStrides({ shape }) },
  ...{ start: 0, bytes },
});

/** Where the extents of an operand come from: another operand, or what is compiled in. */
function expected(operands: Operands, manifest: Manifest, kernel: ManifestKernel, name: OperandName, axis: string) {
  if (axis === "dim") {
    const isKeyDim = name === "q" || name === "k";
    const extent = isKeyDim ? kernel.headDim : kernel.valueDim;
    return { extent, why: `the ${isKeyDim ? "head" : "value"} dim that this kernel is compiled for` };
  }
  const like = name === "v" && axis !== "batch" ? "k" : "q";
  if (name === "q" || (name === "k" && axis !== "batch")) return undefined;
  const dimensions = dimensionsOf(manifest, like);
  const shape = operands[like]?.shape;
  const extent = shape?.length === dimensions.length ? shape[dimensions.indexOf(axis)] : undefined;
  return extent === undefined ? undefined : { extent, why: `as in ${like}` };
}

/** Ranks, extents and the ratio of heads. True where the shapes of q and k can be trusted. */
export function checkShapes(manifest: Manifest, kernel: ManifestKernel, operands: Operands, problems: Problem[]) {
  const before = problems.length;
  for (const name of ["q", "k", "v", "output", "lse"] as const) {
    const operand = operands[name];
    if (!operand?.buffer || !Array.isArray(operand.shape)) {
      if (name !== "lse" || operand) problems.push(problem("operand-missing", name));
      continue;
    }
    const axes = dimensionsOf(manifest, name);
    if (operand.shape.length !== axes.length) {
      problems.push(problem("rank", name, operand.shape, axes));
      continue;
    }
    for (const [i, axis] of axes.entries()) {
      const got = operand.shape[i] as number;
      const want = expected(operands, manifest, kernel, name, axis);
      if (!isExtent(got)) problems.push(problem("extent-invalid", name, axis, got));
      else if (want && isExtent(want.extent) && got !== want.extent) {
        problems.push(problem("extent-mismatch", name, axis, want.extent, want.why, got));
      }
    }
  }
  if (problems.length > before) return false;
  const [heads, keyHeads] = [operands.q?.shape[1] as number, operands.k?.shape[1] as number];
  if (heads % keyHeads !== 0) problems.push(problem("head-ratio", heads, keyHeads));
  return true;
}

/** Two elements of one operand in one place would be written by two workgroups. */
function checkOverlap(
  name: string,
  axes: readonly string[],
  operand: Operand,
  strides: readonly number[],
  problems: Problem[],
) {
  const wide = axes
    .map((axis, i) => ({ axis, extent: operand.shape[i] as number, stride: strides[i] as number }))
    .filter(({ extent }) => extent > 1)
    .sort((a, b) => a.stride - b.stride);
  let span = 1;
  for (const { axis, extent, stride } of wide) {
    if (stride < span) {
      problems.push(problem("output-overlap", name, axis, stride, span));
      return;
    }
    span += (extent - 1) * stride;
  }
}

/** Elements from the start of the buffer to behind the last one. */
const endOf = ({ shape, offset = 0 }: Sized, strides: readonly number[]) =>
  offset + shape.reduce((sum, extent, i) => sum + (extent - 1) * (strides[i] as number), 0) + 1;

const roundUp = (value: number, step: number) => Math.ceil(value / step) * step;

/** What of an operand's layout a kernel cannot take that reads `rowAlignment` elements at a time. */
function unaligned(kernel: ManifestKernel, name: OperandName, axes: readonly string[], operand: Sized): Problem[] {
  const { rowAlignment } = kernel;
  if (rowAlignment === undefined || name === "lse") return [];
  const { offset = 0, buffer, shape } = operand;
  const strides = usedStrides(operand);
  const isOff = (value: number) => isCount(value) && value % rowAlignment !== 0;
  const faults = [
    ...(isOff(offset) ? [problem("offset-unaligned", name, offset, rowAlignment)] : []),
    ...axes.flatMap((axis, i) => {
      const stride = strides[i] as number;
      const isUnfit = axis === "dim" ? isCount(stride) && stride !== 1 && shape[i] !== 1 : isOff(stride);
      return isUnfit ? [problem("stride-unaligned", name, axis, stride, rowAlignment)] : [];
    }),
  ];
  // The last row is read to a multiple too.
  const bytes = bytesOf(kernel, name) * roundUp(endOf(operand, strides), rowAlignment);
  return faults.length > 0 || !(bytes > buffer?.size)
    ? faults
    : [problem("buffer-too-small", name, bytes, buffer.size)];
}

/** What of the operands' layouts a kernel cannot take; whatever else is wrong with them is left to the checks of a launch. */
export function unfitLayouts(
  manifest: Manifest,
  kernel: ManifestKernel,
  operands: { readonly [name in OperandName]?: Sized },
): Problem[] {
  return (["q", "k", "v", "output"] as const).flatMap((name) => {
    const operand = operands[name];
    return Array.isArray(operand?.shape) ? unaligned(kernel, name, dimensionsOf(manifest, name), operand) : [];
  });
}

/** Strides, offset and buffer of one operand whose shape is right. */
export function checkLayout(
  manifest: Manifest,
  kernel: ManifestKernel,
  limits: GPUSupportedLimits,
  name: OperandName,
  operand: Operand,
  problems: Problem[],
): Bound | undefined {
  const before = problems.length;
  const axes = dimensionsOf(manifest, name);
  const { buffer, shape, offset = 0 } = operand;
  const strides = usedStrides(operand);
  if (strides.length !== axes.length) problems.push(problem("stride-count", name, strides.length, axes));
  for (const [i, stride] of strides.entries()) {
    const axis = axes[i];
    if (axis !== undefined && !isCount(stride)) problems.push(problem("stride-invalid", name, axis, stride));
  }
  if (!isCount(offset)) problems.push(problem("offset-invalid", name, offset));
  if ((buffer.usage & STORAGE) === 0) problems.push(problem("buffer-usage", name, buffer.usage));
  if (problems.length > before) return undefined;

  const faults = unaligned(kernel, name, axes, operand);
  problems.push(...faults);
  const layout: Layout = { axes, shape, strides, start: offset, bytes: bytesOf(kernel, name) };
  const binding = bindingOf(layout, wholeOf(layout), limits.minStorageBufferOffsetAlignment);
  const end = binding.bindingOffset + binding.bindingSize;
  if (faults.length === 0 && end > buffer.size) problems.push(problem("buffer-too-small", name, end, buffer.size));
  if (name === "output" || name === "lse") checkOverlap(name, axes, operand, strides, problems);
  return { buffer, ...layout, ...binding };
}

/** WebGPU's rule on one buffer in two roles: what is written is not read, and two written parts do not overlap. */
export function checkSharing(
  bound: { readonly [name: string]: Bound },
  limits: GPUSupportedLimits,
  problems: Problem[],
) {
  for (const written of ["output", "lse"]) {
    for (const read of ["q", "k", "v"]) {
      const buffer = bound[written]?.buffer;
      if (buffer && buffer === bound[read]?.buffer) problems.push(problem("output-shared", written, read));
    }
  }
  const { output, lse } = bound;
  if (!output || !lse || output.buffer !== lse.buffer) return;
  const apart = (a: Bound, b: Bound) => a.bindingOffset + a.bindingSize <= b.bindingOffset;
  if (!apart(output, lse) && !apart(lse, output)) {
    problems.push(problem("outputs-overlap", limits.minStorageBufferOffsetAlignment));
  }
}
