/** Every text of a compiled model and of its network on a device, as one table of codes. */
import { messagesOf, type Text } from "../messages.js";

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 23 ? 2 : 0)} MiB`;

export const {
  codes: networkCodes,
  problem: networkProblem,
  fail: networkFault,
} = messagesOf({
  "model-file": (file: string, why: string): Text => [
    `'${file}' is not a compiled model: ${why}`,
    "compile one with `mscc msc build`",
  ],
  "model-schema": (file: string, found: string): Text => [
    `'${file}' is of schema ${found}, and this version of mscc reads schema 1`,
    "compile the model again with `mscc msc build`",
  ],
  "model-kernel": (file: string, missing: string, why: string): Text => [
    `'${file}' needs '${missing}', which cannot be read: ${why}`,
    "keep the files that `mscc msc build` wrote together",
  ],
  "model-dtype": (name: string, dtype: string, compiled: readonly string[]): Text => [
    `model '${name}' was not compiled for ${dtype}; it was for ${compiled.join(", ")}`,
    `compile it with \`mscc msc build --dtype ${dtype}\``,
  ],
  "model-too-large": (what: string, needed: number, limit: string, allowed: number): Text => [
    `${what} needs a buffer of ${needed} bytes (${mebibytes(needed)}), and the device allows ${allowed} (${limit}, ${mebibytes(allowed)})`,
    "take a smaller grid, fewer frames at a time, or f16",
  ],
  "model-memory": (bytes: number, why: string): Text => [
    `the device has no memory for ${bytes} bytes (${mebibytes(bytes)}): ${why}`,
    "take a smaller grid, fewer frames at a time, or f16",
  ],
  "model-grid": (found: readonly number[]): Text => [
    `the grid of tokens is ${found.join(" x ")}; every extent must be a positive integer`,
  ],
  "grid-uncounted": (pattern: string, grid: readonly number[], steps: number): Text => [
    `the pairs of '${pattern}' on ${grid.join(" x ")} tokens take more than ${steps.toLocaleString("en-US")} steps to count`,
    "give a smaller grid",
  ],
  "model-frames": (found: number): Text => [`${found} frames were asked for; expected a positive integer`],
  "clip-size": (found: string, patch: string): Text => [
    `the clip is ${found}, which patches of ${patch} do not divide`,
    "scale or crop it, or take a model with other patches",
  ],
  "clip-length": (name: string, found: number, expected: number): Text => [
    `${name} has ${found} values, expected ${expected}`,
  ],
  "sample-option": (name: string, found: string, allowed: string): Text => [
    `${name} is ${found}; it must be ${allowed}`,
  ],
  "sampler-disposed": (): Text => ["the sampler is disposed of", "make another one"],
  "frame-not-finite": (frame: number, value: number): Text => [
    `frame ${frame} holds ${value}: what the network computes is out of range`,
    "look for weights that are not numbers or too large, and for values beyond the range of f16",
  ],
  "state-differs": (field: string, found: string, expected: string): Text => [
    `the state to resume from has ${field} ${found}, and this run has ${expected}`,
    "resume with the model, weights and options that the run began with",
  ],
});
