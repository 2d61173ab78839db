/** The variants, as declarations that run and as what the compiler reads of them. */
import { join } from "node:path";
import { createReader } from "../../compiler/frontend/read.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { AnyAttention } from "../../dsl/index.js";
import { crossGrid } from "../../dsl/variants/cross-grid.js";
import { dense } from "../../dsl/variants/dense.js";
import { frameCausal } from "../../dsl/variants/frame-causal.js";
import { iFrames } from "../../dsl/variants/i-frames.js";
import { iFramesWindow } from "../../dsl/variants/i-frames-window.js";
import { lightCone } from "../../dsl/variants/light-cone.js";
import { localWindow } from "../../dsl/variants/local-window.js";
import { noiseAware } from "../../dsl/variants/noise-aware.js";
import { relativeBias } from "../../dsl/variants/relative-bias.js";
import { shiftedWindow } from "../../dsl/variants/shifted-window.js";
import { sinksWindow } from "../../dsl/variants/sinks-window.js";
import { softCap } from "../../dsl/variants/soft-cap.js";
import { stridedFrames } from "../../dsl/variants/strided-frames.js";

/** By the name of their export. */
export const declarations: { readonly [name: string]: AnyAttention } = {
  crossGrid,
  dense,
  frameCausal,
  iFrames,
  iFramesWindow,
  lightCone,
  localWindow,
  noiseAware,
  relativeBias,
  shiftedWindow,
  sinksWindow,
  softCap,
  stridedFrames,
};

const fileOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The same, read by the compiler. */
export function readVariants(names = Object.keys(declarations)): { readonly [name: string]: Pattern } {
  const paths = names.map((name) => join(import.meta.dirname, `../../dsl/variants/${fileOf(name)}.ts`));
  const reader = createReader(paths);
  return Object.fromEntries(names.map((name, i) => [name, reader.read(paths[i] as string).patterns[0] as Pattern]));
}
