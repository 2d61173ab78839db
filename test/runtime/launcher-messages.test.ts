/** What the launcher says, whole, when a kernel is created, lost or disposed of. */
import { afterAll, describe, expect, it } from "vitest";
import type { SubgroupMatrix } from "../../compiler/plan/manifest.js";
import { createKernel, loadKernel } from "../../runtime/launcher/index.js";
import { type FakeFaults, fakeDevice, operand } from "./fake-device.js";
import { type HandWritten, handWritten } from "./hand-written.js";
import { attempt, OF_KERNELS, seen } from "./launch-texts.js";

const base = {
  q: operand([1, 2, 8, 4]),
  k: operand([1, 2, 8, 4]),
  v: operand([1, 2, 8, 4]),
  output: operand([1, 2, 8, 4]),
};
const createText = (options: HandWritten, faults: FakeFaults = {}) =>
  attempt(() => createKernel(fakeDevice(faults).device, handWritten(options)));

describe("createKernel", () => {
  it("no-kernel", async () => {
    const { manifest } = handWritten({ headDim: 4, valueDim: 2 });
    const load = () => loadKernel(fakeDevice().device, { manifest, code: {} }, { headDim: 8, profile: "wide" });
    expect(await attempt(load, "mscc near")).toBe(
      "no kernel of the module has headDim 8 and profile wide; it has: headDim 4, valueDim 2, f32, baseline\n" +
        "  help: ask for one of these, or compile what you ask for",
    );
    const empty = () => loadKernel(fakeDevice().device, { manifest: { ...manifest, kernels: [] }, code: {} });
    expect(await attempt(empty, "mscc near")).toBe("the module has no kernel\n  help: compile the pattern again");
  });
  it("schema", async () => {
    expect(await createText({ manifest: { schema: 2 as 1 } })).toBe(
      "manifest schema 2 is unknown to this launcher, which reads schema 1\n" +
        "  help: compile the pattern again with the mscc that this launcher comes from",
    );
  });
  it("missing-feature, limit-too-low", async () => {
    const limits = { maxComputeInvocationsPerWorkgroup: 512, maxComputeWorkgroupStorageSize: 16384 };
    expect(await createText({ kernel: { features: ["shader-f16", "subgroups"], limits } })).toBe(
      "needs the feature 'shader-f16', which the device does not have\n" +
        "  help: ask for it in requestDevice({ requiredFeatures }), or use the kernel of another profile\n" +
        "needs maxComputeInvocationsPerWorkgroup of 512, the device has 256\n" +
        "  help: ask for it in requestDevice({ requiredLimits: { maxComputeInvocationsPerWorkgroup: 512 } }), or use the kernel of another profile\n" +
        "needs maxComputeWorkgroupStorageSize of 16384, the device has 0\n" +
        "  help: ask for it in requestDevice({ requiredLimits: { maxComputeWorkgroupStorageSize: 16384 } }), or use the kernel of another profile",
    );
  });
  it("subgroup-size", async () => {
    const compiled = handWritten({ kernel: { profile: "subgroups", features: ["subgroups"], subgroupSize: 8 } });
    const create = () => createKernel(fakeDevice().device, compiled);
    expect(await attempt(create, "mscc near (subgroups of 8, d4)")).toBe(
      "needs subgroups of at least 8 invocations, the device has 4\n" +
        "  help: use the kernel of another profile, such as baseline",
    );
  });
  it("subgroup-wide", async () => {
    const kernel = { profile: "subgroups", features: ["subgroups"], subgroupSize: 2, subgroupMost: 2 };
    const create = () => createKernel(fakeDevice().device, handWritten({ kernel }));
    expect(await attempt(create, "mscc near (subgroups of 2, d4)")).toBe(
      "is made for subgroups of at most 2 invocations, the device has 4, of which the others would idle\n" +
        "  help: use another profile, such as baseline",
    );
  });
  it("subgroup-matrix", async () => {
    const halves = { componentType: "f16", resultComponentType: "f16", M: 8, N: 8, K: 8 } as const;
    const floats = { componentType: "f32", resultComponentType: "f32", M: 8, N: 8, K: 8 } as const;
    const onMatrices = (matrices: FakeFaults["matrices"], subgroupMatrix: SubgroupMatrix) => {
      const compiled = handWritten({ kernel: { profile: "f16-matrices", features: ["subgroups"], subgroupMatrix } });
      const create = () => createKernel(fakeDevice({ matrices }).device, compiled);
      return attempt(create, "mscc near (f16-matrices of 8x16x32, d4)");
    };
    const wide = { componentType: "f16", resultComponentType: "f32", M: 8, N: 16, K: 32 } as const;
    expect(await onMatrices([halves, floats], wide)).toBe(
      "needs subgroup matrices of 8 x 32 by 32 x 16, f16 to f32, the device lists " +
        "8 x 8 by 8 x 8, f16 to f16; 8 x 8 by 8 x 8, f32 to f32\n" +
        "  help: use the kernel of another profile, such as baseline",
    );
    expect(await onMatrices([halves, floats], floats)).toBe("no error");
    // A device that does not tell what it has: creating the pipeline shows it.
    expect(await onMatrices([], wide)).toBe("no error");
  });
  it("shader", async () => {
    const compilation = [
      { type: "warning", lineNum: 1, linePos: 1, message: "never mind" },
      { type: "error", lineNum: 2, linePos: 3, message: "unresolved type 'f23'\n" },
    ];
    expect(await createText({}, { compilation, pipeline: new Error("invalid") })).toBe(
      "WGSL line 2:3: unresolved type 'f23'\n    2 |   size_q_x: i32,",
    );
  });
  it("pipeline", async () => {
    expect(await createText({}, { pipeline: new Error("entry point 'main' is missing") })).toBe(
      "the pipeline could not be created: entry point 'main' is missing",
    );
  });
  it("gpu", async () => {
    expect(await createText({}, { validation: "too many bindings" })).toBe(
      "WebGPU validation error: too many bindings",
    );
  });
});

describe("the life of a kernel", () => {
  it("disposed", async () => {
    const kernel = await createKernel(fakeDevice().device, handWritten());
    const launch = kernel.bind(base);
    kernel.dispose();
    expect(await attempt(() => kernel.bind(base))).toBe("used after dispose(): the kernel");
    expect(await attempt(() => launch.run())).toBe("used after dispose(): a launch");
    expect(await attempt(() => launch.encode({} as GPUCommandEncoder))).toBe("used after dispose(): a launch");
    expect(await attempt(() => launch.finished())).toBe("used after dispose(): a launch");
  });
  it("device-lost", async () => {
    const { device, lose } = fakeDevice();
    const kernel = await createKernel(device, handWritten());
    lose({ reason: "unknown", message: "the driver was reset" });
    await Promise.resolve();
    expect(await attempt(() => kernel.bind(base))).toBe(
      "the device was lost with this kernel in flight (unknown): the driver was reset\n" +
        "  help: open a new device and create its kernels again; if a watchdog ended it, use run() with a smaller sliceMilliseconds",
    );
  });
  it("owns the LSE where none is given, and destroys what it owns once", async () => {
    const { device, calls } = fakeDevice();
    const kernel = await createKernel(device, handWritten());
    const launch = kernel.bind(base);
    expect(launch.tiles).toBe(4);
    expect(launch.lse.shape).toEqual([1, 2, 8]);
    expect(launch.lse.buffer.size).toBe(64);
    launch.dispose();
    launch.dispose();
    kernel.dispose();
    expect(calls.filter((call) => call === "createBuffer").length).toBe(2);
    expect(calls.filter((call) => call === "destroy").length).toBe(2);
  });
});

afterAll(() => {
  expect([...seen].sort()).toEqual(OF_KERNELS);
});
