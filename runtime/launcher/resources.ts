/** Makes the GPU objects of one launch: uniforms, tables, buffers for what is not given, bind groups. */
import type { ManifestMerge } from "../../compiler/plan/manifest.js";
import { type Checked, tableWords } from "./check.js";
import type { Watch } from "./device.js";
import { bindGroup, slotSize } from "./groups.js";
import type { Piece, Step } from "./launch.js";
import type { Layout } from "./layout.js";
import { mergeOf, mergePipeline } from "./merge.js";
import type { Pipeline } from "./pipeline.js";
import type { Slab } from "./slabs.js";
import { sizeOf } from "./splits.js";
import type { BindOptions, CompiledKernel, Operand } from "./types.js";
import { packTables, uniformValues, writeUniforms } from "./uniforms.js";

/** A kernel on a device, ready to be bound. */
export interface Prepared extends Pipeline {
  readonly name: string;
  readonly device: GPUDevice;
  readonly compiled: CompiledKernel;
  readonly watch: Watch;
}

// GPUBufferUsage, which Node has no global for.
const [COPY_SRC, COPY_DST, UNIFORM, STORAGE] = [0x4, 0x8, 0x40, 0x80];

export interface Resources {
  readonly lse: Operand;
  readonly slabs: readonly Piece[];
  readonly owned: readonly GPUBuffer[];
}

type Buffers = { readonly [operand: string]: GPUBuffer | undefined };

/** The operands that are given, and buffers for the others. */
function buffersOf({ layouts }: Checked, options: BindOptions, create: Create): Buffers {
  const given: Record<string, GPUBuffer | undefined> = {};
  for (const [name, layout] of Object.entries(layouts)) {
    const operand = (options as unknown as { readonly [name: string]: Operand | undefined })[name];
    given[name] = operand?.buffer ?? create(name, sizeOf(layout), STORAGE | COPY_SRC);
  }
  return given;
}

type Create = (label: string, size: number, usage: number) => GPUBuffer;

/** The kernel's names of its operands, with ours: where splits are joined later, it writes what each split gives. */
const namesOf = (splits: number): readonly (readonly [operand: string, own: string])[] => [
  ...(["q", "k", "v"] as const).map((name) => [name, name] as const),
  ...(["output", "lse"] as const).map((name) => [name, splits > 1 ? PARTS[name] : name] as const),
];
const PARTS = { output: "parts", lse: "part_lse" } as const;

/** What the dispatches of all slabs share. */
interface Common {
  readonly prepared: Prepared;
  readonly checked: Checked;
  readonly buffers: Buffers;
  readonly tables: GPUBuffer | undefined;
  /** One slot for each slab, one for slices, and one for the merge of each slab. */
  readonly uniforms: GPUBuffer;
  /** Bytes of a slot. */
  readonly slot: number;
  /** Uniforms that do not differ from slab to slab. */
  readonly values: ReadonlyMap<string, number>;
}

export function makeResources(prepared: Prepared, checked: Checked, options: BindOptions): Resources {
  const { name, device, compiled } = prepared;
  const { manifest, kernel } = compiled;
  const { numbers, slabs, layouts, splits } = checked;
  const owned: GPUBuffer[] = [];
  const create: Create = (label, size, usage) => {
    const buffer = device.createBuffer({ label: `${name} ${label}`, size, usage });
    owned.push(buffer);
    return buffer;
  };
  const buffers = buffersOf(checked, options, create);
  const words = tableWords(compiled, options);
  const tables = words > 0 ? create("tables", words * 4, STORAGE | COPY_DST) : undefined;
  if (tables) device.queue.writeBuffer(tables, 0, packTables(manifest, numbers.tables));
  const merge = splits > 1 ? kernel.merge : undefined;
  const slot = slotSize(device, Math.max(kernel.uniforms.size, merge?.uniforms.size ?? 0));
  const uniforms = create("uniforms", slot * (slabs.length * (merge ? 2 : 1) + 1), UNIFORM | COPY_DST);
  const operands = namesOf(splits).map(([operand, own]) => [operand, layouts[own] as Layout] as const);
  const values = uniformValues(manifest, kernel, numbers, Object.fromEntries(operands)).set("splits", splits);
  const common: Common = { prepared, checked, buffers, tables, uniforms, slot, values };
  const boundSlabs = slabs.map((_, i) => ({
    ...boundSlab(common, i),
    ...(merge ? { merge: mergeStep(common, merge, i) } : {}),
  }));
  const lse = options.lse ?? { buffer: buffers.lse as GPUBuffer, shape: options.q.shape.slice(0, -1) };
  return { lse, slabs: boundSlabs, owned };
}

/** The dispatches of a slab, whole and in slices, which have uniforms of their own. */
function boundSlab({ prepared, checked, buffers, tables, uniforms, slot, values }: Common, i: number): Piece {
  const { name, device, compiled, pipeline, layout } = prepared;
  const { kernel } = compiled;
  const { first, end, bindings } = checked.slabs[i] as Slab;
  const names = namesOf(checked.splits);
  const offsets = names.map(([operand, own]) => [`${operand}_offset`, bindings[own]?.offset ?? 0] as const);
  const write = (place: number, from: number, to: number) => {
    const block = new Map([...values, ...offsets, ["first_tile", from], ["total_tiles", to]]);
    device.queue.writeBuffer(uniforms, place * slot, writeUniforms(kernel, block));
  };
  const stepWith = (place: number): Step => {
    const operands = names.map(([operand, own]) => [operand, bound(bindings, buffers, own)] as const);
    const own = { uniforms: { buffer: uniforms, offset: place * slot, size: kernel.uniforms.size } };
    const all = { ...Object.fromEntries(operands), ...own, tables: tables && { buffer: tables } };
    return { pipeline, group: bindGroup(device, name, layout, kernel.bindings, all) };
  };
  const slices = checked.slabs.length;
  write(i, first, end);
  return {
    ...{ first, end, whole: stepWith(i), slice: stepWith(slices) },
    setSlice: (from, to) => write(slices, from, to),
  };
}

function mergeStep({ prepared, checked, buffers, uniforms, slot }: Common, merge: ManifestMerge, i: number) {
  const { name, device, compiled } = prepared;
  const slab = checked.slabs[i] as Slab;
  const offset = (checked.slabs.length + 1 + i) * slot;
  const made = mergePipeline(device, merge, compiled.merge as string);
  const { block, workgroups } = mergeOf(merge, slab, checked.layouts, checked.splits);
  device.queue.writeBuffer(uniforms, offset, block);
  const operands = merge.bindings.map(
    (binding) => [binding.name, bound(slab.bindings, buffers, binding.name)] as const,
  );
  const own = { uniforms: { buffer: uniforms, offset, size: merge.uniforms.size } };
  const all = { ...Object.fromEntries(operands), ...own };
  const group = bindGroup(device, `${name} merge`, made.layout, merge.bindings, all);
  return { pipeline: made.pipeline, group, workgroups };
}

/** The part of an operand's buffer that a slab binds. */
function bound(bindings: Slab["bindings"], buffers: Buffers, name: string): GPUBufferBinding | undefined {
  const [buffer, binding] = [buffers[name], bindings[name]];
  return buffer && binding && { buffer, offset: binding.bindingOffset, size: binding.bindingSize };
}
