/** A model ready to use: compiled files and weights in, frames out. The same on Node and in browsers. */
import { product } from "../../runtime/host-layout.js";
import { ModelError } from "../messages.js";
import { type ReadText, readModel } from "./compiled.js";
import type { Extents, MscConfig } from "./config.js";
import { type Denoised, type DenoiseOptions, denoise } from "./denoise.js";
import { clipOf } from "./dimensions.js";
import type { StoredDtype } from "./extents.js";
import { type Network, openNetwork } from "./network.js";
import { networkFault } from "./network-messages.js";
import { parseSafetensors } from "./safetensors.js";
import { createSampler, type SampleOptions, type Sampler } from "./sample.js";
import { checkWeights } from "./weights.js";

export interface OpenOptions {
  /** Name of the compiled model: `<name>.json` is read first. */
  readonly name: string;
  /** Reads the files that `mscc msc build` wrote, from a folder or over the network. */
  readonly read: ReadText;
  /** A safetensors file. */
  readonly weights: Uint8Array;
  /** Name of the weights in messages. */
  readonly weightsName?: string;
  /** How weights and activations are stored; f32 if absent. f16 needs the device's feature `shader-f16`. */
  readonly dtype?: StoredDtype;
}

/** Frames of a video `[frames, rows, columns, channels]` in [-1, 1]. */
export interface VideoClip {
  readonly frames: number;
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

export interface Msc {
  readonly config: MscConfig;
  readonly network: Network;
  /** Tokens of a frame of a video. @throws ModelError where patches do not divide it. */
  readonly gridOf: (clip: Pick<VideoClip, "rows" | "columns">) => Pick<Extents, "y" | "x">;
  readonly sampler: (options: SampleOptions) => Sampler;
  readonly denoise: (clip: VideoClip, options: Omit<DenoiseOptions, "grid">) => Promise<Denoised[]>;
  readonly close: () => void;
}

/**
 * The grid of a clip's tokens; frames are not looked at.
 * @throws ModelError `clip-size` where patches do not divide it.
 */
export function gridOf({ patch }: Pick<MscConfig, "patch">, { rows, columns }: Pick<VideoClip, "rows" | "columns">) {
  if (rows % patch.y !== 0 || columns % patch.x !== 0) {
    throw networkFault("clip-size", `${columns} x ${rows}`, `${patch.x} x ${patch.y}`);
  }
  return { y: rows / patch.y, x: columns / patch.x };
}

/**
 * Opens a compiled model on a device.
 * @throws ModelError for files or weights that do not fit, and where the device lacks room; LaunchError where it lacks a
 *   feature that a kernel needs.
 */
export async function openMsc(device: GPUDevice, options: OpenOptions): Promise<Msc> {
  const { name, read, weights, weightsName = "the weights", dtype = "f32" } = options;
  const model = await readModel(name, read, dtype);
  const { config } = model.file;
  const { tensors } = parseSafetensors(weights, weightsName);
  const problems = checkWeights(config, tensors);
  if (problems.length > 0) {
    throw new ModelError(
      problems.map((each) => ({ ...each, message: `${weightsName}, as weights of '${config.name}': ${each.message}` })),
    );
  }
  const values = new Map([...tensors].map(([tensor, { data }]) => [tensor, data]));
  const network = await openNetwork(device, model, values);
  return {
    config,
    network,
    gridOf: (clip) => gridOf(config, clip),
    sampler: (wanted) => createSampler(network, wanted),
    denoise: (clip, wanted) => {
      const grid = gridOf(config, clip);
      const one = clipOf(config, { ...grid, t: 1 });
      const whole = product([clip.frames, one.y, one.x, config.channels]);
      if (clip.data.length !== whole) throw networkFault("clip-length", "the clip", clip.data.length, whole);
      return denoise(network, clip.data, { ...wanted, grid });
    },
    close: () => network.dispose(),
  };
}
