/** Seeded random numbers: a run says its seed, and MSCC_SEED repeats it. */

export const SEED = Number(process.env.MSCC_SEED ?? 1);

/** A seed from a name, so that a case draws the same numbers whatever runs beside it. */
export function seedOf(name: string): number {
  let state = 0x811c9dc5 ^ SEED;
  for (const character of name) state = Math.imul(state ^ (character.codePointAt(0) as number), 0x01000193);
  return state >>> 0;
}

/** Numbers in [0, 1). mulberry32 by Tommy Ettinger, public domain. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** f32 values between -`reach` and `reach`. */
export function draw(random: () => number, count: number, reach = 2): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, () => reach * (2 * random() - 1));
}
