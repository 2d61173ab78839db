/** The choice among the kernels of a manifest: which is taken on which device, what is said, and when another takes a launch. */
import { describe, expect, it } from "vitest";
import type { ManifestKernel } from "../../compiler/plan/manifest.js";
import { chooseKernels, LaunchError, type LoadOptions, loadKernel } from "../../runtime/launcher/index.js";
import { fakeDevice, operand } from "./fake-device.js";
import { handWritten } from "./hand-written.js";

const { manifest: plain, kernel: baseline } = handWritten();
const { kernel: wide } = handWritten({ headDim: 8 });

const subgroups = (subgroupSize: number, more: Partial<ManifestKernel> = {}): ManifestKernel => ({
  ...baseline,
  profile: "subgroups",
  file: `subgroups${subgroupSize}.wgsl`,
  subgroupSize,
  features: ["subgroups"],
  ...more,
});
const halves: ManifestKernel = {
  ...baseline,
  profile: "f16",
  dtype: "f16",
  file: "f16.wgsl",
  features: ["shader-f16"],
};

/** Sizes out of order: the largest that fits is the best, wherever it stands. */
const kernels = [subgroups(4), subgroups(32), subgroups(8), baseline, wide, halves];
const manifest = { ...plain, kernels };
const code = Object.fromEntries(kernels.map(({ file }) => [file, "fn main() {}"]));
const whyOn = (size: number, options: LoadOptions = {}) =>
  chooseKernels(manifest, fakeDevice({}, size).device, options).why;

const without = (size: number, ...features: string[]) => {
  const { device } = fakeDevice({}, size);
  return Object.assign(device, { features: new Set(features) });
};

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof LaunchError) return error.message;
    throw error;
  }
  return "no error";
}

describe("chooseKernels", () => {
  it("takes the largest subgroups that the device has, and says why not larger ones", () => {
    expect(whyOn(4)).toBe(
      "mscc near runs subgroups of 4 (f32, d4): subgroups of 32 needs subgroups of at least 32 invocations, the device has 4; " +
        "subgroups of 8 needs subgroups of at least 8 invocations, the device has 4",
    );
    expect(whyOn(16)).toBe(
      "mscc near runs subgroups of 8 (f32, d4): subgroups of 32 needs subgroups of at least 32 invocations, the device has 16",
    );
    expect(whyOn(64)).toBe(
      "mscc near runs subgroups of 32 (f32, d4): the first choice, and the device has all it needs",
    );
    expect(chooseKernels(manifest, without(8)).why).toBe(
      "mscc near runs baseline (f32, d4): subgroups needs the feature 'subgroups', which the device does not have",
    );
  });

  it("keeps to the dtype, the dims and the profile that are asked for", () => {
    expect(whyOn(64, { headDim: 8 })).toBe(
      "mscc near runs baseline (f32, d8): the first choice, and the device has all it needs",
    );
    expect(whyOn(64, { profile: "baseline" })).toBe("mscc near runs baseline (f32, d4): as asked for");
    const both = without(4, "shader-f16", "subgroups");
    expect(chooseKernels(manifest, both, { dtype: "f16" }).kinds).toEqual([[halves]]);
    expect(chooseKernels(manifest, both, { profile: "f16" }).kinds).toEqual([[halves]]);
    expect(chooseKernels({ ...manifest, kernels: [halves] }, both).kinds).toEqual([[halves]]);
  });

  it("refuses a profile that the device lacks, with all that is missing", () => {
    const needs = { features: ["subgroups", "shader-f16"], limits: { maxComputeInvocationsPerWorkgroup: 512 } };
    const demanding = { ...manifest, kernels: [subgroups(8, needs), baseline] };
    const message = refusal(() => chooseKernels(demanding, fakeDevice().device, { profile: "subgroups" }));
    expect(message.replace(/\n {2}help: .*/g, "")).toBe(
      "mscc near (subgroups of 8, d4): needs subgroups of at least 8 invocations, the device has 4\n" +
        "mscc near (subgroups of 8, d4): needs the feature 'shader-f16', which the device does not have\n" +
        "mscc near (subgroups of 8, d4): needs maxComputeInvocationsPerWorkgroup of 512, the device has 256",
    );
    expect(refusal(() => chooseKernels(manifest, fakeDevice().device, { dtype: "f16" }))).toContain(
      "mscc near (f16, d4): needs the feature 'shader-f16', which the device does not have",
    );
  });

  it("names what there is where nothing fits", () => {
    const there =
      "headDim 4, f32, subgroups; headDim 4, f32, baseline; headDim 8, f32, baseline; headDim 4, f16, f16\n" +
      "  help: ask for one of these, or compile what you ask for";
    const { device } = fakeDevice();
    expect(refusal(() => chooseKernels(manifest, device, { profile: "subgroup" }))).toBe(
      `mscc near: no kernel of the module has profile subgroup; it has: ${there}`,
    );
    expect(refusal(() => chooseKernels(manifest, device, { profile: "f16", dtype: "f32" }))).toBe(
      `mscc near: no kernel of the module has dtype f32 and profile f16; it has: ${there}`,
    );
    expect(refusal(() => chooseKernels({ ...manifest, schema: 2 as 1 }, device))).toContain(
      "manifest schema 2 is unknown",
    );
  });
});

describe("loadKernel", () => {
  const aligned = { ...manifest, kernels: [subgroups(4, { rowAlignment: 4 }), baseline] };
  const dense = operand([1, 2, 8, 4]);
  const base = { q: dense, k: dense, v: dense, output: operand([1, 2, 8, 4]) };
  const strided = operand([1, 2, 8, 4], { strides: [80, 40, 5, 1], bytes: 4096 });

  async function loaded(options: LoadOptions = {}) {
    const { device, calls } = fakeDevice();
    const said: string[] = [];
    const kernel = await loadKernel(
      device,
      { manifest: aligned, code },
      { log: (text) => said.push(text), ...options },
    );
    return { kernel, said, calls };
  }

  it("takes another kernel where an operand lies as the best cannot read it, made once and only then", async () => {
    const { kernel, said, calls } = await loaded();
    expect(kernel.name).toBe("mscc near (subgroups of 4, d4)");
    expect(kernel.bind(base).kernel).toBe("mscc near (subgroups of 4, d4)");
    expect(said).toEqual([
      "mscc near runs subgroups of 4 (f32, d4): the first choice, and the device has all it needs",
    ]);
    expect(calls).not.toContain("createComputePipeline");
    for (const _ of [1, 2]) expect(kernel.bind({ ...base, q: strided }).kernel).toBe("mscc near (baseline, d4)");
    expect(calls.filter((call) => call === "createComputePipeline")).toHaveLength(1);
    expect(said.slice(1)).toEqual([
      "mscc near runs baseline (f32, d4) for this launch, since subgroups of 4 cannot: " +
        "axis 'x' of q has stride 5, this kernel reads 4 elements at a time and takes multiples of 4",
    ]);
  });

  it("reads what ends with its buffer only in whole steps", async () => {
    const { kernel } = await loaded();
    const layout = { strides: [64, 32, 4, 1], offset: 4 };
    const whole = operand([1, 2, 8, 4], { ...layout, bytes: 4 * 68 });
    expect(kernel.bind({ ...base, q: whole }).kernel).toContain("subgroups");
    // Strides of axes of extent 1 are never used.
    const single = operand([1, 1, 1, 4], { strides: [3, 5, 7, 1] });
    const one = { q: single, k: single, v: single, output: operand([1, 1, 1, 4]) };
    expect(kernel.bind(one).kernel).toContain("subgroups");
  });

  it("does not where the profile was asked for", async () => {
    const { kernel } = await loaded({ profile: "subgroups" });
    expect(refusal(() => kernel.bind({ ...base, q: strided }))).toMatch(
      /^mscc near \(subgroups of 4, d4\): axis 'x' of q has stride 5, this kernel reads 4 elements at a time and takes multiples of 4\n/,
    );
  });

  it("disposes of all of them", async () => {
    const { kernel } = await loaded();
    const launch = kernel.bind({ ...base, q: strided });
    kernel.dispose();
    expect(refusal(() => kernel.bind({ ...base, q: strided }))).toContain("used after dispose(): the kernel");
    await expect(launch.run()).rejects.toThrow("used after dispose(): a launch");
  });

  it("tells of a lost device once", async () => {
    const { device, lose } = fakeDevice();
    let told = 0;
    const grids = [[1], [9]].map((grid) => [{ q: grid, k: grid }]);
    const alike = grids.map((own, i) => ({ ...baseline, file: `${i}.wgsl`, grids: own }));
    const onDeviceLost = () => {
      told++;
    };
    const set = { manifest: { ...plain, kernels: alike }, code: { "0.wgsl": "", "1.wgsl": "" } };
    const kernel = await loadKernel(device, set, { onDeviceLost });
    const launch = kernel.bind(base);
    launch.encode({ dispatchWorkgroups() {}, setPipeline() {}, setBindGroup() {} } as unknown as GPUComputePassEncoder);
    lose({ reason: "unknown", message: "reset" });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(told).toBe(1);
  });
});
