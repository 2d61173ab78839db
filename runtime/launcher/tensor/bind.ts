/** Checks and prepares a launch of a tensor operation: its uniforms and its bind group. */
import { scoped, type Watch } from "../device.js";
import { bindGroup, slotSize } from "../groups.js";
import { launchOf, type Piece, type Step } from "../launch.js";
import type { Bound } from "../layout.js";
import { LaunchError } from "../messages.js";
import type { Pipeline } from "../pipeline.js";
import { writeUniforms } from "../uniforms.js";
import { type CheckedTensor, checkTensor } from "./check.js";
import type { CompiledTensor, TensorBindOptions, TensorLaunch } from "./types.js";

/** A kernel on a device, ready to be bound. */
export interface PreparedTensor extends Pipeline {
  readonly name: string;
  readonly device: GPUDevice;
  readonly compiled: CompiledTensor;
  readonly watch: Watch;
}

// GPUBufferUsage, which Node has no global for.
const [COPY_DST, UNIFORM] = [0x8, 0x40];

/** The value of every uniform by name, but for `first` and `total`, which differ from dispatch to dispatch. */
function uniformValues({ axes }: CompiledTensor["manifest"], { operands, sizes, params }: CheckedTensor) {
  const count = axes.reduce((product, axis) => product * (sizes.get(axis) as number), 1);
  const values = new Map<string, number>([
    ["count", count],
    ["no_unroll", 0],
  ]);
  for (const [label, extent] of sizes) values.set(`size_${label}`, extent);
  for (const [name, value] of params) values.set(`param_${name}`, value);
  for (const [operand, { offset, strides }] of Object.entries(operands)) {
    const name = operand === "output" ? operand : `input_${operand}`;
    values.set(`${name}_offset`, offset);
    for (const [i, stride] of strides.entries()) values.set(`${name}_stride_${i}`, stride);
  }
  return values;
}

const resourceOf = ({ buffer, bindingOffset, bindingSize }: Bound): GPUBufferBinding => ({
  buffer,
  offset: bindingOffset,
  size: bindingSize,
});

/** The launch on the device. What slices need is made when something is run in slices, which a model never does. */
function pieceOf(prepared: PreparedTensor, checked: CheckedTensor) {
  const { name, device, compiled, pipeline, layout } = prepared;
  const { manifest, kernel } = compiled;
  const slot = slotSize(device, kernel.uniforms.size);
  const usage = UNIFORM | COPY_DST;
  const uniforms = device.createBuffer({ label: `${name} uniforms`, size: slot * 2, usage });
  const values = uniformValues(manifest, checked);
  const write = (place: number, first: number, total: number) => {
    const block = writeUniforms(kernel, new Map([...values, ["first", first], ["total", total]]));
    device.queue.writeBuffer(uniforms, place * slot, block);
  };
  const operands = Object.entries(checked.operands).map(([operand, bound]) => [operand, resourceOf(bound)] as const);
  const stepAt = (place: number): Step => {
    const own = { uniforms: { buffer: uniforms, offset: place * slot, size: kernel.uniforms.size } };
    const all = { ...Object.fromEntries(operands), ...own };
    return { pipeline, group: bindGroup(device, name, layout, kernel.bindings, all) };
  };
  let slice: Step | undefined;
  const piece: Piece = {
    first: 0,
    end: checked.workgroups,
    whole: stepAt(0),
    get slice() {
      slice ??= stepAt(1);
      return slice;
    },
    setSlice: (first, end) => write(1, first, end),
  };
  write(0, 0, checked.workgroups);
  return { piece, owned: [uniforms] };
}

/** @throws LaunchError with every fault; `disposed` is told once. */
export function bindTensor(
  prepared: PreparedTensor,
  options: TensorBindOptions,
  disposed: (launch: TensorLaunch) => void,
): TensorLaunch {
  const { name, device, compiled, watch } = prepared;
  const checked = checkTensor(compiled, device.limits, options);
  if (checked.problems.length > 0) throw new LaunchError(name, checked.problems);
  const [{ piece, owned }, found] = scoped(device, () => pieceOf(prepared, checked));
  const creation = Promise.all([prepared.creation, found]).then((faults) => faults.flat());
  const work = { name, device, watch, pieces: [piece], splits: 1, owned, creation };
  const commands = launchOf(work, () => disposed(launch));
  const launch: TensorLaunch = { kernel: name, workgroups: checked.workgroups, ...commands };
  return launch;
}
