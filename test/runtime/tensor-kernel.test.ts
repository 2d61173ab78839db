/** Kernels of tensor operations: how one is created, chosen and disposed of, and how many workgroups a launch has. */
import { describe, expect, it } from "vitest";
import { createTensorKernel, loadTensor } from "../../runtime/index.js";
import { workgroupsOf } from "../../runtime/launcher/tensor/dispatch.js";
import { type FakeFaults, fakeDevice, operand } from "./fake-device.js";
import { type HandWrittenTensor, handWrittenTensor } from "./hand-written-tensor.js";
import { attempt } from "./launch-texts.js";

const base = () => ({
  inputs: { rows: operand([9]), x: operand([4, 3]), weight: operand([5, 3]), bias: operand([5]) },
  output: operand([7, 5]),
});

const createText = (options: HandWrittenTensor, faults: FakeFaults = {}, name = "mscc pick (baseline)") =>
  attempt(() => createTensorKernel(fakeDevice(faults).device, handWrittenTensor(options)), name);

describe("createTensorKernel", () => {
  it("refuses another schema, and says what to compile again", async () => {
    expect(await createText({ manifest: { schema: 2 as 1 } })).toBe(
      "manifest schema 2 is unknown to this launcher, which reads schema 1\n" +
        "  help: compile the operation again with the mscc that this launcher comes from",
    );
  });

  it("says what the device lacks", async () => {
    const kernel = { profile: "f16-subgroups", features: ["shader-f16", "subgroups"], subgroupSize: 8 };
    expect(await createText({ kernel }, {}, "mscc pick (f16-subgroups of 8)")).toBe(
      "needs subgroups of at least 8 invocations, the device has 4\n" +
        "  help: use the kernel of another profile, such as baseline\n" +
        "needs the feature 'shader-f16', which the device does not have\n" +
        "  help: ask for it in requestDevice({ requiredFeatures }), or use the kernel of another profile",
    );
  });

  it("says what is wrong with the WGSL, with its line", async () => {
    const compilation = [{ type: "error", lineNum: 2, linePos: 3, message: "unresolved type 'i23'\n" }];
    expect(await createText({}, { compilation, pipeline: new Error("invalid") })).toBe(
      "WGSL line 2:3: unresolved type 'i23'\n    2 |   first: i32,",
    );
  });
});

describe("loadTensor", () => {
  const { manifest, kernel, code } = handWrittenTensor();
  const half = { ...kernel, dtype: "f16", profile: "f16", features: ["shader-f16"], file: "half.wgsl" } as const;
  const wide = { ...kernel, profile: "subgroups", subgroupSize: 8, file: "wide.wgsl" };
  const narrow = { ...wide, subgroupSize: 4, file: "narrow.wgsl" };
  const set = (...kernels: readonly (typeof kernel)[]) => ({
    manifest: { ...manifest, kernels },
    code: Object.fromEntries(kernels.map(({ file }) => [file, code])),
  });

  it("takes the best that runs, of f32 where nothing else is asked for", async () => {
    const said: string[] = [];
    const log = (text: string) => said.push(text);
    const { device } = fakeDevice();
    const chosen = await loadTensor(device, set(half, wide, narrow, kernel), { log });
    expect(chosen.name).toBe("mscc pick (subgroups of 4)");
    await loadTensor(device, set(wide, kernel), { log, profile: "baseline" });
    await loadTensor(device, set(kernel, wide), { log });
    expect(said).toEqual([
      "mscc pick runs subgroups of 4 (f32): subgroups of 8 needs subgroups of at least 8 invocations, the device has 4",
      "mscc pick runs baseline (f32): as asked for",
      "mscc pick runs baseline (f32): the first choice, and the device has all it needs",
    ]);
  });

  it("says what is missing where nothing fits", async () => {
    const { device } = fakeDevice();
    const load = (options: Parameters<typeof loadTensor>[2], ...kernels: readonly (typeof kernel)[]) =>
      loadTensor(device, set(...kernels), options);
    expect(await attempt(() => load({ dtype: "f16", profile: "wide" }, wide, narrow, kernel), "mscc pick")).toBe(
      "no kernel of the module has dtype f16 and profile wide; it has: f32, subgroups; f32, baseline\n" +
        "  help: ask for one of these, or compile what you ask for",
    );
    expect(await attempt(() => load({}), "mscc pick")).toBe(
      "the module has no kernel\n  help: compile the operation again",
    );
    expect(await attempt(() => load({ dtype: "f16" }, half, kernel), "mscc pick (f16)")).toBe(
      "needs the feature 'shader-f16', which the device does not have\n" +
        "  help: ask for it in requestDevice({ requiredFeatures }), or use the kernel of another profile",
    );
  });
});

describe("the life of a kernel", () => {
  it("ends with dispose(), and that of its launches", async () => {
    const { device, calls } = fakeDevice();
    const kernel = await createTensorKernel(device, handWrittenTensor());
    const launch = kernel.bind(base());
    expect(launch.kernel).toBe("mscc pick (baseline)");
    expect(launch.workgroups).toBe(9);
    // One buffer and one group for each launch.
    expect(calls.filter((call) => call === "createBuffer" || call === "createBindGroup")).toHaveLength(2);
    kernel.dispose();
    launch.dispose();
    expect(calls.filter((call) => call === "destroy")).toHaveLength(1);
    const name = "mscc pick (baseline)";
    expect(await attempt(() => kernel.bind(base()), name)).toBe("used after dispose(): the kernel");
    expect(await attempt(() => launch.encode({} as GPUCommandEncoder), name)).toBe("used after dispose(): a launch");
  });
});

describe("workgroups", () => {
  const extents = new Map(Object.entries({ b: 2, t: 3, y: 5, c: 7 }));
  it("are counted by elements, rows or tiles", () => {
    expect(workgroupsOf({ kind: "elements", perWorkgroup: 64 }, extents)).toBe(4);
    expect(workgroupsOf({ kind: "elements", perWorkgroup: 210 }, extents)).toBe(1);
    expect(workgroupsOf({ kind: "rows", axes: ["t", "y"] }, extents)).toBe(15);
    expect(workgroupsOf({ kind: "rows", axes: [] }, extents)).toBe(1);
    const tiles = { kind: "tiles", batch: ["b"], rows: ["t", "y"], columns: ["c"], tile: [4, 8] } as const;
    expect(workgroupsOf(tiles, extents)).toBe(8);
    expect(workgroupsOf({ ...tiles, batch: [], tile: [15, 7] }, extents)).toBe(1);
    expect(workgroupsOf({ ...tiles, batch: [], tile: [14, 6] }, extents)).toBe(4);
  });
});
