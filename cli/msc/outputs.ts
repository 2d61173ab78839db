/** Clips as the files that were asked for: animations, strips of frames, video. */
import { existsSync, statSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { type Clip, type Drawn, type Rate, requireExtents } from "../../models/video/clip.js";
import { formatGif, gifSize } from "../../models/video/gif.js";
import { formatStrip, stripLayout } from "../../models/video/png.js";
import { formatY4m } from "../../models/video/y4m.js";
import { tell } from "../messages.js";
import type { OutgoingFile } from "../write-files.js";

interface Look {
  readonly rate: Rate;
  /** Of pixels in pictures; video keeps its size. */
  readonly scale: number;
}

/** Frames of several clips beside each other, as one clip. */
function besides(clips: readonly Clip[]): Clip {
  const [first] = clips as readonly [Clip];
  const { width, height } = first;
  const whole = width * clips.length;
  const frames = first.frames.map((_, i) => {
    const frame = new Float32Array(whole * height * 3);
    for (const [c, { frames: own }] of clips.entries()) {
      for (let y = 0; y < height; y++) {
        const row = (own[i] as Float32Array).subarray(y * width * 3, (y + 1) * width * 3);
        frame.set(row, (y * whole + c * width) * 3);
      }
    }
    return frame;
  });
  return { width: whole, height, frames };
}

interface Format {
  readonly write: (clips: readonly Clip[], look: Look) => Uint8Array;
  /** @throws ModelError where what is to be drawn is too large. */
  readonly check: (drawn: Drawn, scale: number) => unknown;
}

const FORMATS: { readonly [extension: string]: Format } = {
  ".gif": { write: formatGif, check: gifSize },
  ".png": {
    write: (clips, { scale }) => formatStrip(clips, { scale }),
    check: (drawn, scale) => stripLayout(drawn, { scale }),
  },
  ".y4m": {
    write: (clips, { rate }) => formatY4m({ ...besides(clips), rate }),
    check: ({ clips, width, height }) => requireExtents({ width: clips * width, height }),
  },
};

const formatOf = (file: string) => FORMATS[extname(file).toLowerCase()];

/** @throws ModelError where a file could not hold what is to be drawn: asked before the work is done. */
export function checkSizes(outputs: readonly string[], drawn: Drawn, scale: number): void {
  for (const file of outputs) formatOf(file)?.check(drawn, scale);
}

const isFolder = (path: string) => existsSync(path) && statSync(path).isDirectory();

/** Every file that is written has a known format, a folder that is there, and a place of its own. */
export function checkOutputs(
  {
    outputs,
    states = [],
    inputs,
  }: {
    readonly outputs: readonly string[];
    readonly states?: readonly string[];
    readonly inputs: readonly string[];
  },
  cwd: string,
  problems: Diagnostic[],
): void {
  const taken = new Set(inputs.map((file) => resolve(cwd, file)));
  for (const file of outputs) {
    if (!formatOf(file)) problems.push(tell("msc-extension", { file, extension: extname(file) }));
  }
  for (const file of [...outputs, ...states]) {
    const path = resolve(cwd, file);
    if (taken.has(path)) problems.push(tell("msc-file-twice", { file }));
    else if (isFolder(path)) problems.push(tell("output-folder", { path: file, reason: "a folder is in the way" }));
    else if (!isFolder(dirname(path))) problems.push(tell("output-no-folder", { file, folder: dirname(file) }));
    taken.add(path);
  }
}

/** @throws ModelError for what cannot be drawn: a value that is not a number, a picture that is too large. */
export const outputFiles = (
  files: readonly string[],
  clips: readonly Clip[],
  look: Look,
  cwd: string,
): OutgoingFile[] =>
  files.map((file) => ({
    path: resolve(cwd, file),
    content: (formatOf(file) as Format).write(clips, look),
  }));

/** The frames of values that follow each other. */
export function clipOfValues(values: Float32Array, width: number, height: number): Clip {
  const length = width * height * 3;
  const frames = Array.from({ length: values.length / length }, (_, i) => values.slice(i * length, (i + 1) * length));
  return { width, height, frames };
}
