/** Makes the GPU objects of one launch: uniforms, tables, buffers for what is not given, bind groups. */
import type { ManifestMerge } from "../../compiler/plan/manifest.js";
import { type Checked, tableWords } from "./check.js";
import type { Watch } from "./device.js";
import { mergeOf, mergePipeline } from "./merge.js";
import type { Layout } from "./operands.js";
import type { Slab } from "./slabs.js";
import { bytesOf } from "./splits.js";
import type { BindOptions, CompiledKernel, Operand } from "./types.js";
import { packTables, uniformValues, writeUniforms } from "./uniforms.js";

/** A kernel on a device, ready to be bound. */
export interface Prepared {
  readonly name: string;
  readonly device: GPUDevice;
  readonly compiled: CompiledKernel;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly watch: Watch;
}

// GPUBufferUsage, which Node has no global for.
const [COPY_SRC, COPY_DST, UNIFORM, STORAGE] = [0x4, 0x8, 0x40, 0x80];

/** What a dispatch sets beside its number of workgroups. */
export interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
}

/** A slab on the device. */
export interface BoundSlab {
  /** Tiles from the first up to, and without, the end. */
  readonly first: number;
  readonly end: number;
  /** With the uniforms of the whole slab, which never change; with those that `setSlice` writes. */
  readonly whole: Step;
  readonly slice: Step;
  /** Writes the uniforms of a part of the slab. */
  readonly setSlice: (first: number, end: number) => void;
  /** Joins the splits of the slab once all of it is computed. */
  readonly merge?: Step & { readonly workgroups: number };
}

export interface Resources {
  readonly lse: Operand;
  readonly slabs: readonly BoundSlab[];
  readonly owned: readonly GPUBuffer[];
}

type Buffers = { readonly [operand: string]: GPUBuffer | undefined };

/** The operands that are given, and buffers for the others. */
function buffersOf({ layouts }: Checked, options: BindOptions, create: Create): Buffers {
  const given: Record<string, GPUBuffer | undefined> = {};
  for (const [name, layout] of Object.entries(layouts)) {
    const operand = (options as unknown as { readonly [name: string]: Operand | undefined })[name];
    given[name] = operand?.buffer ?? create(name, bytesOf(layout), STORAGE | COPY_SRC);
  }
  return given;
}

type Create = (label: string, size: number, usage: number) => GPUBuffer;

/** The names of what the kernel writes: the results or, where they are joined later, what each split gives. */
const written = (splits: number) =>
  splits > 1 ? { output: "parts", lse: "part_lse" } : { output: "output", lse: "lse" };

export function makeResources(prepared: Prepared, checked: Checked, options: BindOptions): Resources {
  const { name, device, compiled, pipeline } = prepared;
  const { manifest, kernel } = compiled;
  const { numbers, slabs, layouts, splits } = checked;
  const owned: GPUBuffer[] = [];
  const create: Create = (label, size, usage) => {
    const buffer = device.createBuffer({ label: `${name} ${label}`, size, usage });
    owned.push(buffer);
    return buffer;
  };
  const buffers = buffersOf(checked, options, create);
  const lse = options.lse ?? { buffer: buffers.lse as GPUBuffer, shape: options.q.shape.slice(0, -1) };
  const words = tableWords(compiled, options);
  const tables = words > 0 ? create("tables", words * 4, STORAGE | COPY_DST) : undefined;
  if (tables) device.queue.writeBuffer(tables, 0, packTables(manifest, numbers.tables));

  // The operands as the kernel names them.
  const names: { readonly [operand: string]: string } = { q: "q", k: "k", v: "v", ...written(splits) };
  const renamed = Object.entries(names).map(([operand, own]) => [operand, layouts[own] as Layout] as const);
  const values = uniformValues(manifest, kernel, numbers, Object.fromEntries(renamed)).set("splits", splits);
  const block = ({ bindings }: Slab, first: number, end: number) => {
    const offsets = Object.entries(names).map(([operand, own]) => [`${operand}_offset`, bindings[own]?.offset ?? 0]);
    return writeUniforms(
      kernel,
      new Map([...values, ...(offsets as [string, number][]), ["first_tile", first], ["total_tiles", end]]),
    );
  };
  const ofMerge = splits > 1 ? kernel.merge : undefined;
  const slot = slotSize(device, Math.max(kernel.uniforms.size, ofMerge?.uniforms.size ?? 0));
  // Slots: each slab, slices, the merge of each slab.
  const uniforms = create("uniforms", slot * (slabs.length * (ofMerge ? 2 : 1) + 1), UNIFORM | COPY_DST);
  const groupOf = ({ bindings }: Slab, place: number) => {
    const operands = Object.entries(names).map(([operand, own]) => [operand, bound(bindings, buffers, own)] as const);
    const own = { uniforms: { buffer: uniforms, offset: place * slot, size: kernel.uniforms.size } };
    const all = { ...Object.fromEntries(operands), ...own, tables: tables && { buffer: tables } };
    return { pipeline, group: bindGroup(device, name, prepared.layout, kernel.bindings, all) };
  };
  const mergeStep = (merge: ManifestMerge, slab: Slab, place: number) => {
    const made = mergePipeline(device, merge, compiled.merge as string);
    const { block: numbersOfMerge, workgroups } = mergeOf(merge, slab, layouts, splits);
    device.queue.writeBuffer(uniforms, place * slot, numbersOfMerge);
    const operands = merge.bindings.map((binding) => [binding.name, bound(slab.bindings, buffers, binding.name)]);
    const own = { uniforms: { buffer: uniforms, offset: place * slot, size: merge.uniforms.size } };
    const all = { ...Object.fromEntries(operands), ...own };
    const group = bindGroup(device, `${name} merge`, made.layout, merge.bindings, all);
    return { pipeline: made.pipeline, group, workgroups };
  };
  const boundSlabs = slabs.map((slab, i): BoundSlab => {
    device.queue.writeBuffer(uniforms, i * slot, block(slab, slab.first, slab.end));
    return {
      ...{ first: slab.first, end: slab.end, whole: groupOf(slab, i), slice: groupOf(slab, slabs.length) },
      setSlice: (first, end) => device.queue.writeBuffer(uniforms, slabs.length * slot, block(slab, first, end)),
      ...(ofMerge ? { merge: mergeStep(ofMerge, slab, slabs.length + 1 + i) } : {}),
    };
  });
  return { lse, slabs: boundSlabs, owned };
}

function slotSize({ limits }: GPUDevice, bytes: number): number {
  const alignment = limits.minUniformBufferOffsetAlignment;
  return Math.ceil(bytes / alignment) * alignment;
}

/** The part of an operand's buffer that a slab binds. */
function bound(bindings: Slab["bindings"], buffers: Buffers, name: string): GPUBufferBinding | undefined {
  const [buffer, binding] = [buffers[name], bindings[name]];
  return buffer && binding && { buffer, offset: binding.bindingOffset, size: binding.bindingSize };
}

function bindGroup(
  device: GPUDevice,
  label: string,
  layout: GPUBindGroupLayout,
  bindings: ManifestMerge["bindings"],
  resources: { readonly [binding: string]: GPUBufferBinding | undefined },
): GPUBindGroup {
  const entries = bindings.map(({ name }, binding) => {
    const resource = resources[name];
    if (!resource) throw new Error(`bug in mscc: the manifest has the binding '${name}', unknown to its launcher`);
    return { binding, resource };
  });
  return device.createBindGroup({ label, layout, entries });
}
