/** The weights of an MSC model: their names, shapes and first values, and whether given ones are those of a configuration. */
import { closest } from "../../dsl/similar.js";
import type { Problem } from "../messages.js";
import type { MscConfig } from "./config.js";
import { configProblem } from "./config-messages.js";
import { FREQUENCIES, HEAD_CHUNKS, hiddenOf, LAYER_CHUNKS, layersOf, patchDimOf } from "./dimensions.js";

/** How a tensor begins: normal numbers of a deviation, or one value for each of equal chunks along its first dimension. */
export type Init =
  | { readonly kind: "normal"; readonly deviation: number }
  | { readonly kind: "chunks"; readonly values: readonly number[] };

/**
 * `zero`: as DiT begins, every layer is the identity and the velocity is 0. `open`: every gate is open and the head is
 * random, so that layers have an effect before anything is trained.
 */
export type InitMode = "zero" | "open";

export interface WeightSpec {
  readonly name: string;
  /** `[out, in]` for weights, `[out]` for biases. */
  readonly shape: readonly number[];
  readonly init: Init;
}

const fill = (...values: number[]): Init => ({ kind: "chunks", values });
/** Keeps the variance of what passes through. */
const preserving = (inputs: number, factor = 1): Init => ({ kind: "normal", deviation: factor / Math.sqrt(inputs) });

/** Weight and bias of a linear operation. */
function linear(name: string, outputs: number, inputs: number, weight = preserving(inputs), bias = fill(0)) {
  return [
    { name: `${name}.weight`, shape: [outputs, inputs], init: weight },
    { name: `${name}.bias`, shape: [outputs], init: bias },
  ];
}

/** Of random modulation, in `open`: half of what preserves variance, so that noise levels differ and none closes a gate. */
const OPEN_MODULATION = 0.5;

/** All weights, in the order in which they are stored and drawn. */
export function weightSpecs(config: MscConfig, mode: InitMode = "zero"): readonly WeightSpec[] {
  const { width } = config;
  const [hidden, patch] = [hiddenOf(config), patchDimOf(config)];
  const isOpen = mode === "open";
  const modulation = isOpen ? preserving(width, OPEN_MODULATION) : fill(0);
  // Shift, scale and gate of both parts; a branch gate of 0 multiplies its branch by 1.
  const gates = isOpen ? fill(0, 0, 1, 0, 0, 1, 0) : fill(0);
  const layers = layersOf(config).flatMap(({ branches }, l) => [
    ...linear(`layers.${l}.modulation`, LAYER_CHUNKS * width, width, modulation, gates),
    ...branches.flatMap(({ channels }, b) => [
      ...linear(`layers.${l}.branches.${b}.qkv`, 3 * channels, channels),
      ...linear(`layers.${l}.branches.${b}.out`, channels, channels),
    ]),
    ...linear(`layers.${l}.up`, hidden, width),
    ...linear(`layers.${l}.down`, width, hidden),
  ]);
  return [
    ...linear("embed", width, patch),
    ...linear("time.0", width, 2 * FREQUENCIES),
    ...linear("time.1", width, width),
    ...layers,
    ...linear("head.modulation", HEAD_CHUNKS * width, width, modulation),
    ...linear("head", patch, width, isOpen ? preserving(width) : fill(0)),
  ];
}

const product = (shape: readonly number[]) => shape.reduce((so, extent) => so * extent, 1);

/** Numbers in all weights. */
export const parameterCount = (config: MscConfig): number =>
  weightSpecs(config).reduce((sum, { shape }) => sum + product(shape), 0);

/** Storage types that weights can be read from, as safetensors names them. */
export const WEIGHT_DTYPES: readonly string[] = ["F32", "F16"];

/** What a file says of its tensors. */
export interface TensorHeaders {
  readonly [name: string]: { readonly shape: readonly number[]; readonly dtype: string };
}

/** Why tensors are not the weights of a configuration; nothing where they are. */
export function checkWeights(config: MscConfig, tensors: TensorHeaders): Problem[] {
  const specs = weightSpecs(config);
  const known = new Set(specs.map(({ name }) => name));
  const found = specs.flatMap((spec) => {
    const tensor = Object.hasOwn(tensors, spec.name) ? tensors[spec.name] : undefined;
    return tensor ? [{ name: spec.name, shape: spec.shape, tensor }] : [];
  });
  const there = new Set(found.map(({ name }) => name));
  const missing = specs.filter(({ name }) => !there.has(name)).map(({ name }) => name);
  const extra = Object.keys(tensors).filter((name) => !known.has(name));
  const misshapen = found.filter(({ shape, tensor }) => shape.join() !== tensor.shape.join());
  const foreign = found.filter(({ tensor }) => !WEIGHT_DTYPES.includes(tensor.dtype));
  const dtypes = foreign.map(({ name, tensor }) => ({ name, found: tensor.dtype }));
  return [
    ...(missing.length > 0 ? [configProblem("weights-missing", missing, specs.length)] : []),
    ...(extra.length > 0 ? [configProblem("weights-extra", extra, closest(extra[0] as string, missing))] : []),
    ...(misshapen.length > 0
      ? [
          configProblem(
            "weights-shape",
            misshapen.map(({ name, shape, tensor }) => ({ name, found: tensor.shape, shape })),
          ),
        ]
      : []),
    ...(dtypes.length > 0 ? [configProblem("weights-dtype", dtypes, WEIGHT_DTYPES)] : []),
  ];
}

/** A stream of standard normal numbers. */
export interface NormalSource {
  normal(): number;
}

export interface InitialWeights {
  readonly [name: string]: { readonly shape: readonly number[]; readonly data: Float32Array<ArrayBuffer> };
}

function drawn({ shape, init }: WeightSpec, source: () => NormalSource): Float32Array<ArrayBuffer> {
  const data = new Float32Array(product(shape));
  if (init.kind === "normal") {
    const stream = source();
    for (let i = 0; i < data.length; i++) data[i] = init.deviation * stream.normal();
  } else {
    const chunk = data.length / init.values.length;
    for (const [i, value] of init.values.entries()) data.fill(value, i * chunk, (i + 1) * chunk);
  }
  return data;
}

/**
 * First values. `random` gives the stream of a seed and a name: each tensor has its own, so that a tensor's numbers do
 * not depend on which others the model has.
 */
export function initialWeights(
  config: MscConfig,
  seed: number,
  random: (seed: number, name: string) => NormalSource,
  mode: InitMode = "zero",
): InitialWeights {
  const specs = weightSpecs(config, mode);
  return Object.fromEntries(
    specs.map((spec) => [spec.name, { shape: spec.shape, data: drawn(spec, () => random(seed, spec.name)) }]),
  );
}
