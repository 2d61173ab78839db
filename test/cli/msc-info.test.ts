/** `mscc msc info`: the numbers of models, counted. */
import { describe, expect, it } from "vitest";
import { base, tiny } from "../../models/msc/presets.js";
import { parameterCount } from "../../models/msc/weights.js";
import { ownPatterns, small, variant } from "./msc-small.js";
import { folderWith, mscc } from "./mscc.js";

const info = async (folder: string, ...argv: readonly string[]) => {
  const { code, out, err } = await mscc(folder, ["msc", "info", ...argv]);
  return { code, out, err: err.replace(/^counting .*\n/, "") };
};

/** Pairs of a window on a grid, axis by axis. */
function pairsOf(extent: number, isSeen: (q: number, k: number) => boolean): number {
  let pairs = 0;
  for (let q = 0; q < extent; q++) for (let k = 0; k < extent; k++) if (isSeen(q, k)) pairs++;
  return pairs;
}

describe("mscc msc info", () => {
  it("base on 16 x 32 x 32: what is printed is what counting gives", async () => {
    const { code, out, err } = await info("/", "base");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("base: 12 layers of width 384, 30,657,420 parameters\n");
    expect(out).toContain("tokens  16 x 32 x 32 = 16,384");
    const near = (q: number, k: number) => Math.abs(q - k) <= 4;
    const highRes = pairsOf(16, (q, k) => q - k >= 0 && q - k < 4) * pairsOf(32, near) ** 2;
    const lowRes = (side: number) => pairsOf(16, (q, k) => q >= k && (q - k) % 2 === 0) * side ** 4;
    const { out: json } = await info("/", "base", "--format", "json");
    const { flops, singleScale, parameters, memory } = JSON.parse(json);
    const tokens = 16 * 32 * 32;
    let attention = 0;
    let projections = 0;
    for (const [l, layer] of base.layers.entries()) {
      for (const [b, { down }] of layer.branches.entries()) {
        const pairs = b === 0 ? highRes : lowRes(32 / down);
        expect(flops.layers[l].branches[b].pairs.useful, `layer ${l}, branch ${b}`).toBe(pairs);
        attention += 4 * pairs * 192;
        projections += 2 * (tokens / down ** 2) * 4 * 192 ** 2;
      }
    }
    const feedForward = 12 * 2 * 2 * tokens * 384 * 4 * 384;
    const rest = flops.total - attention - projections - feedForward;
    // Embeddings of patches and of noise levels, modulation, head.
    const time = 2 * 16 * (384 * 128 + 384 ** 2);
    expect(rest).toBe(2 * tokens * 12 * 384 * 2 + time + 12 * 2 * 16 * 7 * 384 ** 2 + 2 * 16 * 2 * 384 ** 2);
    const dense = 12 * (4 * tokens ** 2 * 384 + 2 * tokens * 4 * 384 ** 2) + feedForward + rest;
    expect(singleScale.total).toBe(dense);
    expect(parameters.total).toBe(parameterCount(base));
    expect(memory.caches[0][0].frames).toBe(4);
    expect(memory.caches[0][1].frames).toEqual({ every: 1 });
    expect(out).toMatch(/\n {2}attention +53\.9 G +4\.95 T +1 \/ 91\.9\n/);
  });

  it("tiny by default, and any grid", async () => {
    const { code, out } = await info("/", "--grid", "x=3,t=2,y=5");
    expect(code).toBe(0);
    const parameters = parameterCount(tiny).toLocaleString("en-US");
    expect(out).toContain(`tiny: ${tiny.depth} layers of width ${tiny.width}, ${parameters} parameters\n`);
    expect(out).toContain("tokens  2 x 5 x 3 = 30, from patches of");
    expect(out).toContain("caches, however long the rollout");
  });

  it("configurations, and compiled models", async () => {
    const own = variant("own", { pattern: "twoFrames", params: {} });
    const files = { "small.json": JSON.stringify(small), "own.json": JSON.stringify(own), "p.ts": ownPatterns };
    const folder = folderWith(files);
    const { out } = await info(folder, "small.json");
    expect(out).toContain("small: 1 layer of width 16");
    expect((await mscc(folder, ["msc", "build", "own.json", "--patterns", "p.ts", "--dtype", "f32"])).code).toBe(0);
    const fromConfig = await info(folder, "own.json", "--patterns", "p.ts");
    expect(fromConfig.code).toBe(0);
    expect(await info(folder, "models/own.json", "--patterns", "p.ts")).toEqual(fromConfig);
    const without = await info(folder, "models/own.json");
    expect(without.code).toBe(1);
    expect(without.err).toMatch(
      /^error config-pattern: layers\[0\]\.branches\[0\]\.pattern is 'twoFrames', which is no/,
    );
  });

  it("refuses", async () => {
    expect(await info("/", "bas")).toEqual({
      code: 1,
      out: "",
      err: `error msc-unknown: 'bas' is no preset; did you mean 'base'?
  note: presets: tiny, base, three-scale
  help: a configuration of your own is named by its file, which ends in .json

1 error
`,
    });
    const grid = await info("/", "tiny", "--grid", "t=0,y=4,z=4");
    expect(grid.err).toContain("error grid-unknown-axis: --grid: the model has no axis 'z'");
    expect(grid.err).toContain("error grid-extent: --grid: '0' on axis 't' is not an extent");
    expect(grid.code).toBe(1);
  });
});
