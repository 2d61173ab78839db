/** `mscc msc sample` and `denoise` on the device: files, seeds, runs that are interrupted and go on, and what the device refuses. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ModelError } from "../../models/messages.js";
import { readFolder } from "../../models/msc/node.js";
import { openMsc } from "../../models/msc/open.js";
import { parseState } from "../../models/msc/state.js";
import { parseY4m } from "../../models/video/y4m.js";
import { openGpu } from "../../runtime/index.js";
import { clipOf, small, variant, weightsOf } from "../cli/msc-small.js";
import { builtMain, filesBelow, folderWith, mscc } from "../cli/mscc.js";

/** A folder with compiled models, which all tests only read. */
let models = "";
beforeAll(async () => {
  models = mkdtempSync(join(tmpdir(), "mscc-models-"));
  writeFileSync(join(models, "small.json"), JSON.stringify(small));
  const { code, err } = await mscc(models, ["msc", "build", "small.json"]);
  expect([code, err.replace(/^compiling .*\n/, "")]).toEqual([0, ""]);
});
afterAll(() => rmSync(models, { recursive: true, force: true }));

const files = () => ({ "w.safetensors": weightsOf(small), "in.y4m": clipOf(5), "large.y4m": clipOf(1, 64, 64) });
const given = () => ["--models", join(models, "models"), "--model", "small", "--weights", "w.safetensors"];
const sampling = (...argv: readonly string[]) => [
  ...["msc", "sample", ...given(), "--clip", "in.y4m", "--context", "2", "--steps", "3", ...argv],
];

/** The errors, without what Dawn and progress say. */
const errors = (text: string) => text.slice(text.indexOf("error ")).replace(/\n\n\d+ errors?\n$/, "");
const bytes = (folder: string, file: string) => new Uint8Array(readFileSync(join(folder, file)));

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
    expect(new TextDecoder().decode(bytes(folder, "a.gif").subarray(0, 6))).toBe("GIF89a");
    expect([...bytes(folder, "a.png").subarray(1, 4)]).toEqual([..."PNG"].map((letter) => letter.charCodeAt(0)));
    const [made, clip] = [parseY4m(bytes(folder, "a.y4m"), "a"), parseY4m(bytes(folder, "in.y4m"), "in")];
    expect([made.width, made.height, made.frames, made.rate]).toEqual([8, 8, 5, [5, 1]]);
    // Colours beyond RGB, which y4m can hold, are clamped on the way.
    const apart = (t: number) =>
      Math.max(...made.frame(t).map((value, i) => Math.abs(value - (clip.frame(t)[i] as number))));
    expect([apart(0) < 0.03, apart(1) < 0.03, apart(2) < 0.03]).toEqual([true, true, false]);
    expect(made.frame(2)).not.toEqual(made.frame(3));
    for (const [seed, isSame] of [
      ["0", true],
      ["7", false],
    ] as const) {
      expect((await mscc(folder, sampling("--frames", "3", "--seed", seed, "-o", "b.y4m"))).code).toBe(0);
      expect(Buffer.compare(bytes(folder, "a.y4m"), bytes(folder, "b.y4m")) === 0, `seed ${seed}`).toBe(isSame);
    }
  });

  it("starts from nothing, on the grid of the configuration, and gives data", async () => {
    const folder = folderWith(files());
    const argv = ["msc", "sample", ...given(), "--context", "0", "--frames", "2", "--steps", "2", "--format", "json"];
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
    if (!hasHalves) expect(errors(err)).toMatch(/^error [a-z-]+: .*shader-f16/);
  });
});

/** Bytes of the small model's weights in f32. */
const weightsSize = () => {
  const file = weightsOf(small);
  return file.length - 8 - Number(new DataView(file.buffer).getBigUint64(0, true));
};

describe("a run that is interrupted", () => {
  /** Interrupts once the state is there. */
  async function interrupted(folder: string, argv: readonly string[]) {
    const controller = new AbortController();
    const watching = setInterval(() => existsSync(join(folder, "run.state")) && controller.abort(), 1);
    const outcome = await mscc(folder, [...argv, "--state", "run.state"], { interrupts: () => controller.signal });
    clearInterval(watching);
    return outcome;
  }

  it.each([
    ["chunks", "2"],
    ["rolling", "3"],
  ])("goes on where it was: %s of %s", async (mode, chunk) => {
    const folder = folderWith(files());
    const argv = sampling("--frames", "21", "--mode", mode, "--chunk", chunk, "--seed", "5");
    expect((await mscc(folder, [...argv, "-o", "whole.y4m"])).code).toBe(0);
    const { code, err } = await interrupted(folder, [...argv, "-o", "part.y4m"]);
    expect(code).toBe(130);
    expect(err).toMatch(
      /\ninterrupted after \d+ of 21 frames; no outputs were written; `--resume run\.state` goes on\n$|^interrupted after/,
    );
    expect(Object.keys(filesBelow(folder)).sort()).toEqual([...Object.keys(files()), "run.state", "whole.y4m"].sort());
    const { state } = parseState(bytes(folder, "run.state"), "run.state");
    expect(state.done).toBeLessThan(23);
    // All that was not given comes from the run itself.
    const resumed = ["msc", "sample", "--models", join(models, "models"), "--weights", "w.safetensors"];
    const next = await mscc(folder, [...resumed, "--resume", "run.state", "--state", "run.state", "-o", "part.y4m"]);
    expect(next.code).toBe(0);
    expect(bytes(folder, "part.y4m")).toEqual(bytes(folder, "whole.y4m"));
    // A run that is done is only written again; the options that it began with may be given too.
    expect((await mscc(folder, [...argv, "--resume", "run.state", "-o", "again.y4m"])).code).toBe(0);
    expect(bytes(folder, "again.y4m")).toEqual(bytes(folder, "whole.y4m"));
    const other = await mscc(folder, [...argv.slice(0, -1), "6", "--resume", "run.state", "-o", "other.y4m"]);
    expect([other.code, existsSync(join(folder, "other.y4m"))]).toEqual([1, false]);
    expect(errors(other.err)).toBe(`error state-differs: the state to resume from has seed '5', and this run has '6'
  help: resume with the model, weights and options that the run began with`);
  });

  it("by a signal ends with 130 and leaves its state whole", async () => {
    const folder = folderWith(files());
    const argv = sampling("--frames", "100000", "--state", "run.state", "-o", "a.gif");
    const child = spawn(process.execPath, [builtMain, ...argv], { cwd: folder, stdio: "ignore" });
    const ended = new Promise<number | null>((settle) => child.on("close", settle));
    while (!existsSync(join(folder, "run.state")) && child.exitCode === null) {
      await new Promise((settle) => setTimeout(settle, 20));
    }
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(Object.keys(filesBelow(folder)).sort()).toEqual([...Object.keys(files()), "run.state"].sort());
    expect(parseState(bytes(folder, "run.state"), "run.state").state.done).toBeGreaterThan(2);
  });
});

describe("mscc msc denoise", () => {
  it("prints errors at each level, and draws what it saw", async () => {
    const folder = folderWith(files());
    const argv = [
      "msc",
      "denoise",
      ...given(),
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
    const video = parseY4m(bytes(folder, "d.y4m"), "d.y4m");
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
    return errors(err);
  };

  it("weights of another model, or truncated", async () => {
    const wide = { ...variant("wide"), feedForward: 3 };
    const other = ["--weights", "other.safetensors"];
    const without = sampling().filter((each) => !["--weights", "w.safetensors"].includes(each));
    expect(
      await refusal([...without, ...other], { "other.safetensors": weightsOf(wide) }),
    ).toBe(`error weights-shape: 3 tensors of another shape than the model's: layers.0.up.weight is [48, 16], expected [32, 16], layers.0.up.bias is [48], expected [32], layers.0.down.weight is [16, 48], expected [16, 32]
  help: are these the weights of another configuration?`);
    const cut = weightsOf(small).slice(0, -8);
    expect(await refusal([...without, ...other], { "other.safetensors": cut })).toMatch(
      /^error safetensors-truncated: other\.safetensors is truncated: tensor '[\w.]+' needs \d+ bytes, the file has \d+\n {2}help: /,
    );
  });

  it("a model that is too large for the adapter", async () => {
    const huge = ["--frames", "1000000", "--chunk", "1000000", "--context", "0", "--clip", "large.y4m"];
    expect(await refusal(["msc", "sample", ...given(), ...huge])).toMatch(
      /^error model-too-large: activation 0 needs a buffer of \d+ bytes \(\d+ MiB\), and the device allows \d+ \(max\w+, \d+ MiB\)\n {2}help: take a smaller grid, fewer frames at a time, or f16$/,
    );
  });

  it("a model that is too large for a smaller device", async () => {
    const gpu = await openGpu({ limits: {} });
    const read = readFolder(join(models, "models"));
    const model = await openMsc(gpu.device, { name: "small", read, weights: weightsOf(small) });
    const sampler = model.sampler({ grid: { y: 512, x: 512 }, frames: 64, chunk: 64 });
    await expect(sampler.next()).rejects.toThrow(
      new ModelError([
        {
          code: "model-too-large",
          message:
            "activation 0 needs a buffer of 1073741824 bytes (1024 MiB), and the device allows 134217728 (maxStorageBufferBindingSize, 128 MiB)",
          help: "take a smaller grid, fewer frames at a time, or f16",
        },
      ]),
    );
    sampler.dispose();
    model.close();
    gpu.close();
  });
});
