/** Seeded weights and clips for tests: every tensor is random, biases and modulation too, so that none can be forgotten. */
import type { Extents, MscConfig } from "../../models/msc/config.js";
import { clipOf } from "../../models/msc/dimensions.js";
import { type InitialWeights, type NormalSource, weightSpecs } from "../../models/msc/weights.js";
import { generator, seedOf } from "../conformance/random.js";
import type { Clip } from "./plain-parts.js";

/** A stream of normal numbers by seed and name. */
export function normals(seed: number, name: string): NormalSource {
  const random = generator(seedOf(`${seed} ${name}`));
  let spare: number | undefined;
  return {
    normal() {
      if (spare !== undefined) {
        const kept = spare;
        spare = undefined;
        return kept;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      const angle = 2 * Math.PI * random();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
}

/** f32 values: weights that keep the variance of their inputs, biases around 0. */
export function drawWeights(config: MscConfig, seed: number): InitialWeights {
  return Object.fromEntries(
    weightSpecs(config).map(({ name, shape }) => {
      const [outputs = 0, inputs] = shape;
      const stream = normals(seed, name);
      const deviation = inputs === undefined ? 0.2 : 1 / Math.sqrt(inputs);
      const data = new Float32Array(outputs * (inputs ?? 1));
      for (let i = 0; i < data.length; i++) data[i] = deviation * stream.normal();
      return [name, { shape, data }];
    }),
  );
}

/** f32 values of a clip whose tokens fill a grid. */
export function drawClip(config: MscConfig, grid: Extents, seed: number): Clip & { readonly data: Float32Array } {
  const { t, y, x } = clipOf(config, grid);
  const stream = normals(seed, "clip");
  const shape = [t, y, x, config.channels];
  return { shape, data: Float32Array.from({ length: t * y * x * config.channels }, () => stream.normal()) };
}
