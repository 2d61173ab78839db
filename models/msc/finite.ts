/** Frames that a network made: a value that is not finite would spoil all that follows. */
import { networkFault } from "./network-messages.js";

/**
 * @param first number of the first token frame of `clip`, whose frames have `frameLength` values each.
 * @throws ModelError `frame-not-finite`.
 */
export function requireFinite(clip: Float32Array, first: number, frameLength: number): void {
  const at = clip.findIndex((value) => !Number.isFinite(value));
  if (at !== -1) throw networkFault("frame-not-finite", first + Math.floor(at / frameLength), clip[at] as number);
}
