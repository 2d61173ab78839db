/** What caches hold, in the memory of the host: a run that goes on later begins with it. */
import { readBack } from "../../runtime/measured.js";
import type { Caches } from "./branch-cache.js";
import { endOf } from "./cache.js";
import type { Network } from "./network.js";
import { networkFault } from "./network-messages.js";

export interface SavedCache {
  /** Frame by slot. */
  readonly frames: ReadonlyMap<number, number>;
  /** The slots up to the last one in use. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export async function savedCaches({ device }: Network, { branches }: Caches): Promise<SavedCache[]> {
  const saved: SavedCache[] = [];
  for (const { slots, buffer, frameBytes } of branches) {
    const frames = slots.kept();
    const size = endOf(frames.keys()) * frameBytes;
    const [bytes] = size === 0 ? [] : await readBack(device, [{ buffer: buffer(), bytes: size }]);
    saved.push({ frames, bytes: new Uint8Array(bytes ?? new ArrayBuffer(0)) });
  }
  return saved;
}

/** @throws ModelError `state-differs` where they are those of another model, or damaged; then nothing is restored. */
export function restoreCaches({ device }: Network, { branches }: Caches, saved: readonly SavedCache[]): void {
  if (saved.length !== branches.length)
    throw networkFault("state-differs", "caches", String(saved.length), String(branches.length));
  for (const [i, { frames, bytes }] of saved.entries()) {
    const needed = endOf(frames.keys()) * (branches[i]?.frameBytes ?? 0);
    if (bytes.length !== needed)
      throw networkFault("state-differs", `bytes of cache ${i}`, String(bytes.length), String(needed));
  }
  for (const [i, { slots, buffer }] of branches.entries()) {
    const own = saved[i] as SavedCache;
    slots.restore(own.frames);
    if (own.bytes.length > 0) device.queue.writeBuffer(buffer(), 0, own.bytes);
  }
}
