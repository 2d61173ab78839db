/** What caches keep: no frame is dropped that a later query sees, slots never collide, windows stay bounded. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonOf } from "../../compiler/plan/checks.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { AnyAttention } from "../../dsl/index.js";
import { createSlots } from "../../models/msc/cache.js";
import { type FramePattern, framesKept, isNeeded } from "../../models/msc/frames-kept.js";
import { patternOf } from "../frontend/sources.js";
import { declarations, readVariants } from "./variants.js";

const NAMES = ["frameCausal", "lightCone", "localWindow", "stridedFrames", "sinksWindow", "iFrames", "iFramesWindow"];
const patterns = readVariants([...NAMES, "dense"]);
const FRAMES = 60;

const framePattern = (name: string, params: FramePattern["params"], rows = 2, columns = 3): FramePattern => ({
  attend: jsonOf((patterns[name] as Pattern).attend),
  params,
  heads: 2,
  rows,
  columns,
});

const paramsFor = ({ params }: Pattern) =>
  fc.record(
    Object.fromEntries(
      params.map(({ name, type, min = 0 }) => [
        name,
        type === "int" ? fc.integer({ min, max: min + 12 }) : fc.constant(min + 0.5),
      ]),
    ),
  );

/** For each frame the last one of which some query sees it, by asking the declaration about every pair. */
function lastSeen(name: string, { params, rows, columns }: FramePattern): number[] {
  const declaration = declarations[name] as AnyAttention;
  const size = { t: FRAMES, y: rows, x: columns };
  const places = Array.from({ length: rows * columns }, (_, i) => ({ y: Math.floor(i / columns), x: i % columns }));
  const sees = (query: number, key: number) =>
    places.some((q) =>
      places.some((k) =>
        declaration.attend({
          ...params,
          q: { t: query, ...q },
          k: { t: key, ...k },
          size: { q: size, k: size },
          head: 0,
          batch: 0,
        } as never),
      ),
    );
  return Array.from({ length: FRAMES }, (_, key) => {
    for (let query = FRAMES - 1; query >= 0; query--) if (sees(query, key)) return query;
    return -1;
  });
}

describe.each(NAMES)("%s", (name) => {
  const pattern = patterns[name] as Pattern;

  test("keeps every frame that a later query sees", () => {
    fc.assert(
      fc.property(paramsFor(pattern), (params) => {
        const own = framePattern(name, params);
        for (const [frame, last] of lastSeen(name, own).entries()) {
          expect(last === -1 || last >= frame).toBe(true);
          for (let now = frame; now <= last; now++) expect(isNeeded(own, frame, now), `${frame} at ${now}`).toBe(true);
        }
      }),
      { numRuns: 8 },
    );
  });

  test("slots: each frame in one of its own, those that are needed all there, whatever the chunks", () => {
    const chunks = fc.array(fc.record({ count: fc.integer({ min: 1, max: 4 }), kept: fc.nat(4), again: fc.nat(2) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(paramsFor(pattern), chunks, (params, steps) => {
        const own = framePattern(name, params);
        const last = lastSeen(name, own);
        const slots = createSlots(own, (needed) => needed + 1);
        const done = new Set<number>();
        let first = 0;
        for (const { count, kept, again } of steps) {
          if (first + count > FRAMES) break;
          for (let i = 0; i <= again; i++) {
            const placed = slots.place(first, count);
            const before = [...slots.kept().keys()];
            expect(new Set([...placed, ...before]).size).toBe(count + before.length);
            expect(Math.max(...placed, ...before)).toBeLessThan(slots.capacity());
            const free = first + count;
            const present = [...slots.frames(free)].filter((frame) => frame !== free);
            expect(new Set(present).size).toBe(present.length);
            for (const frame of done) {
              if ((last[frame] as number) >= first) expect(present).toContain(frame);
            }
            for (let i = 0; i < count; i++) expect(slots.frames(free)[placed[i] as number]).toBe(first + i);
          }
          const keeps = Math.min(count, Math.max(kept, 1));
          slots.keep(keeps);
          for (let i = 0; i < keeps; i++) done.add(first + i);
          first += keeps;
          const state = slots.kept();
          slots.restore(state);
          expect(slots.kept()).toEqual(state);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe("frames kept", () => {
  const chunk = fc.integer({ min: 1, max: 5 });

  test("a window: its frames before the chunk, and the chunk", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), chunk, (frames, count) => {
        const kept = framesKept(framePattern("localWindow", { frames, radius: 2 }), count);
        expect(kept).toBeGreaterThanOrEqual(Math.min(frames - 1 + count, 512));
        expect(kept).toBeLessThanOrEqual(Math.ceil((frames - 1) / count) * count + count);
      }),
      { numRuns: 6 },
    );
  });

  test("sinks and a window: both", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 20 }), chunk, (sinks, frames, count) => {
        const kept = framesKept(framePattern("sinksWindow", { sinks, frames, radius: 1 }), count);
        expect(kept).toBeGreaterThanOrEqual(frames - 1 + count);
        expect(kept).toBeLessThanOrEqual(sinks + frames - 1 + count);
      }),
      { numRuns: 6 },
    );
  });

  test("long windows have their bound as well", () => {
    expect(framesKept(framePattern("localWindow", { frames: 500, radius: 2 }), 1)).toBe(500);
    expect(framesKept(framePattern("sinksWindow", { sinks: 3, frames: 5000, radius: 1 }), 4)).toBe(3 + 5000 - 1 + 4);
  });

  test("a history that grows has no bound", () => {
    expect(framesKept(framePattern("stridedFrames", { stride: 5000 }), 1)).toEqual({ every: 1 });
    expect(framesKept(framePattern("frameCausal", {}), 2)).toEqual({ every: 1 });
    expect(framesKept(framePattern("stridedFrames", { stride: 3 }), 2)).toEqual({ every: 1 });
    expect(framesKept(framePattern("iFrames", { gop: 4 }), 1)).toEqual({ every: 4 });
  });

  test("what is needed is kept far out as well", () => {
    for (const frame of [2 ** 20 - 1, 2 ** 20 + 1, 2 ** 24]) {
      expect(isNeeded(framePattern("stridedFrames", { stride: 2 }), frame, frame + 1)).toBe(true);
      expect(isNeeded(framePattern("localWindow", { frames: 3, radius: 1 }), frame, frame + 3)).toBe(false);
    }
  });
});

test("heads that differ keep what the last one needs, however many there are", () => {
  const { attend } = patternOf(`import { attention, int } from "mscc";
export const later = attention({ axes: ["t", "y", "x"], params: { frames: int({ min: 1 }) },
  attend: ({ q, k, head, frames }) => q.t - k.t >= 0 && q.t - k.t < frames + head });`);
  const kept = (heads: number) =>
    framesKept({ attend: jsonOf(attend), params: { frames: 2 }, heads, rows: 2, columns: 3 }, 1);
  expect([1, 2, 7, 512].map(kept)).toEqual([2, 3, 8, 513]);
});
