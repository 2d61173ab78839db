/** The keys and values that a branch keeps: one slot per frame, reused as soon as the pattern shows its frame to no query any more. */
import { type FramePattern, isNeeded } from "./frames-kept.js";

/** Slots and the frames in them. */
export interface Slots {
  /** Room for so many frames. */
  readonly capacity: () => number;
  /** Frame by slot, for all slots up to the last one in use; `free` where there is none. */
  readonly frames: (free: number) => Int32Array;
  /** Frees what is no longer needed, then finds a slot for each frame of a chunk. Those of the chunk before go unless kept. */
  readonly place: (first: number, count: number) => readonly number[];
  /** Keeps the frames that were placed last, or the first `count` of them. */
  readonly keep: (count: number) => void;
  /** Frames that are kept, by slot. */
  readonly kept: () => ReadonlyMap<number, number>;
  /** Starts from frames that were kept before, by slot. */
  readonly restore: (kept: ReadonlyMap<number, number>) => void;
}

/** One more than the largest; there may be more slots than a call takes arguments. */
export function endOf(slots: Iterable<number>): number {
  let end = 0;
  for (const slot of slots) end = Math.max(end, slot + 1);
  return end;
}

/** `grow` is called before a slot beyond the capacity is used, with the capacity that is needed. */
export function createSlots(pattern: FramePattern, grow: (needed: number) => number): Slots {
  let capacity = 0;
  const kept = new Map<number, number>();
  let placed: { readonly first: number; readonly slots: readonly number[] } = { first: 0, slots: [] };
  const isFree = (slot: number, taken: ReadonlySet<number>) => !kept.has(slot) && !taken.has(slot);
  return {
    capacity: () => capacity,
    frames: (free) => {
      const used = [...kept.keys(), ...placed.slots];
      const table = new Int32Array(endOf(used)).fill(free);
      for (const [slot, frame] of kept) table[slot] = frame;
      for (const [i, slot] of placed.slots.entries()) table[slot] = placed.first + i;
      return table;
    },
    place: (first, count) => {
      for (const [slot, frame] of kept) if (!isNeeded(pattern, frame, first)) kept.delete(slot);
      const taken = new Set<number>();
      for (let slot = 0; taken.size < count; slot++) if (isFree(slot, taken)) taken.add(slot);
      const slots = [...taken];
      const needed = endOf(slots);
      if (needed > capacity) capacity = grow(needed);
      placed = { first, slots };
      return slots;
    },
    keep: (count) => {
      for (const [i, slot] of placed.slots.slice(0, count).entries()) kept.set(slot, placed.first + i);
      placed = { first: 0, slots: [] };
    },
    kept: () => new Map(kept),
    restore: (frames) => {
      kept.clear();
      for (const [slot, frame] of frames) kept.set(slot, frame);
      placed = { first: 0, slots: [] };
      const needed = endOf(kept.keys());
      if (needed > capacity) capacity = grow(needed);
    },
  };
}
