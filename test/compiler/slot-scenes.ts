/** Frames in slots, in any order and with free slots among them, and what attention over just those frames gives in float64. */
import fc from "fast-check";
import type { Pattern } from "../../compiler/plan/pattern.js";
import { slotTable } from "../../compiler/slots.js";
import { type AnyAttention, EMPTY_LSE } from "../../dsl/index.js";
import { generator } from "../conformance/random.js";
import { readVariants } from "../models/variants.js";

/** Causal patterns in t, y, x without tables. */
export const NAMES = [
  "frameCausal",
  "lightCone",
  "localWindow",
  "stridedFrames",
  "sinksWindow",
  "iFrames",
  "iFramesWindow",
];
export const patterns = readVariants(NAMES);
const DIM = 4;

export interface Scene {
  /** Rows and columns of a frame. */
  readonly space: readonly [number, number];
  /** The chunk of queries. */
  readonly first: number;
  readonly count: number;
  /** The frame in each slot; `end`, which no query sees, where it is free. */
  readonly slots: readonly number[];
  readonly params: { readonly [name: string]: number };
  readonly seed: number;
}

export function sceneFor({ params }: Pattern): fc.Arbitrary<Scene> {
  return fc
    .record({ first: fc.integer({ min: 0, max: 12 }), count: fc.integer({ min: 1, max: 3 }) })
    .chain(({ first, count }) => {
      const chunk = Array.from({ length: count }, (_, i) => first + i);
      const before = Array.from({ length: first }, (_, i) => i);
      return fc.record({
        space: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9 })),
        first: fc.constant(first),
        count: fc.constant(count),
        slots: fc.tuple(fc.subarray(before), fc.nat(3)).chain(([kept, free]) => {
          const all = [...kept, ...chunk, ...Array.from({ length: free }, () => first + count)];
          return fc.shuffledSubarray(all, { minLength: all.length });
        }),
        params: fc.record(
          Object.fromEntries(
            params.map(({ name, type, min = 0 }) => [
              name,
              type === "int" ? fc.integer({ min, max: min + 4 }) : fc.constant(min),
            ]),
          ),
        ),
        seed: fc.nat(1000),
      });
    });
}

export function drawn({ space, count, slots, seed }: Scene) {
  const random = generator(seed);
  const array = (frames: number) => {
    const shape = [1, 1, frames, ...space, DIM];
    const length = shape.reduce((product, extent) => product * extent, 1);
    return { shape, data: Float32Array.from({ length }, () => 2 * random() - 1) };
  };
  return { q: array(count), k: array(slots.length), v: array(slots.length) };
}

/** Attention over the frames that lie in slots, in float64. */
export function expected(declaration: AnyAttention, scene: Scene, { q, k, v }: ReturnType<typeof drawn>) {
  const { space, first, count, slots, params } = scene;
  const [rows, columns] = space;
  const end = first + count;
  const places = rows * columns;
  const size = { t: end, y: rows, x: columns };
  const position = (t: number, place: number) => ({ t, y: Math.floor(place / columns), x: place % columns });
  const output: number[] = [];
  const lse: number[] = [];
  for (let i = 0; i < count * places; i++) {
    const own = position(first + Math.floor(i / places), i % places);
    const seen = slots
      .flatMap((frame, slot) =>
        frame === end ? [] : Array.from({ length: places }, (_, p) => ({ frame, p, at: slot * places + p })),
      )
      .filter(({ frame, p }) =>
        declaration.attend({
          ...params,
          q: own,
          k: position(frame, p),
          size: { q: size, k: size },
          head: 0,
          batch: 0,
        } as never),
      )
      .map(({ at }) => {
        let dot = 0;
        for (let d = 0; d < DIM; d++) dot += (q.data[i * DIM + d] as number) * (k.data[at * DIM + d] as number);
        return { at, logit: dot / Math.sqrt(DIM) };
      });
    const total = seen.reduce((sum, { logit }) => sum + Math.exp(logit), 0);
    lse.push(seen.length > 0 ? Math.log(total) : EMPTY_LSE);
    for (let d = 0; d < DIM; d++) {
      const sum = seen.reduce((so, { at, logit }) => so + Math.exp(logit) * (v.data[at * DIM + d] as number), 0);
      output.push(seen.length > 0 ? sum / total : 0);
    }
  }
  return { output, lse };
}

/** What a launch over the slots is given beside q, k and v. */
export const givenOf = ({ space, first, count, slots, params }: Scene) => ({
  params,
  tables: { [slotTable("t")]: { shape: [slots.length], data: Int32Array.from(slots) } },
  size: { q: [first + count, ...space], k: [slots.length, ...space] },
  queryOffset: [first, 0, 0],
  keyOffset: [0, 0, 0],
});
