/** Extents, widths and numbers of tokens that follow from a configuration. */
import type { Branch, Extents, Layer, MscConfig } from "./config.js";

/** Frequencies of the embedding of a noise level; each gives a cosine and a sine. */
export const FREQUENCIES = 64;
/** Chunks of `width` that a layer's modulation holds: shift, scale and gate of both parts, and the branches' gates. */
export const LAYER_CHUNKS = 7;
/** The head's: shift and scale. */
export const HEAD_CHUNKS = 2;

/** The layers one by one, `depth` of them. */
export function layersOf({ layers, depth }: Pick<MscConfig, "layers" | "depth">): readonly Layer[] {
  const [first] = layers;
  return layers.length === 1 && first ? Array.from({ length: depth }, () => first) : layers;
}

export const headDimOf = ({ channels, heads }: Pick<Branch, "channels" | "heads">): number => channels / heads;

/** Values of a patch, over all channels of the clip. */
export const patchDimOf = ({ patch: { t, y, x }, channels }: Pick<MscConfig, "patch" | "channels">): number =>
  t * y * x * channels;

export const hiddenOf = ({ width, feedForward }: Pick<MscConfig, "width" | "feedForward">): number =>
  width * feedForward;

export const volumeOf = ({ t, y, x }: Extents): number => t * y * x;

/** The grid of a branch; the last row and column stand for fewer tokens where `down` does not divide. */
export const coarseGrid = ({ t, y, x }: Extents, down: number): Extents => ({
  t,
  y: Math.ceil(y / down),
  x: Math.ceil(x / down),
});

/** Values of the clip behind one frame of tokens. */
export function frameLengthOf(
  config: Pick<MscConfig, "patch" | "channels">,
  { y, x }: Pick<Extents, "y" | "x">,
): number {
  return y * x * patchDimOf(config);
}

/** Extents of the clip that gives a grid of tokens. */
export const clipOf = ({ patch }: Pick<MscConfig, "patch">, grid: Extents): Extents => ({
  t: grid.t * patch.t,
  y: grid.y * patch.y,
  x: grid.x * patch.x,
});
