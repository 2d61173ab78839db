/** Causality by analysis: every causal variant is shown to be, and nothing that sees a later position on some grid. */
import { describe, expect, test } from "vitest";
import { isCausal } from "../../compiler/causal.js";
import { attending, patternOf } from "../frontend/sources.js";
import { readVariants } from "../models/variants.js";

const CAUSAL =
  "disc frameCausal iFrames iFramesWindow lightCone localWindow noiseAware sinksWindow softCap stridedFrames";

test.each(CAUSAL.split(" "))("%s is causal in t", (name) => {
  expect(isCausal(readVariants([name])[name] as never, "t")).toBe(true);
});

describe("is not shown to be causal", () => {
  test("dense", () => expect(isCausal(readVariants(["dense"]).dense as never, "t")).toBe(false));
  test.each([
    ["one later frame", "({ q, k }) => k.t <= q.t || k.t === 4"],
    ["frames of a stride, later ones too", "({ q, k, radius }) => k.t <= q.t || k.t % (radius + 1) === 0"],
    ["far to one side", "({ q, k }) => k.t <= q.t || q.y >= 40"],
    ["the next frame", "({ q, k }) => k.t <= q.t + 1"],
    ["by a param", "({ q, k, radius }) => k.t <= q.t + radius"],
  ])("%s", (_, attend) => expect(isCausal(patternOf(attending(attend)), "t")).toBe(false));
});
