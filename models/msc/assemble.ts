/** Config -> program: the forward pass of docs/msc.md as a list of declared operations, one after the other and not yet fused. */
import type { Branch, Layer, MscConfig } from "./config.js";
import { FREQUENCIES, HEAD_CHUNKS, headDimOf, hiddenOf, LAYER_CHUNKS, layersOf, patchDimOf } from "./dimensions.js";
import type { Extent, OperationStep, Program, ProgramTensor, Step, View } from "./program.js";

const MOST_MERGED = 4;

/** Collects tensors and steps in order. */
interface Assembly {
  readonly tensors: ProgramTensor[];
  readonly steps: Step[];
  layer?: number;
}

type Grid = readonly [Extent, Extent, Extent];

const FINE: Grid = [{ of: "t" }, { of: "y" }, { of: "x" }];
const PER_FRAME: Grid = [{ of: "t" }, 1, 1];

const coarse = (down: number): Grid =>
  down === 1 ? FINE : [{ of: "t" }, { of: "y", over: down }, { of: "x", over: down }];

function activation({ tensors }: Assembly, name: string, grid: Grid, channels: number): View {
  tensors.push({ name, role: "activation", storage: "dtype", extents: [...grid, channels] });
  return { tensor: name };
}

function weight({ tensors }: Assembly, name: string, extents: readonly number[]): View {
  tensors.push({ name, role: "weight", storage: "dtype", extents });
  return { tensor: name };
}

function apply(
  assembly: Assembly,
  kernel: string,
  inputs: OperationStep["inputs"],
  output: View,
  params: OperationStep["params"] = {},
): View {
  const { layer } = assembly;
  assembly.steps.push({ kind: "operation", kernel, inputs, output, params, ...(layer === undefined ? {} : { layer }) });
  return output;
}

/** `name.weight` [channels, from] and `name.bias` applied to the channels of `x`. */
function linear(assembly: Assembly, name: string, x: View, from: number, grid: Grid, channels: number): View {
  const weights = {
    weight: weight(assembly, `${name}.weight`, [channels, from]),
    bias: weight(assembly, `${name}.bias`, [channels]),
  };
  return apply(assembly, "linear", { x, ...weights }, activation(assembly, `${name}:out`, grid, channels));
}

/** One of the width-sized parts of a modulation. */
const part = ({ tensor }: View, i: number, width: number): View => ({
  tensor,
  first: i * width,
  channels: width,
  perFrame: true,
});

function modulated(assembly: Assembly, name: string, x: View, shift: View, scale: View, width: number): View {
  const normed = apply(assembly, "layerNorm", { x }, activation(assembly, `${name}:norm`, FINE, width));
  const output = activation(assembly, `${name}:modulated`, FINE, width);
  return apply(assembly, "modulate", { x: normed, shift, scale }, output);
}

/** Queries, keys and values of a branch, attention, and its projection, on the branch's own grid. */
function attend(assembly: Assembly, config: MscConfig, branch: Branch, index: number, slice: View): View {
  const { channels, heads, down, pattern, params } = branch;
  const headDim = headDimOf(branch);
  const layer = assembly.layer as number;
  const name = `layers.${layer}.branches.${index}`;
  const grid = coarse(down);
  const pooled =
    down === 1
      ? slice
      : apply(assembly, "averagePool", { x: slice }, activation(assembly, `${name}.pool`, grid, channels), { down });
  const { tensor } = linear(assembly, `${name}.qkv`, pooled, channels, grid, 3 * channels);
  const frame = { tensor: "frame" };
  const turn = { rotated: channels, headDim, down, base: config.rotary.base };
  const turned = (part: string, first: number, count: number) => {
    const output = activation(assembly, `${name}.${part}`, grid, count);
    return apply(assembly, "rotary", { x: { tensor, first, channels: count }, frame }, output, turn);
  };
  const [q, keysAndValues] = [turned("q", 0, channels), turned("kv", channels, 2 * channels)];
  const output = activation(assembly, `${name}.attention`, grid, channels);
  assembly.steps.push({
    kind: "attention",
    ...{ pattern, params, layer, branch: index, heads, headDim, q, keysAndValues, output },
  });
  return linear(assembly, `${name}.out`, output, channels, grid, channels);
}

/** The branches brought back to the fine grid, gated and joined: by fours where there are more, into runs of channels. */
function merged(assembly: Assembly, branches: readonly Branch[], outputs: readonly View[], gates: View, width: number) {
  const name = `layers.${assembly.layer}.merged`;
  const output = activation(assembly, name, FINE, width);
  let first = 0;
  for (let i = 0; i < branches.length; i += MOST_MERGED) {
    const own = branches.slice(i, i + MOST_MERGED);
    const channels = own.reduce((sum, each) => sum + each.channels, 0);
    const inputs = Object.fromEntries(own.map((_, j) => [`branch${j}`, outputs[i + j] as View]));
    const params = Object.fromEntries(own.map(({ down }, j) => [`down${j}`, down]));
    const run = own.length === branches.length ? {} : { first, channels };
    const gate: View = { ...gates, first: (gates.first ?? 0) + first, channels };
    apply(assembly, `merge${own.length}`, { gates: gate, ...inputs }, { ...output, ...run }, params);
    first += channels;
  }
  return output;
}

function layer(assembly: Assembly, config: MscConfig, index: number, x: View, condition: View): View {
  const { width } = config;
  const { branches } = layersOf(config)[index] as Layer;
  assembly.layer = index;
  const name = `layers.${index}`;
  const modulation = linear(assembly, `${name}.modulation`, condition, width, PER_FRAME, LAYER_CHUNKS * width);
  const at = (i: number) => part(modulation, i, width);
  const normed = modulated(assembly, `${name}.attention`, x, at(0), at(1), width);
  let first = 0;
  const outputs = branches.map((branch, i) => {
    const slice: View = { ...normed, ...(branches.length === 1 ? {} : { first, channels: branch.channels }) };
    first += branch.channels;
    return attend(assembly, config, branch, i, slice);
  });
  const joined = merged(assembly, branches, outputs, at(6), width);
  const attended = activation(assembly, `${name}.attended`, FINE, width);
  apply(assembly, "gatedResidual", { x, gate: at(2), block: joined }, attended);
  const hidden = hiddenOf(config);
  const inner = modulated(assembly, `${name}.feedForward`, attended, at(3), at(4), width);
  const up = linear(assembly, `${name}.up`, inner, width, FINE, hidden);
  const active = apply(assembly, "gelu", { x: up }, activation(assembly, `${name}.hidden`, FINE, hidden));
  const fed = linear(assembly, `${name}.down`, active, hidden, FINE, width);
  const output = activation(assembly, `${name}.output`, FINE, width);
  apply(assembly, "gatedResidual", { x: attended, gate: at(5), block: fed }, output);
  delete assembly.layer;
  return output;
}

/** Noise levels -> what every modulation reads, [t, 1, 1, width]. */
function conditionOf(assembly: Assembly, { width }: MscConfig): View {
  const waves = activation(assembly, "time.waves", PER_FRAME, 2 * FREQUENCIES);
  apply(assembly, "timestep", { tau: { tensor: "tau" } }, waves);
  const first = linear(assembly, "time.0", waves, 2 * FREQUENCIES, PER_FRAME, width);
  const active = apply(assembly, "silu", { x: first }, activation(assembly, "time.hidden", PER_FRAME, width));
  const second = linear(assembly, "time.1", active, width, PER_FRAME, width);
  return apply(assembly, "silu", { x: second }, activation(assembly, "condition", PER_FRAME, width));
}

/** Pixels of a chunk of token frames. */
const clipExtents = ({ patch, channels }: MscConfig): readonly Extent[] => [
  { of: "t", times: patch.t },
  { of: "y", times: patch.y },
  { of: "x", times: patch.x },
  channels,
];

/** The tensors that the sampler writes and reads. */
function interfaceOf(config: MscConfig): ProgramTensor[] {
  const perFrame: readonly Extent[] = [{ of: "t" }];
  const clip = clipExtents(config);
  return [
    { name: "clip", role: "state", storage: "f32", extents: clip },
    { name: "tau", role: "given", storage: "f32", extents: perFrame },
    { name: "next", role: "given", storage: "f32", extents: perFrame },
    { name: "frame", role: "given", storage: "i32", extents: perFrame },
    { name: "stepped", role: "result", storage: "f32", extents: clip },
  ];
}

/** The forward pass of a chunk of token frames, and one step of the sampler. */
export function assemble(config: MscConfig): Program {
  const { width, depth, patch } = config;
  const assembly: Assembly = { tensors: interfaceOf(config), steps: [] };
  const pixels = patchDimOf(config);
  const sides = { frames: patch.t, high: patch.y, wide: patch.x };
  const patches = activation(assembly, "patches", FINE, pixels);
  apply(assembly, "patchify", { clip: { tensor: "clip" } }, patches, sides);
  let x = linear(assembly, "embed", patches, pixels, FINE, width);
  const condition = conditionOf(assembly, config);
  for (let i = 0; i < depth; i++) x = layer(assembly, config, i, x, condition);
  const modulation = linear(assembly, "head.modulation", condition, width, PER_FRAME, HEAD_CHUNKS * width);
  const last = modulated(assembly, "head", x, part(modulation, 0, width), part(modulation, 1, width), width);
  const tokens = linear(assembly, "head", last, width, FINE, pixels);
  assembly.tensors.push({ name: "velocity", role: "activation", storage: "f32", extents: clipExtents(config) });
  apply(assembly, "unpatchify", { tokens }, { tensor: "velocity" }, sides);
  const given = { clip: { tensor: "clip" }, tau: { tensor: "tau" }, next: { tensor: "next" } };
  apply(
    assembly,
    "eulerStep",
    { ...given, velocity: { tensor: "velocity" } },
    { tensor: "stepped" },
    { frames: patch.t },
  );
  return { tensors: assembly.tensors, steps: assembly.steps };
}
