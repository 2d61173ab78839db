/** How an operand lies in its buffer, and whether it can: strides, offset, usage; which part of the buffer to bind. */
import { type Problem, problem } from "./messages.js";
import type { Operand } from "./types.js";

/** An operand whose buffer is known by its size alone. */
export type Sized = Omit<Operand, "buffer"> & { readonly buffer: { readonly size: number } };

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
export const isExtent = (value: number) => isPosition(value) && value > 0;
/** Strides and offsets may leave 32 bits: a kernel adds modulo 2^32, and what it reads lies within a binding. */
export const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;

export const denseStrides = (shape: readonly number[]): number[] =>
  shape.map((_, i) => shape.slice(i + 1).reduce((product, extent) => product * extent, 1));

/** The stride of a single element is never used, and a dense one may not even fit 32 bits. */
export const usedStrides = ({ shape, strides }: Pick<Operand, "shape" | "strides">) =>
  (strides ?? denseStrides(shape)).map((stride, i) => (shape[i] === 1 ? 0 : stride));

/** Dense and row-major, from the start of a buffer. */
export const denseLayout = (axes: readonly string[], shape: readonly number[], bytes: number): Layout => ({
  ...{ axes, shape, strides: usedStrides({ shape }) },
  ...{ start: 0, bytes },
});

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
export const endOf = ({ shape, offset = 0 }: Sized, strides: readonly number[]) =>
  offset + shape.reduce((sum, extent, i) => sum + (extent - 1) * (strides[i] as number), 0) + 1;

/** Presence, rank and extents of an operand; `expected` says what an extent must be, where something says so. */
export function checkShape(
  name: string,
  axes: readonly string[],
  operand: Operand | undefined,
  expected: (axis: string, i: number) => { readonly extent: number; readonly why: string } | undefined,
  problems: Problem[],
): void {
  if (!operand?.buffer || !Array.isArray(operand.shape)) problems.push(problem("operand-missing", name));
  else if (operand.shape.length !== axes.length) problems.push(problem("rank", name, operand.shape, axes));
  else {
    for (const [i, axis] of axes.entries()) {
      const got = operand.shape[i] as number;
      const want = expected(axis, i);
      if (!isExtent(got)) problems.push(problem("extent-invalid", name, axis, got));
      else if (want && isExtent(want.extent) && got !== want.extent) {
        problems.push(problem("extent-mismatch", name, axis, want.extent, want.why, got));
      }
    }
  }
}

/** What is known of an operand before it is looked at. */
export interface Slot {
  readonly name: string;
  /** Names of its dimensions. */
  readonly axes: readonly string[];
  /** Bytes of an element. */
  readonly bytes: number;
  readonly isWritten: boolean;
}

/** Strides, offset and buffer of an operand whose shape is right; `unfit` says what else a kernel cannot take. */
export function checkPlace(
  { name, axes, bytes, isWritten }: Slot,
  operand: Operand,
  limits: GPUSupportedLimits,
  problems: Problem[],
  unfit: () => readonly Problem[] = () => [],
): Bound | undefined {
  const before = problems.length;
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

  const faults = unfit();
  problems.push(...faults);
  const layout: Layout = { axes, shape, strides, start: offset, bytes };
  const binding = bindingOf(layout, wholeOf(layout), limits.minStorageBufferOffsetAlignment);
  const end = binding.bindingOffset + binding.bindingSize;
  if (faults.length === 0 && end > buffer.size) problems.push(problem("buffer-too-small", name, end, buffer.size));
  if (isWritten) checkOverlap(name, axes, operand, strides, problems);
  return { buffer, ...layout, ...binding };
}

/** WebGPU's rule on one buffer in two roles: what a dispatch writes it does not read. */
export function checkApart(
  bound: { readonly [name: string]: Bound },
  written: string,
  read: readonly string[],
  problems: Problem[],
): void {
  const buffer = bound[written]?.buffer;
  for (const name of read) {
    if (buffer && buffer === bound[name]?.buffer) problems.push(problem("output-shared", written, name));
  }
}
