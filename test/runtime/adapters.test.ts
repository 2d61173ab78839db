/** The choice of a profile for an adapter, and the arithmetic of dispatches. */
import { describe, expect, it } from "vitest";
import { BASELINE_LIMITS, chooseProfile, describeAdapter } from "../../runtime/index.js";
import { fold, nextSlice } from "../../runtime/launcher/launch.js";

const adapter = (features: readonly string[], limits: { readonly [limit: string]: number } = {}) =>
  ({
    features: new Set(features),
    limits: { ...BASELINE_LIMITS, ...limits },
    info: { vendor: "mesa", architecture: "software", device: "llvmpipe", description: "Mesa 25" },
  }) as unknown as GPUAdapter;

const profiles = [
  { name: "half", features: ["shader-f16", "subgroups"], limits: {} },
  { name: "wide", features: [], limits: { maxComputeWorkgroupStorageSize: 32_768 } },
  { name: "baseline", features: [], limits: BASELINE_LIMITS },
];

describe("chooseProfile", () => {
  it("takes the first that fits and says why not the others", () => {
    expect(chooseProfile(adapter(["subgroups"]), profiles)).toEqual({
      profile: "baseline",
      why:
        "half needs the feature 'shader-f16', which the adapter does not have; " +
        "wide needs maxComputeWorkgroupStorageSize of 32768, the adapter has 16384",
    });
    expect(chooseProfile(adapter(["subgroups", "shader-f16"]), profiles)).toEqual({
      profile: "half",
      why: "the first choice, and the adapter has all it needs",
    });
  });

  it("gives none where none fits", () => {
    expect(chooseProfile(adapter([], { maxStorageBuffersPerShaderStage: 4 }), profiles.slice(2))).toEqual({
      why: "baseline needs maxStorageBuffersPerShaderStage of 8, the adapter has 4",
    });
  });

  it("is part of an adapter's description", () => {
    const described = describeAdapter(adapter(["shader-f16"]), profiles);
    expect(described).toMatchObject({ name: "llvmpipe (Mesa 25)", software: true, f16: true, timestamps: false });
    expect(described).toMatchObject({ profile: "baseline" });
    expect(described.subgroups).toBeUndefined();
  });
});

describe("dispatches", () => {
  it("fold tiles under a limit per dimension with less than a row to spare", () => {
    for (const tiles of [1, 2, 65_534, 65_535, 65_536, 70_001, 131_071, 2 ** 31 - 1]) {
      const [x, y] = fold(tiles, 65_535);
      expect(x).toBeLessThanOrEqual(65_535);
      expect(y).toBeLessThanOrEqual(65_535);
      expect(x * y).toBeGreaterThanOrEqual(tiles);
      expect(x * y - tiles).toBeLessThan(y);
    }
  });

  it("grow by at most 8, shrink at once, and never stop", () => {
    expect(nextSlice(64, 0, 200)).toBe(512);
    expect(nextSlice(64, 100, 200)).toBe(128);
    expect(nextSlice(64, 12_800, 200)).toBe(1);
    expect(nextSlice(1, 1e9, 200)).toBe(1);
  });
});
