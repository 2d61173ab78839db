/** Kernels chosen on a device: what an emitted module takes, what operands make it fall back, and storage in halves. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Manifest } from "../../compiler/plan/manifest.js";
import { reference } from "../../dsl/index.js";
import { throughHalves } from "../../runtime/half.js";
import {
  type AttentionKernel,
  type Gpu,
  type LoadOptions,
  loadKernel,
  openGpu,
  runAttention,
} from "../../runtime/index.js";
import { folderWith, mscc, pair } from "../cli/mscc.js";
import { type HandWritten, handWritten } from "../runtime/hand-written.js";
import { blank, download, near, operand, tensor, upload, worst } from "../runtime/on-device.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

const isLavapipe = process.env.MSCC_DRIVER === "lavapipe";

interface Emitted {
  readonly manifest: Manifest;
  readonly code: { readonly [file: string]: string };
  load(device: GPUDevice, options?: LoadOptions): Promise<AttentionKernel>;
}

async function emitted(): Promise<Emitted> {
  const folder = folderWith({ "p.ts": pair, "package.json": '{ "type": "module" }' });
  expect((await mscc(folder, ["compile", "p.ts", "near", "--head-dim", "4"])).code).toBe(0);
  return import(/* @vite-ignore */ join(folder, "generated/near/index.js"));
}

const input = { q: tensor(1, 4, 9, 4), k: tensor(1, 2, 9, 4), v: tensor(1, 2, 9, 4) };
const params = { reach: 3 };

/** The worst error of a launch with the queries in memory as they are given. */
async function errorOf(kernel: AttentionKernel, q = operand(gpu.device, input.q)) {
  const output = blank(gpu.device, 1, 4, 9, 4);
  const launch = kernel.bind({ q, k: operand(gpu.device, input.k), v: operand(gpu.device, input.v), output, params });
  await launch.run();
  const got = await download(gpu.device, output.buffer);
  return { error: worst(got, reference(near, { ...input, params }).output), kernel: launch.kernel };
}

describe("load of an emitted module", () => {
  it("takes the best kernel that the device runs, and says why", async () => {
    const { load } = await emitted();
    const said: string[] = [];
    const kernel = await load(gpu.device, { log: (text) => said.push(text) });
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^mscc near runs .* \(f32, d4\): /);
    if (isLavapipe) expect(kernel.name).toBe("mscc near (subgroups of 8, d4)");
    expect((await errorOf(kernel)).error).toBeLessThan(1e-5);
    const forced = await load(gpu.device, { profile: "baseline" });
    expect(forced.name).toBe("mscc near (baseline, d4)");
    expect((await errorOf(forced)).error).toBeLessThan(1e-5);
  });

  it("falls back for operands that the best kernel cannot read", async () => {
    const { manifest, code } = await emitted();
    const kernels = manifest.kernels.map((each) => (each.profile === "baseline" ? each : { ...each, rowAlignment: 4 }));
    const said: string[] = [];
    const set = { manifest: { ...manifest, kernels }, code };
    const kernel = await loadKernel(gpu.device, set, { log: (text) => said.push(text) });
    const { q } = input;
    const rows = new Float32Array(5 * 36);
    for (let i = 0; i < q.data.length; i++) rows[5 * Math.floor(i / 4) + (i % 4)] = q.data[i] as number;
    const strided = { buffer: upload(gpu.device, rows), shape: q.shape, strides: [180, 45, 5, 1] };
    const aligned = await errorOf(kernel);
    const other = await errorOf(kernel, strided);
    expect(Math.max(aligned.error, other.error)).toBeLessThan(1e-5);
    expect(aligned.kernel).toBe(kernel.name);
    expect(other.kernel).toBe("mscc near (baseline, d4)");
    if (isLavapipe)
      expect(said[1]).toContain("for this launch, since subgroups of 8 cannot: axis 'heads' of q has stride 45");
  });

  it("reports WGSL that the device refuses, of a kernel that is made for one launch", async () => {
    const { manifest, code } = await emitted();
    const baseline = manifest.kernels.find(({ profile }) => profile === "baseline");
    if (!baseline) throw new Error("no baseline");
    const fast = { ...baseline, profile: "fast", file: "fast.wgsl", rowAlignment: 4 };
    const broken = { "fast.wgsl": code[baseline.file] as string, [baseline.file]: "fn main() { nonsense(); }" };
    const set = { manifest: { ...manifest, kernels: [fast, baseline] }, code: broken };
    const kernel = await loadKernel(gpu.device, set);
    const q = { ...operand(gpu.device, input.q), strides: [144, 36, 4, 1] };
    expect((await errorOf(kernel, q)).error).toBeLessThan(1e-5);
    await expect(errorOf(kernel, { ...q, strides: [145, 35, 4, 1] })).rejects.toThrow(
      /^mscc near \(baseline, d4\): WGSL line 1:13: unresolved call target 'nonsense'/,
    );
  });
});

describe("arrays of the host", () => {
  const ran = (options: HandWritten) => runAttention(gpu, handWritten(options), { ...input, params });

  it("reach a kernel that reads four elements at a time in rows that it can read", async () => {
    const odd = { q: tensor(1, 2, 9, 5), k: tensor(1, 2, 9, 5), v: tensor(1, 2, 9, 3) };
    const compiled = handWritten({ headDim: 5, valueDim: 3, kernel: { rowAlignment: 4 } });
    const { output } = await runAttention(gpu, compiled, { ...odd, params });
    expect(worst(output, reference(near, { ...odd, params }).output)).toBeLessThan(1e-5);
  });

  it("are stored as halves where the kernel takes those", async () => {
    const options = { kernel: { dtype: "f16", features: ["shader-f16"] } } as const;
    if (!gpu.device.features.has("shader-f16")) {
      await expect(ran(options)).rejects.toThrow("needs the feature 'shader-f16', which the device does not have");
      return;
    }
    const { output, lse } = await ran(options);
    const stored = ({ shape, data }: typeof input.q) => ({ shape, data: throughHalves(data) });
    const rounded = { q: stored(input.q), k: stored(input.k), v: stored(input.v) };
    const want = reference(near, { ...rounded, params });
    expect(worst(lse, want.lse)).toBeLessThan(1e-5);
    expect(worst(output, want.output)).toBeLessThan(2 ** -10);
    expect([...throughHalves(output)]).toEqual([...output]);
  });
});
