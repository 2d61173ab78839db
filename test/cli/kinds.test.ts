/** The kinds of kernels on the command line: what the options name, what a device runs of them, and what each needs. */
import { compileFile, UserError } from "mscc/compile";
import { beforeAll, describe, expect, it } from "vitest";
import { ALL_KINDS, emitWgsl, KINDS, TRIAL_KINDS, wgslTarget } from "../../backends/wgsl/index.js";
import type { Dims } from "../../cli/arguments/choices.js";
import { DTYPES, isOnTrial, type KindChoice, kindChoice, kindsOf, PROFILES } from "../../cli/arguments/kinds.js";
import { compileForDevice } from "../../cli/device-kernel.js";
import { PROFILE_NEEDS } from "../../cli/profile-needs.js";
import type { LaunchSetting } from "../../cli/refusals.js";
import { compileAttention } from "../../compiler/compile.js";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import { BASELINE_LIMITS, type Gpu } from "../../runtime/index.js";
import { HEAD, patternOf } from "../frontend/sources.js";
import { recorder } from "./mscc.js";

const codes = (problems: readonly Diagnostic[]) => problems.map(({ code }) => code);

let pattern: Pattern;
beforeAll(() => {
  pattern = patternOf(
    `${HEAD}export const cone = attention({
  axes: ["t", "y", "x"],
  params: { reach: int({ min: 0 }) },
  attend: ({ q, k, reach }) => k.t <= q.t && Math.abs(q.y - k.y) <= reach && Math.abs(q.x - k.x) <= reach,
});\n`,
  );
});

describe("the kinds", () => {
  it("end, for each dtype, with the one that needs least", () => {
    for (const dtype of DTYPES) {
      expect(KINDS.filter((kind) => kind.dtype === dtype).at(-1)?.subgroupSize).toBeUndefined();
    }
  });

  it("need what their kernels' manifests say", () => {
    const { plan } = compileAttention(pattern, { target: wgslTarget });
    for (const [i, kind] of KINDS.entries()) {
      const { kernel } = emitWgsl(plan, { headDim: 64, valueDim: 64, kind });
      const { features, limits, ...needs } = PROFILE_NEEDS[i] as (typeof PROFILE_NEEDS)[number];
      expect(kernel).toMatchObject(needs);
      expect([...features].sort()).toEqual([...kernel.features].sort());
      for (const [limit, most] of Object.entries(limits)) {
        expect(kernel.limits[limit] ?? 0, limit).toBeLessThanOrEqual(most);
      }
    }
  });
});

describe("--profile and --dtype", () => {
  it("name kinds in the order of preference, whatever order they are given in", () => {
    const f32 = KINDS.filter(({ dtype }) => dtype === "f32");
    expect(kindsOf({}, [])).toEqual(f32);
    expect(kindsOf({ dtype: DTYPES.join(",") }, [])).toEqual(KINDS);
    expect(kindsOf({ profile: [...PROFILES].reverse().join(",") }, [])).toEqual(ALL_KINDS);
    expect(kindsOf({ profile: "baseline" }, [])).toEqual([{ profile: "baseline", dtype: "f32" }]);
  });

  it("choose one kernel's kind where one is to run", () => {
    expect(kindChoice({}, [])).toEqual({ dtype: "f32" });
    expect(kindChoice({ profile: "subgroups" }, [])).toEqual({ dtype: "f32", profile: "subgroups" });
    for (const { profile, dtype } of ALL_KINDS) expect(kindChoice({ profile }, [])).toEqual({ dtype, profile });
  });

  it("are refused where nothing is both, or nothing at all", () => {
    const refused = (options: { readonly profile?: string; readonly dtype?: string }) => {
      const problems: Diagnostic[] = [];
      kindChoice(options, problems);
      return codes(problems);
    };
    expect(refused({ profile: "basline" })).toEqual(["choice-unknown"]);
    expect(refused({ profile: "sm_90a", dtype: "bf16" })).toEqual(["target-other", "target-other"]);
    expect(refused({ profile: "baseline,subgroups" })).toEqual(["choice-one"]);
    for (const { profile, dtype } of ALL_KINDS) {
      const other = DTYPES.find((each) => each !== dtype);
      if (other !== undefined) expect(refused({ profile, dtype: other })).toEqual(["kinds-apart"]);
    }
  });
});

/** A device by its features and the size of its subgroups; nothing runs on it. */
const gpuWith = (features: readonly string[], subgroupMinSize?: number) =>
  ({
    device: {
      features: new Set(features),
      limits: { ...BASELINE_LIMITS, maxUniformBufferBindingSize: 65_536 },
      adapterInfo: { subgroupMinSize },
    },
    info: { device: "toy" },
  }) as unknown as Gpu;

describe("compileForDevice", () => {
  const dims: Dims = { headDim: 16, valueDim: 16 };
  const io = { stdout: recorder(), stderr: recorder(), cwd: process.cwd() };
  const all = gpuWith(["subgroups", "shader-f16"], 128);

  it("compiles the best kind that the device runs, and says why not a better one", () => {
    const best = compileForDevice(pattern, all, { ...dims, dtype: "f32" }, io);
    expect(best.kernel.profile).toBe(KINDS[0]?.profile);
    expect(best.why).toBeUndefined();
    expect(best.manifest.kernels).toEqual([best.kernel]);
    const least = compileForDevice(pattern, gpuWith([]), { ...dims, dtype: "f32" }, io);
    expect(least.kind).toBe("baseline");
    expect(least.why).toContain("needs the feature 'subgroups', which the adapter does not have");
    const forced = compileForDevice(pattern, all, { ...dims, dtype: "f32", profile: "baseline" }, io);
    expect([forced.kind, forced.why]).toEqual(["baseline", undefined]);
  });

  it("compiles what is on trial only by name, in the shape that the device lists", () => {
    const matrices = gpuWith(["subgroups", "shader-f16", "chromium-experimental-subgroup-matrix"], 32);
    const chosen = (request: KindChoice) => compileForDevice(pattern, matrices, { ...dims, ...request }, io).kind;
    expect(chosen({ dtype: "f16" })).toBe("f16-subgroups of 32");
    expect(chosen({ dtype: "f16", profile: "f16-matrices" })).toBe("f16-matrices of 16x16x16");
    const listed = TRIAL_KINDS.flatMap(({ subgroupMatrix }) => subgroupMatrix ?? []);
    Object.assign(matrices.device.adapterInfo, { subgroupMatrixConfigs: listed.slice(1) });
    expect(chosen({ dtype: "f16", profile: "f16-matrices" })).toBe("f16-matrices of 8x16x16");
    expect([isOnTrial({ dtype: "f16" }), isOnTrial({ dtype: "f16", profile: "f16-matrices" })]).toEqual([false, true]);
    expect(kindsOf({ dtype: "f16" }, [])).not.toContain(TRIAL_KINDS[0]);
    expect(kindsOf({ profile: "f16-matrices" }, [])).toEqual(TRIAL_KINDS);
  });

  it("chooses the tiles for the launch, where it can", () => {
    const tilesOf = (setting?: LaunchSetting) =>
      compileForDevice(pattern, all, { ...dims, dtype: "f32", ...(setting ? { setting } : {}) }, io).kernel.queryTile;
    const otherwise = tilesOf();
    const flat = { q: [2, 64, 2], k: [2, 64, 2] };
    expect(tilesOf({ size: flat, params: { reach: 1 }, tables: {} })).not.toEqual(otherwise);
    // What the launcher will refuse is not counted.
    expect(
      tilesOf({ size: { q: [2 ** 31, 4, 4], k: [2 ** 31, 4, 4] }, params: { reach: 2 ** 31 - 1 }, tables: {} }),
    ).toEqual(otherwise);
  });

  it("refuses a profile that the device lacks, with what is missing", () => {
    const sizes = KINDS.filter(({ profile }) => profile === "subgroups");
    try {
      compileForDevice(pattern, gpuWith([]), { ...dims, dtype: "f32", profile: "subgroups" }, io);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const [problem] = error.diagnostics;
      expect(problem).toMatchObject({
        code: "adapter-lacks",
        message: "the adapter toy does not run --profile subgroups",
        help: "it runs baseline; without `--profile` the best of them is taken",
      });
      const subject = sizes.length > 1 ? "subgroups" : `subgroups of ${sizes[0]?.subgroupSize}`;
      expect(problem?.notes).toEqual([`${subject} needs the feature 'subgroups', which the adapter does not have`]);
    }
  });
});

describe("compileFile", () => {
  const FILE = "dsl/variants/frame-causal.ts";

  it("gives the kind that is asked for, by default the one that needs least", async () => {
    const kindOf = async (options: Parameters<typeof compileFile>[2]) => {
      const { profile, dtype, subgroupSize } = (await compileFile(FILE, "frameCausal", options)).kernel;
      return { profile, dtype, subgroupSize };
    };
    expect(await kindOf({})).toEqual({ profile: "baseline", dtype: "f32", subgroupSize: undefined });
    for (const kind of KINDS) expect(await kindOf(kind)).toEqual({ subgroupSize: undefined, ...kind });
    expect(await kindOf({ profile: "subgroups" })).toMatchObject({ profile: "subgroups", subgroupSize: 8 });
    const { kernel } = await compileFile(FILE, "frameCausal", { profile: "f16-matrices" });
    expect(kernel.subgroupMatrix).toEqual(TRIAL_KINDS[0]?.subgroupMatrix);
  });

  it("refuses a size of subgroups that there is not", async () => {
    const wrong = compileFile(FILE, "frameCausal", { profile: "subgroups", subgroupSize: 7 });
    await expect(wrong).rejects.toThrow("subgroupSize: '7' is not known");
    await expect(compileFile(FILE, "frameCausal", { profile: "baseline", subgroupSize: 8 })).rejects.toThrow("'8'");
  });
});
