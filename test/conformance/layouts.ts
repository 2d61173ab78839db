/** Ways in which a tensor can lie in memory. Everything beside its elements is NaN, so that a stray read shows. */
import type { TableData } from "../../dsl/index.js";
import { LAYOUTS, type Layout } from "./cases.js";

export interface Laid {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
  readonly strides: readonly number[];
  readonly offset: number;
}

const count = (shape: readonly number[]) => shape.reduce((total, extent) => total * extent, 1);

/** Dimensions in the order in which they lie, outermost first; a tensor is `[batch, heads, ...axes, dim]`. */
function orderOf(layout: Layout, rank: number): number[] {
  const axes = Array.from({ length: rank - 3 }, (_, i) => i + 2);
  if (layout === "tokens first") return [0, ...axes, 1, rank - 1];
  if (layout === "dim outer") return [rank - 1, 0, ...axes.reverse(), 1];
  return Array.from({ length: rank }, (_, i) => i);
}

/** Strides and offset of a layout, and how many elements it takes. "inside" is a box of a tensor that is larger. */
export function stridesOf(layout: Layout, shape: readonly number[]) {
  const margin = (i: number) => (layout === "inside" && i > 0 && i < shape.length - 1 ? 1 : 0);
  const strides = shape.map(() => 0);
  let step = 1;
  for (const i of orderOf(layout, shape.length).reverse()) {
    strides[i] = step;
    step *= (shape[i] as number) + 2 * margin(i);
  }
  // Rows that start at multiples of 4 elements, and rows that do not.
  const lead = { dense: 0, "tokens first": 8, inside: 5, "dim outer": 5 }[layout];
  const offset = strides.reduce((sum, stride, i) => sum + margin(i) * stride, lead);
  return { strides, offset, length: lead + step };
}

/** Calls with the row-major index of each element and its place in memory. */
export function eachPlace(
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  visit: (index: number, place: number) => void,
) {
  const total = count(shape);
  for (let index = 0; index < total; index++) {
    let [place, left] = [offset, index];
    for (let i = shape.length - 1; i >= 0; i--) {
      place += (left % (shape[i] as number)) * (strides[i] as number);
      left = Math.floor(left / (shape[i] as number));
    }
    visit(index, place);
  }
}

/** Lays row-major values out. */
export function lay(layout: Layout, { shape, data }: TableData): Laid {
  const { strides, offset, length } = stridesOf(layout, shape);
  const laid = new Float32Array(length).fill(Number.NaN);
  eachPlace(shape, strides, offset, (index, place) => {
    laid[place] = data[index] as number;
  });
  return { shape, data: laid, strides, offset };
}

/** The layouts of q, k and v: all dense, or three different ones. */
export function layoutsOf(first: Layout): readonly [Layout, Layout, Layout] {
  if (first === "dense") return [first, first, first];
  const others = LAYOUTS.slice(1);
  const at = others.indexOf(first);
  return [0, 1, 2].map((i) => others[(at + i) % others.length]) as [Layout, Layout, Layout];
}
