/** Program tensors on an actual grid: extents, bytes, and operands of launches. */
import { product } from "../../runtime/host-layout.js";
import type { Operand } from "../../runtime/launcher/index.js";
import type { Extents } from "./config.js";
import type { Extent, ProgramTensor, View } from "./program.js";

export type StoredDtype = "f32" | "f16";

export function extentOn(extent: Extent, grid: Extents): number {
  if (typeof extent === "number") return extent;
  const { of, times = 1, over = 1 } = extent;
  return Math.ceil((grid[of] * times) / over);
}

export const shapeOn = ({ extents }: ProgramTensor, grid: Extents): readonly number[] =>
  extents.map((extent) => extentOn(extent, grid));

export const bytesPerElement = ({ storage }: ProgramTensor, dtype: StoredDtype): number =>
  storage === "dtype" && dtype === "f16" ? 2 : 4;

/** Bytes of a dense tensor, in whole words. */
export const bytesOn = (tensor: ProgramTensor, grid: Extents, dtype: StoredDtype): number =>
  Math.ceil((product(shapeOn(tensor, grid)) * bytesPerElement(tensor, dtype)) / 4) * 4;

/** What a step names, as an operand of a launch. */
export function operandOf(view: View, tensor: ProgramTensor, grid: Extents, buffer: GPUBuffer): Operand {
  const whole = shapeOn(tensor, grid);
  const { first = 0, channels = whole.at(-1) as number, perFrame = false } = view;
  const strides = whole.map((_, i) => product(whole.slice(i + 1)));
  const shape = [...whole.slice(0, -1), channels];
  if (!perFrame) return { buffer, offset: first, shape, strides };
  return { buffer, offset: first, shape: [whole[0] as number, channels], strides: [strides[0] as number, 1] };
}
