/** Makes the GPU objects of one launch: uniforms, tables, an LSE buffer where none is given, bind groups. */
import { type Checked, ownWords } from "./check.js";
import type { Watch } from "./device.js";
import type { Problem } from "./messages.js";
import { type Bound, checkLayout } from "./operands.js";
import type { BindOptions, CompiledKernel, Operand } from "./types.js";
import { packTables, uniformValues, writeUniforms } from "./uniforms.js";

/** A kernel on a device, ready to be bound. */
export interface Prepared {
  readonly name: string;
  readonly device: GPUDevice;
  readonly compiled: CompiledKernel;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** What the device found wrong with the pipeline, where that was not awaited. */
  readonly creation: Promise<readonly Problem[]>;
  readonly watch: Watch;
}

// GPUBufferUsage, which Node has no global for.
const [COPY_SRC, COPY_DST, UNIFORM, STORAGE] = [0x4, 0x8, 0x40, 0x80];

export interface Resources {
  readonly lse: Operand;
  readonly uniforms: GPUBuffer;
  /** Uniforms of any dispatch, by its first tile and the end of its tiles. */
  readonly block: (first: number, end: number) => ArrayBuffer;
  /** Bytes from the uniforms of the whole launch to those of the current slice. */
  readonly slot: number;
  readonly groups: readonly [whole: GPUBindGroup, slice: GPUBindGroup];
  readonly owned: readonly GPUBuffer[];
}

export function makeResources(prepared: Prepared, checked: Checked, options: BindOptions): Resources {
  const { name, device, compiled } = prepared;
  const { manifest, kernel } = compiled;
  const { numbers, tiles } = checked;
  const owned: GPUBuffer[] = [];
  const create = (label: string, size: number, usage: number) => {
    const buffer = device.createBuffer({ label: `${name} ${label}`, size, usage });
    owned.push(buffer);
    return buffer;
  };
  const words = ownWords(compiled, options);
  const lse = options.lse ?? {
    buffer: create("lse", words.lse * 4, STORAGE | COPY_SRC),
    shape: options.q.shape.slice(0, -1),
  };
  const lsePart = checked.bound.lse ?? checkLayout(manifest, kernel, device.limits, "lse", lse, []);
  const bound: Record<string, Bound> = { ...checked.bound, ...(lsePart ? { lse: lsePart } : {}) };

  const values = uniformValues(manifest, kernel, numbers, bound);
  const block = (first: number, end: number) => writeUniforms(kernel, values, first, end);
  const alignment = device.limits.minUniformBufferOffsetAlignment;
  const slot = Math.ceil(kernel.uniforms.size / alignment) * alignment;
  const uniforms = create("uniforms", slot + kernel.uniforms.size, UNIFORM | COPY_DST);
  device.queue.writeBuffer(uniforms, 0, block(0, tiles));
  const tables = words.tables > 0 ? create("tables", words.tables * 4, STORAGE | COPY_DST) : undefined;
  if (tables) device.queue.writeBuffer(tables, 0, packTables(manifest, numbers.tables));

  const groups = [0, slot].map((offset) => {
    const own = {
      uniforms: { buffer: uniforms, offset, size: kernel.uniforms.size },
      tables: tables && { buffer: tables },
    };
    return bindGroup(prepared, { ...bindingsOf(bound), ...own });
  });
  return { lse, uniforms, block, slot, groups: groups as [GPUBindGroup, GPUBindGroup], owned };
}

const bindingsOf = (bound: { readonly [name: string]: Bound }) =>
  Object.fromEntries(
    Object.entries(bound).map(([name, { buffer, bindingOffset, bindingSize }]) => [
      name,
      { buffer, offset: bindingOffset, size: bindingSize },
    ]),
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
