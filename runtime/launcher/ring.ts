/** Where positions of keys lie in their operand: one after another or, along an axis that is a ring, modulo its extent. */
import { problem } from "./attention-messages.js";
import type { Problem } from "./messages.js";

/** First and last, both included. */
export type Range = readonly [first: number, last: number];

/** The keys of a launch along their axes. */
export interface Keys {
  readonly origin: readonly number[];
  /** Slots of the ring that an axis is; 0 where it is none. */
  readonly rings?: readonly number[];
}

/** How a caller says what is held. */
interface Held {
  readonly keyExtent: readonly number[] | undefined;
  readonly keyRing: { readonly [axis: string]: boolean } | undefined;
}

/** Without a ring nothing wraps: positions are below this. */
const NO_RING = 2 ** 31;

/** How many positions the operands hold along each axis, and which of their axes are rings. */
export function heldKeys(axes: readonly string[], slots: readonly number[], held: Held, problems: Problem[]) {
  const { keyExtent, keyRing = {} } = held;
  for (const name of Object.keys(keyRing)) {
    if (!axes.includes(name)) problems.push(problem("ring-unknown", name, axes));
  }
  if (keyExtent && keyExtent.length !== axes.length) {
    problems.push(problem("position-count", "keyExtent", keyExtent.length, axes));
  }
  const extent = slots.map((room, i) => {
    const count = keyExtent?.[i] ?? room;
    if (Number.isInteger(count) && count >= 1 && count <= room) return count;
    problems.push(problem("held-invalid", axes[i] as string, count, room));
    return room;
  });
  return { extent, rings: slots.map((room, i) => (keyRing[axes[i] as string] === true ? room : 0)) };
}

/** Slot of the first position along an axis, and the same less the ring: the lesser in u32 of both, counted on, is the slot of any. */
export function turnOf({ origin, rings }: Keys, axis: number): { readonly slot: number; readonly wrap: number } {
  const ring = rings?.[axis] || NO_RING;
  const slot = rings?.[axis] ? (origin[axis] as number) % ring : 0;
  return { slot, wrap: slot - ring };
}

/** Slots of a range of positions; all of a ring where they run over its end. */
export function slotsOf(keys: Keys, axis: number, [first, last]: Range): Range {
  const ring = keys.rings?.[axis] ?? 0;
  const origin = keys.origin[axis] as number;
  if (ring === 0) return [first - origin, last - origin];
  const [low, high] = [first % ring, last % ring];
  return last - first < ring && low <= high ? [low, high] : [0, ring - 1];
}
