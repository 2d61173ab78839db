/** The choice of kernels for an adapter, and the arithmetic of dispatches. */
import { describe, expect, it } from "vitest";
import { BASELINE_LIMITS, choicesFor, describeAdapter, type Profile } from "../../runtime/index.js";
import { fold, nextSlice } from "../../runtime/launcher/launch.js";

const adapter = (features: readonly string[], limits: { readonly [limit: string]: number } = {}) =>
  ({
    features: new Set(features),
    limits: { ...BASELINE_LIMITS, ...limits },
    info: { vendor: "mesa", architecture: "software", device: "llvmpipe", description: "Mesa 25", subgroupMinSize: 8 },
  }) as unknown as GPUAdapter;

const profiles: readonly Profile[] = [
  { profile: "quick", dtype: "f32", subgroupSize: 32, features: ["subgroups"], limits: {} },
  { profile: "quick", dtype: "f32", subgroupSize: 8, features: ["subgroups"], limits: {} },
  { profile: "half", dtype: "f16", features: ["shader-f16"], limits: {} },
  { profile: "baseline", dtype: "f32", features: [], limits: BASELINE_LIMITS },
];

describe("the choices for an adapter", () => {
  it("are the first that fit, with a reason", () => {
    const { profiles: all, choices } = choicesFor(adapter(["subgroups"]), profiles);
    expect(choices).toEqual([
      {
        dtype: "f32",
        kind: "quick of 8",
        why: "quick of 32 needs subgroups of at least 32 invocations, the adapter has 8",
      },
      { dtype: "f16", why: "half needs the feature 'shader-f16', which the adapter does not have" },
    ]);
    expect(all.map(({ kind, runs }) => [kind, runs])).toEqual([
      ["quick of 32", false],
      ["quick of 8", true],
      ["baseline", true],
      ["half", false],
    ]);
    expect(all[0]?.lacks).toEqual(["needs subgroups of at least 32 invocations, the adapter has 8"]);
    expect(choicesFor(adapter(["shader-f16"]), profiles).choices[1]).toEqual({
      dtype: "f16",
      kind: "half",
      why: "the first choice, and the adapter has all it needs",
    });
  });

  it("may be none", () => {
    expect(choicesFor(adapter([], { maxStorageBuffersPerShaderStage: 4 }), profiles.slice(3)).choices).toEqual([
      { dtype: "f32", why: "baseline needs maxStorageBuffersPerShaderStage of 8, the adapter has 4" },
    ]);
  });

  it("are part of an adapter's description", () => {
    const described = describeAdapter(adapter(["shader-f16"]), profiles);
    expect(described).toMatchObject({ name: "llvmpipe (Mesa 25)", software: true, f16: true, timestamps: false });
    expect(described.choices[0]).toMatchObject({ dtype: "f32", kind: "baseline" });
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
