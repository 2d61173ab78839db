/** `mscc msc sample` and `denoise` on the device: files, seeds, and what the device refuses. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readFolder } from "../../models/msc/node.js";
import { openMsc } from "../../models/msc/open.js";
import { randomStream } from "../../models/msc/random.js";
import { formatSafetensors } from "../../models/msc/safetensors.js";
import { initialWeights } from "../../models/msc/weights.js";
import { parseY4m } from "../../models/video/y4m.js";
import { openGpu } from "../../runtime/index.js";
import { small, variant, weightsOf } from "../cli/msc-small.js";
import { filesBelow, folderWith, mscc } from "../cli/mscc.js";
import { bytesIn, compiledModel, errorsIn, files } from "./msc-folder.js";

const { folder: models, given, sampling } = compiledModel();

describe("mscc msc sample", () => {
  it("goes on with a clip, as GIF, PNG and y4m; the same seed gives the same", async () => {
    const folder = folderWith(files());
    const outputs = ["-o", "a.gif", "-o", "a.png", "-o", "a.y4m", "--scale", "2"];
    const { code, out, err } = await mscc(folder, sampling("--frames", "3", ...outputs));
    expect([code, out]).toEqual([
      0,
      "a.gif  2 + 3 frames of 8 x 8\na.png  2 + 3 frames of 8 x 8\na.y4m  2 + 3 frames of 8 x 8\n",
    ]);
    expect(err).toMatch(/small: 14 passes on .+, \d+ s/);
    expect(new TextDecoder().decode(bytesIn(folder, "a.gif").subarray(0, 6))).toBe("GIF89a");
    expect([...bytesIn(folder, "a.png").subarray(1, 4)]).toEqual([..."PNG"].map((letter) => letter.charCodeAt(0)));
    const [made, clip] = [parseY4m(bytesIn(folder, "a.y4m"), "a"), parseY4m(bytesIn(folder, "in.y4m"), "in")];
    expect([made.width, made.height, made.frames, made.rate]).toEqual([8, 8, 5, [5, 1]]);
    for (const t of [0, 1]) expect(made.frame(t)).toEqual(clip.frame(t));
    expect(made.frame(2)).not.toEqual(made.frame(3));
    for (const [seed, isSame] of [
      ["0", true],
      ["7", false],
    ] as const) {
      expect((await mscc(folder, sampling("--frames", "3", "--seed", seed, "-o", "b.y4m"))).code).toBe(0);
      expect(Buffer.compare(bytesIn(folder, "a.y4m"), bytesIn(folder, "b.y4m")) === 0, `seed ${seed}`).toBe(isSame);
    }
  });

  it("starts from nothing, on the grid of the configuration, and gives data", async () => {
    const folder = folderWith(files());
    const argv = ["msc", "sample", ...given, "--context", "0", "--frames", "2", "--steps", "2", "--format", "json"];
    const { code, out } = await mscc(folder, argv);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ model: "small", dtype: "f32", width: 8, height: 8, context: 0, frames: 2, mode: "chunks", chunk: 1 },
      ...{ steps: 2, seed: 0, passes: 6, outputs: ["sample.gif"], bytes: { weights: weightsSize() } },
    });
    expect(existsSync(join(folder, "sample.gif"))).toBe(true);
  });

  it("stores weights in halves where the device can, and says so where it cannot", async () => {
    const folder = folderWith(files());
    const gpu = await openGpu();
    const hasHalves = gpu.device.features.has("shader-f16");
    gpu.close();
    const { code, err } = await mscc(folder, sampling("--frames", "1", "--dtype", "f16", "-o", "a.gif"));
    expect([code, existsSync(join(folder, "a.gif"))]).toEqual([hasHalves ? 0 : 1, hasHalves]);
    if (!hasHalves) expect(errorsIn(err)).toMatch(/^error [a-z-]+: .*shader-f16/);
  });
});

/** Bytes of the small model's weights in f32. */
const weightsSize = () => {
  const file = weightsOf(small);
  return file.length - 8 - Number(new DataView(file.buffer).getBigUint64(0, true));
};

describe("mscc msc denoise", () => {
  it("prints errors at each level, and draws what it saw", async () => {
    const folder = folderWith(files());
    const argv = [
      "msc",
      "denoise",
      ...given,
      "--clip",
      "in.y4m",
      "--frames",
      "4",
      "--chunk",
      "3",
      "--levels",
      "0.25,1",
    ];
    const { code, out } = await mscc(folder, [...argv, "-o", "d.png", "-o", "d.y4m"]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^small on 4 frames of in\.y4m \(8 x 8\):\n {2}level +noisy MSE +denoised MSE +ratio +noisy PSNR +denoised PSNR\n {3}0\.25( +[\d.]+){3}( +-?[\d.]+ dB){2}\n {6}1( +[\d.]+){3}( +-?[\d.]+ dB){2}\nd\.png\nd\.y4m\n$/,
    );
    const video = parseY4m(bytesIn(folder, "d.y4m"), "d.y4m");
    expect([video.width, video.height, video.frames]).toEqual([8 * 5, 8, 4]);
    const json = await mscc(folder, [...argv, "--format", "json"]);
    const { levels, ...rest } = JSON.parse(json.out);
    expect(rest).toMatchObject({ model: "small", clip: "in.y4m", frames: 4, seed: 0, outputs: [] });
    for (const { level, noisy, denoised, ratio } of levels) {
      expect(ratio).toBeCloseTo(denoised.mse / noisy.mse, 6);
      expect(noisy.psnr).toBeCloseTo(10 * Math.log10(4 / noisy.mse), 6);
      // The clip moves to noise of variance 1: about level^2 (1 + the clip's mean square).
      expect(noisy.mse / level ** 2).toBeGreaterThan(0.8);
      expect(noisy.mse / level ** 2).toBeLessThan(2);
    }
  });
});

describe("what the model or the device refuses", () => {
  const refusal = async (argv: readonly string[], more: { readonly [name: string]: Uint8Array } = {}) => {
    const before = { ...files(), ...more };
    const folder = folderWith(before);
    const { code, out, err } = await mscc(folder, argv);
    expect([code, out, Object.keys(filesBelow(folder)).sort()]).toEqual([1, "", Object.keys(before).sort()]);
    return errorsIn(err);
  };

  const unweighted = sampling().filter((each) => !["--weights", "w.safetensors"].includes(each));

  it("weights of another model, or truncated", async () => {
    const wide = { ...variant("wide"), feedForward: 3 };
    const other = ["--weights", "other.safetensors"];
    expect(
      await refusal([...unweighted, ...other], { "other.safetensors": weightsOf(wide) }),
    ).toBe(`error weights-shape: other.safetensors, as weights of 'small': 3 tensors of another shape than the model's: layers.0.up.weight is [48, 16], expected [32, 16], layers.0.up.bias is [48], expected [32], layers.0.down.weight is [16, 48], expected [16, 32]
  help: are these the weights of another configuration?`);
    const cut = weightsOf(small).slice(0, -8);
    expect(await refusal([...unweighted, ...other], { "other.safetensors": cut })).toMatch(
      /^error safetensors-truncated: other\.safetensors is truncated: tensor '[\w.]+' needs \d+ bytes, the file has \d+\n {2}help: /,
    );
  });

  it("weights that make a frame of no number, before anything is kept", async () => {
    const tensors = initialWeights(small, 1, randomStream, "open");
    tensors.get("head.bias")?.data.fill(Number.NaN);
    const argv = [...unweighted, "--weights", "nan.safetensors", "--state", "run.state", "-o", "a.gif"];
    expect(
      await refusal(argv, { "nan.safetensors": formatSafetensors(tensors) }),
    ).toBe(`error frame-not-finite: frame 2 holds NaN: what the network computes is out of range
  help: look for weights that are not numbers or too large, and for values beyond the range of f16`);
  });

  it("weights that denoise to no number", async () => {
    const tensors = initialWeights(small, 1, randomStream, "open");
    tensors.get("head.bias")?.data.fill(Number.NaN);
    const argv = ["msc", "denoise", "--models", models, "--model", "small", "--clip", "in.y4m", "--frames", "2"];
    const text = await refusal([...argv, "--weights", "nan.safetensors"], {
      "nan.safetensors": formatSafetensors(tensors),
    });
    expect(text).toContain("error frame-not-finite: frame 0 holds NaN: what the network computes is out of range\n");
  });

  it("a model that is too large for the adapter", async () => {
    const huge = ["--frames", "1000000", "--chunk", "1000000", "--context", "0", "--clip", "large.y4m"];
    expect(await refusal(["msc", "sample", ...given, ...huge])).toMatch(
      /^error model-too-large: activation [\w.]+ needs a buffer of \d+ bytes \(\d+ MiB\), and the device allows \d+ \(max\w+, \d+ MiB\)\n {2}help: take a smaller grid, fewer frames at a time, or f16$/,
    );
  });

  it("a model that is too large for a smaller device", async () => {
    const gpu = await openGpu({ limits: {} });
    const read = readFolder(models);
    const model = await openMsc(gpu.device, { name: "small", read, weights: weightsOf(small) });
    const sampler = model.sampler({ grid: { y: 512, x: 512 }, frames: 64, chunk: 64 });
    await expect(sampler.next()).rejects.toThrow(
      /^activation [\w.]+ needs a buffer of \d+ bytes \(\d+ MiB\), and the device allows 134217728 \(maxStorageBufferBindingSize, 128 MiB\)\n {2}help: take a smaller grid, fewer frames at a time, or f16$/,
    );
    sampler.dispose();
    model.close();
    gpu.close();
  });
});
