/** The benchmark of whole forward passes: every launch is timed once, and FLOPs are those that `mscc msc info` counts. */
import { expect, test } from "vitest";
import { timeModel } from "../../bench/model.js";
import { openGpu } from "../../runtime/index.js";
import { mscc } from "../cli/mscc.js";

test("times tiny, kernel by kernel", async () => {
  const gpu = await openGpu();
  try {
    const { preset, grid, milliseconds, flops, kernels = [] } = await timeModel(gpu, "tiny", 0);
    expect([preset, grid]).toEqual(["tiny", [8, 24, 32]]);
    expect(milliseconds).toBeGreaterThan(0);
    const info = JSON.parse((await mscc(import.meta.dirname, ["msc", "info", "tiny", "--format", "json"])).out);
    expect(flops).toBe(info.flops.total);
    expect(kernels.map(({ kernel, launches }) => `${launches} ${kernel}`).sort()).toEqual([
      ...[
        "1 patchify",
        "1 timestep",
        "1 unpatchifyEulerStep",
        "12 rotary",
        "18 linear",
        "2 linearSilu",
        "3 averagePool",
      ],
      ...["3 lightCone", "3 linearGatedResidual", "3 linearGelu", "3 merge2GatedResidual", "3 sinksWindow"],
      "7 layerNormModulate",
    ]);
    for (const each of kernels) expect(each.milliseconds, each.kernel).toBeGreaterThan(0);
  } finally {
    gpu.close();
  }
});
