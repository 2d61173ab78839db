/** Emitted modules by themselves: the example, and `load` on every choice of kernel. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attention, int, reference } from "../../dsl/index.js";
import { type Gpu, openGpu } from "../../runtime/index.js";
import { folderWith, mscc, pair, root } from "../cli/mscc.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

it("the example runs with nothing but the emitted module and a device", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "examples/standalone/main.mjs")], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  expect(stdout).toContain("lightCone: A token sees its past light cone");
  expect(stdout).toMatch(/each token alone: output differs from the values by at most (0|\d\.\d+e-\d+)\n/);
  expect(stdout).toMatch(/the last token's output begins (-?\d\.\d{4} ?){4}\nits LSE is -?\d+\.\d{4}\n$/);
});

const near = attention({
  axes: ["x"],
  params: { reach: int({ min: 0, max: 9, default: 2 }) },
  attend: ({ q, k, reach }) => Math.abs(q.x - k.x) <= reach,
});

describe("an emitted module", () => {
  const STORAGE = 0x80 | 0x4 | 0x8;
  const values = (seed: number, count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(seed + i));

  it("loads the kernel that is asked for, and computes", async () => {
    const folder = folderWith({ "p.ts": pair, "package.json": '{ "type": "module" }' });
    expect((await mscc(folder, ["compile", "p.ts", "near", "--head-dim", "8,5", "--value-dim", "3"])).code).toBe(0);
    const { load, manifest, LaunchError } = await import(/* @vite-ignore */ join(folder, "generated/near/index.js"));
    expect(new Set(manifest.kernels.map(({ headDim }: { headDim: number }) => headDim))).toEqual(new Set([5, 8]));
    await expect(load(gpu.device, { headDim: 6 })).rejects.toThrow(
      "mscc near: no kernel of the module has headDim 6; it has: headDim 5, valueDim 3, f32, ",
    );
    await expect(load(gpu.device, { headDim: 6 })).rejects.toBeInstanceOf(LaunchError);

    const kernel = await load(gpu.device, { headDim: 8 });
    const operand = (data: Float32Array<ArrayBuffer>, ...shape: number[]) => {
      const buffer = gpu.device.createBuffer({ size: data.byteLength, usage: STORAGE });
      gpu.device.queue.writeBuffer(buffer, 0, data);
      return { buffer, shape };
    };
    const [q, k, v] = [values(1, 80), values(2, 80), values(3, 30)];
    const output = operand(new Float32Array(30), 1, 1, 10, 3);
    const inputs = { q: operand(q, 1, 1, 10, 8), k: operand(k, 1, 1, 10, 8), v: operand(v, 1, 1, 10, 3) };
    const launch = kernel.bind({ ...inputs, output, params: { reach: 4 } });
    const encoder = gpu.device.createCommandEncoder();
    launch.encode(encoder);
    const copy = gpu.device.createBuffer({ size: 120, usage: 0x1 | 0x8 });
    encoder.copyBufferToBuffer(output.buffer, 0, copy, 0, 120);
    gpu.device.queue.submit([encoder.finish()]);
    await launch.finished();
    await copy.mapAsync(1);
    const got = new Float32Array(copy.getMappedRange().slice(0));
    const shaped = (data: Float32Array, ...shape: number[]) => ({ shape, data });
    const want = reference(near, {
      q: shaped(q, 1, 1, 10, 8),
      k: shaped(k, 1, 1, 10, 8),
      v: shaped(v, 1, 1, 10, 3),
      params: { reach: 4 },
    }).output;
    const worst = want.reduce((most, value, i) => Math.max(most, Math.abs(value - (got[i] as number))), 0);
    expect(worst).toBeLessThan(1e-5);
    for (const buffer of [copy, output.buffer]) buffer.destroy();
    kernel.dispose();
  });
});
