/** Makes the GPU objects of one launch: uniforms, tables, buffers for what is not given, bind groups. */
import { type Checked, tableWords } from "./check.js";
import type { Watch } from "./device.js";
import type { Slab } from "./slabs.js";
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

/** A slab on the device. */
export interface BoundSlab {
  /** Tiles from the first up to, and without, the end. */
  readonly first: number;
  readonly end: number;
  /** With the uniforms of the whole slab, which never change; with those that `setSlice` writes. */
  readonly whole: GPUBindGroup;
  readonly slice: GPUBindGroup;
  /** Writes the uniforms of a part of the slab. */
  readonly setSlice: (first: number, end: number) => void;
}

export interface Resources {
  readonly lse: Operand;
  readonly slabs: readonly BoundSlab[];
  readonly owned: readonly GPUBuffer[];
}

export function makeResources(prepared: Prepared, checked: Checked, options: BindOptions): Resources {
  const { name, device, compiled } = prepared;
  const { manifest, kernel } = compiled;
  const { numbers, slabs } = checked;
  const owned: GPUBuffer[] = [];
  const create = (label: string, size: number, usage: number) => {
    const buffer = device.createBuffer({ label: `${name} ${label}`, size, usage });
    owned.push(buffer);
    return buffer;
  };
  const lseShape = options.q.shape.slice(0, -1);
  const bytes = 4 * lseShape.reduce((product, extent) => product * extent, 1);
  const lse = options.lse ?? { buffer: create("lse", bytes, STORAGE | COPY_SRC), shape: lseShape };
  const words = tableWords(compiled, options);
  const tables = words > 0 ? create("tables", words * 4, STORAGE | COPY_DST) : undefined;
  if (tables) device.queue.writeBuffer(tables, 0, packTables(manifest, numbers.tables));

  const values = uniformValues(manifest, kernel, numbers, checked.layouts);
  const block = ({ bindings }: Slab, first: number, end: number) => {
    const offsets = Object.entries(bindings).map(([operand, { offset }]) => [`${operand}_offset`, offset] as const);
    return writeUniforms(kernel, new Map([...values, ...offsets, ["first_tile", first], ["total_tiles", end]]));
  };
  const alignment = device.limits.minUniformBufferOffsetAlignment;
  const slot = Math.ceil(kernel.uniforms.size / alignment) * alignment;
  // The last slot is that of slices.
  const uniforms = create("uniforms", slot * slabs.length + kernel.uniforms.size, UNIFORM | COPY_DST);
  const buffers: { readonly [operand: string]: GPUBuffer | undefined } = { ...buffersOf(options), lse: lse.buffer };
  const groupOf = ({ bindings }: Slab, place: number) =>
    bindGroup(prepared, {
      ...operandsOf(bindings, buffers),
      uniforms: { buffer: uniforms, offset: place * slot, size: kernel.uniforms.size },
      tables: tables && { buffer: tables },
    });
  const bound = slabs.map((slab, i): BoundSlab => {
    device.queue.writeBuffer(uniforms, i * slot, block(slab, slab.first, slab.end));
    return {
      ...{ first: slab.first, end: slab.end, whole: groupOf(slab, i), slice: groupOf(slab, slabs.length) },
      setSlice: (first, end) => device.queue.writeBuffer(uniforms, slabs.length * slot, block(slab, first, end)),
    };
  });
  return { lse, slabs: bound, owned };
}

const buffersOf = ({ q, k, v, output }: BindOptions) => ({
  ...{ q: q.buffer, k: k.buffer, v: v.buffer, output: output.buffer },
});

const operandsOf = (bindings: Slab["bindings"], buffers: { readonly [operand: string]: GPUBuffer | undefined }) =>
  Object.fromEntries(
    Object.entries(bindings).map(([name, { bindingOffset, bindingSize }]) => {
      const buffer = buffers[name];
      return [name, buffer && { buffer, offset: bindingOffset, size: bindingSize }];
    }),
  );

function bindGroup(
  { name, device, layout, compiled }: Prepared,
  resources: { readonly [binding: string]: GPUBufferBinding | undefined },
): GPUBindGroup {
  const entries = compiled.kernel.bindings.map(({ name: binding }, i) => {
    const resource = resources[binding];
    if (!resource) throw new Error(`bug in mscc: the manifest has the binding '${binding}', unknown to its launcher`);
    return { binding: i, resource };
  });
  return device.createBindGroup({ label: name, layout, entries });
}
