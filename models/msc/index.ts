/** `mscc/msc`: the MSC video model on a WebGPU device, in a browser or on Node; needs no compiler and no file system. */
export { ModelError, type Problem } from "../messages.js";
export type { Clip, Rate } from "../video/clip.js";
export { formatGif, type GifOptions } from "../video/gif.js";
export { formatStrip, type StripOptions } from "../video/png.js";
export { formatY4m, parseY4m, type Y4m, type Y4mColour, type Y4mPlanes } from "../video/y4m.js";
export { type ModelFile, type ModelPattern, type ReadText, readModelFile } from "./compiled.js";
export {
  type Branch,
  type ConfigPattern,
  type Extents,
  type Layer,
  type MscConfig,
  type PatternSet,
  validateConfig,
} from "./config.js";
export type { Denoised, DenoiseOptions } from "./denoise.js";
export type { StoredDtype } from "./extents.js";
export { type Msc, type OpenOptions, openMsc, type VideoClip } from "./open.js";
export { presets } from "./presets.js";
export { type RandomStream, randomStream } from "./random.js";
export type { SampleMode } from "./rounds.js";
export {
  formatSafetensors,
  type OutgoingTensor,
  parseSafetensors,
  type Safetensors,
  type SafetensorsTensor,
} from "./safetensors.js";
export type { SampledFrames, SampleOptions, Sampler, SampleState } from "./sample.js";
export { formatState, parseState, type Run, requireSameRun, type SavedRun } from "./state.js";
export {
  checkWeights,
  type InitMode,
  initialWeights,
  parameterCount,
  type WeightSpec,
  weightSpecs,
} from "./weights.js";
