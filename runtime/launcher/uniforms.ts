/** Writes the uniform block by the names of the manifest, and packs the tables into one buffer of 32-bit words. */
import type { Manifest, ManifestKernel } from "../../compiler/plan/manifest.js";
import type { Layout } from "./layout.js";
import type { Grid } from "./numbers.js";
import { turnOf } from "./ring.js";
import { SPLIT } from "./splits.js";
import { tilesPerAxis } from "./tiles.js";
import type { Table } from "./types.js";

export interface Numbers {
  readonly grid: Grid;
  readonly params: ReadonlyMap<string, number>;
  readonly tables: { readonly [name: string]: Table };
  readonly scale: number;
}

/** The value of every uniform by name, but for `first_tile`, `total_tiles` and the offsets of operands, which differ from dispatch to dispatch. */
export function uniformValues(
  manifest: Manifest,
  kernel: ManifestKernel,
  numbers: Numbers,
  layouts: { readonly [name: string]: Layout },
): Map<string, number> {
  const { grid, params, tables, scale } = numbers;
  const values = new Map<string, number>(Object.entries({ heads: grid.heads, key_heads: grid.keyHeads, scale }));
  values.set("head_dim", kernel.headDim).set("value_dim", kernel.valueDim).set("no_unroll", 0);
  for (const side of ["q", "k"] as const) {
    for (const [i, axis] of grid[side].axes.entries()) {
      for (const part of ["size", "origin", "extent"] as const) {
        values.set(`${part}_${side}_${axis}`, grid[side][part][i] as number);
      }
    }
  }
  for (const [i, axis] of grid.k.axes.entries()) {
    const { slot, wrap } = turnOf(grid.k, i);
    values.set(`slot_k_${axis}`, slot).set(`wrap_k_${axis}`, wrap);
  }
  for (const [i, tiles] of tilesPerAxis(kernel, grid).entries()) values.set(`tiles_${grid.q.axes[i]}`, tiles);
  for (const [name, { axes, strides }] of Object.entries(layouts)) {
    values.set(`${name}_split_stride`, strides[axes.indexOf(SPLIT)] ?? 0);
    for (const [i, axis] of axes.entries()) {
      values.set(`${name}_stride_${axis === "heads" ? "head" : axis}`, strides[i] as number);
    }
  }
  for (const [name, value] of params) values.set(`param_${name}`, value);
  let words = 0;
  for (const { name } of manifest.tables) {
    const { shape, data } = tables[name] as Table;
    values.set(`table_${name}_offset`, words);
    for (const [i, extent] of shape.entries()) values.set(`table_${name}_extent_${i}`, extent);
    words += data.length;
  }
  return values;
}

/** A uniform block. Offsets relative to a binding may be negative: they are written modulo 2^32, as the kernel adds. */
export function writeUniforms(
  { uniforms }: Pick<ManifestKernel, "uniforms">,
  values: ReadonlyMap<string, number>,
): ArrayBuffer {
  const block = new ArrayBuffer(uniforms.size);
  const view = new DataView(block);
  for (const { name, type, offset } of uniforms.fields) {
    const value = values.get(name);
    if (value === undefined)
      throw new Error(`bug in mscc: the manifest has the uniform '${name}', unknown to its launcher`);
    if (type === "f32") view.setFloat32(offset, value, true);
    else if (type === "i32") view.setInt32(offset, value, true);
    else view.setUint32(offset, value, true);
  }
  return block;
}

/** All tables one after another: bits of f32 and i32 side by side. */
export function packTables({ tables }: Manifest, given: { readonly [name: string]: Table }): Uint32Array<ArrayBuffer> {
  const parts = tables.map(({ name }) => (given[name] as Table).data);
  const words = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const { buffer, byteOffset, length } of parts) {
    words.set(new Uint32Array(buffer, byteOffset, length), at);
    at += length;
  }
  return words;
}
