/** Joins the splits of a launch on the device: the merge kernel's pipeline, and what it reads and writes for each slab. */
import type { ManifestMerge } from "../../compiler/plan/manifest.js";
import type { Layout } from "./layout.js";
import { partsOf } from "./pipeline.js";
import type { Slab } from "./slabs.js";
import { SPLIT } from "./splits.js";
import { writeUniforms } from "./uniforms.js";

interface MergePipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

const made = new WeakMap<GPUDevice, Map<string, MergePipeline>>();

/** One pipeline per device and WGSL, made when first needed: it is small, and the same for all patterns. */
export function mergePipeline(device: GPUDevice, merge: ManifestMerge, code: string): MergePipeline {
  const ofDevice = made.get(device) ?? new Map<string, MergePipeline>();
  made.set(device, ofDevice);
  const known = ofDevice.get(code);
  if (known) return known;
  const create = (descriptor: GPUComputePipelineDescriptor) => device.createComputePipeline(descriptor);
  const fresh = partsOf(device, "mscc merge", merge, code, create);
  ofDevice.set(code, fresh);
  return fresh;
}

const OPERANDS = ["parts", "part_lse", "output", "lse"] as const;

/** What the merge of one slab is given, and how many workgroups it takes. */
export function mergeOf(
  merge: ManifestMerge,
  { rows, bindings }: Slab,
  layouts: { readonly [operand: string]: Layout },
  splits: number,
): { readonly block: ArrayBuffer; readonly workgroups: number } {
  const extents = rows.map(([first, last]) => last - first + 1);
  const count = extents.reduce((product, extent) => product * extent, 1);
  const valueDim = layouts.output?.shape.at(-1) as number;
  const values = new Map<string, number>([
    ["rows", count],
    ["splits", splits],
    ["value_dim", valueDim],
  ]);
  for (let i = 0; i < 6; i++) values.set(`extent_${i}`, extents[i] ?? 1);
  for (const name of OPERANDS) {
    const { axes, strides } = layouts[name] as Layout;
    // The rows of a slab are counted from its first one.
    const start = rows.reduce((sum, [first], i) => sum + first * (strides[i] as number), 0);
    values.set(`${name}_offset`, (bindings[name]?.offset ?? 0) + start);
    for (let i = 0; i < 6; i++) values.set(`${name}_stride_${i}`, i < rows.length ? (strides[i] as number) : 0);
    values.set(`${name}_split_stride`, strides[axes.indexOf(SPLIT)] ?? 0);
    values.set(`${name}_stride_dim`, strides[axes.indexOf("dim")] ?? 0);
  }
  return { block: writeUniforms(merge, values), workgroups: Math.ceil((count * valueDim) / merge.workgroupSize) };
}
