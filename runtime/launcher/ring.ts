/** Where positions of keys lie in their operand: one after another or, along an axis that is a ring, modulo its extent. */
import type { Range } from "./hull.js";
import type { Side } from "./numbers.js";

/** Slot of the first position that an operand holds along an axis. */
export const firstSlot = ({ origin, rings }: Side, axis: number): number => {
  const ring = rings?.[axis] ?? 0;
  return ring === 0 ? 0 : (origin[axis] as number) % ring;
};

/** Slots of a range of positions; all of a ring where they run over its end. */
export function slotsOf(side: Side, axis: number, [first, last]: Range): Range {
  const ring = side.rings?.[axis] ?? 0;
  const origin = side.origin[axis] as number;
  if (ring === 0) return [first - origin, last - origin];
  const [low, high] = [first % ring, last % ring];
  return last - first < ring && low <= high ? [low, high] : [0, ring - 1];
}
