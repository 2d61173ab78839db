/** Every message of compiled models and of runs, whole. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readModel, readModelFile } from "../../models/msc/compiled.js";
import { denoise } from "../../models/msc/denoise.js";
import { type Network, openNetwork } from "../../models/msc/network.js";
import { networkCodes } from "../../models/msc/network-messages.js";
import { gridOf } from "../../models/msc/open.js";
import { tiny } from "../../models/msc/presets.js";
import { randomStream } from "../../models/msc/random.js";
import type { SampleMode } from "../../models/msc/rounds.js";
import { createSampler, type SampleOptions } from "../../models/msc/sample.js";
import { requireSameRun } from "../../models/msc/state.js";
import { initialWeights } from "../../models/msc/weights.js";
import { root } from "../cli/mscc.js";
import { rejectionOf, seen, textOf } from "./faults.js";

const BUILD = "\n  help: compile one with `mscc msc build`";
const SMALLER = "\n  help: take a smaller grid, fewer frames at a time, or f16";

const text = (file: string) => readFileSync(join(root, "generated", "msc", file), "utf8");
const shipped = async (file: string) => text(file);
/** Of a folder with one file. */
const holding = (content: string) => async () => content;

describe("compiled models", () => {
  it.each([
    ["{", /^'m\.json' is not a compiled model: .*JSON.*\n {2}help: compile one with `mscc msc build`$/],
    ["null", `'m.json' is not a compiled model: it has no kind 'msc'${BUILD}`],
    ['{ "kind": "tensor" }', `'m.json' is not a compiled model: it has no kind 'msc'${BUILD}`],
    [
      '{ "kind": "msc", "schema": 2 }',
      "'m.json' is of schema 2, and this version of mscc reads schema 1\n  help: compile the model again with `mscc msc build`",
    ],
  ])("of %s", async (content, message) => {
    const found = await rejectionOf(readModelFile("m", holding(content)));
    typeof message === "string" ? expect(found).toBe(message) : expect(found).toMatch(message);
  });

  it("without what was asked for", async () => {
    const onlyF16 = JSON.stringify({ ...JSON.parse(text("tiny.json")), dtypes: ["f16"] });
    expect(await rejectionOf(readModel("tiny", holding(onlyF16)))).toBe(
      "model 'tiny' was not compiled for f32; it was for f16\n  help: compile it with `mscc msc build --dtype f32`",
    );
    const without = (file: string) =>
      file === "rotary.json" ? Promise.reject(new Error("it does not exist")) : shipped(file);
    expect(await rejectionOf(readModel("tiny", without))).toBe(
      "'tiny.json' needs 'rotary.json', which cannot be read: it does not exist\n  help: keep the files that `mscc msc build` wrote together",
    );
  });
});

describe("devices", () => {
  /** As much of a device as weights need. */
  const deviceOf = (limits: { [limit: string]: number }, fault?: string) =>
    ({
      limits: { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27, ...limits },
      pushErrorScope: () => {},
      popErrorScope: async () => (fault === undefined ? null : { message: fault }),
      createBuffer: () => ({ destroy: () => {} }),
      queue: { writeBuffer: () => {} },
    }) as unknown as GPUDevice;
  const weights = new Map([...initialWeights(tiny, 1, randomStream)].map(([name, { data }]) => [name, data]));
  const opening = async (device: GPUDevice) => openNetwork(device, await readModel("tiny", shipped), weights);

  it("that allow no buffer of a size", async () => {
    expect(await rejectionOf(opening(deviceOf({ maxStorageBufferBindingSize: 2 ** 15 })))).toBe(
      `weight time.0.weight needs a buffer of 49152 bytes (0.05 MiB), and the device allows 32768 (maxStorageBufferBindingSize, 0.03 MiB)${SMALLER}`,
    );
    expect(await rejectionOf(opening(deviceOf({ maxBufferSize: 2 ** 10 })))).toMatch(
      /and the device allows 1024 \(maxBufferSize, 0\.00 MiB\)\n/,
    );
  });

  it("that have no memory left", async () => {
    expect(await rejectionOf(opening(deviceOf({}, "out of device memory")))).toMatch(
      /^the device has no memory for \d+ bytes \(\d\.\d\d MiB\): out of device memory\n {2}help: take a smaller grid, fewer frames at a time, or f16$/,
    );
  });
});

describe("runs", () => {
  // What is checked before the network is used needs none of it.
  const network = { config: tiny } as Network;
  const grid = { y: 4, x: 4 };
  const sampling = (options: Partial<SampleOptions>) => () => createSampler(network, { grid, frames: 1, ...options });
  const levels = (...given: number[]) => denoise(network, new Float32Array(192), { grid, levels: given });

  it.each<[message: string, options: Partial<SampleOptions>]>([
    ["mode is 'later'; it must be 'chunks' or 'rolling'", { mode: "later" as SampleMode }],
    ["steps is 0; it must be a positive integer", { steps: 0 }],
    ["shift is 1000; it must be above 0 and below 1000", { shift: 1000 }],
    ["chunk is 1.5; it must be a positive integer", { chunk: 1.5 }],
    ["seed is NaN; it must be an integer", { seed: Number.NaN }],
    ["0 frames were asked for; expected a positive integer", { frames: 0 }],
    ["the grid of tokens is 1 x 4 x 0; every extent must be a positive integer", { grid: { y: 4, x: 0 } }],
    ["the context has 193 values, expected 384", { context: new Float32Array(193) }],
  ])("%s", (message, options) => {
    expect(textOf(sampling(options))).toBe(message);
  });

  it("that denoise", async () => {
    expect(await rejectionOf(levels(0.5, 0))).toBe("a noise level is 0; it must be above 0 and at most 1");
    const chunk = denoise(network, new Float32Array(192), { grid, levels: [0.5], chunk: -1 });
    expect(await rejectionOf(chunk)).toBe("chunk is -1; it must be a positive integer");
    expect(await rejectionOf(levels(1.5))).toBe("a noise level is 1.5; it must be above 0 and at most 1");
    const long = denoise(network, new Float32Array(200), { grid, levels: [0.5] });
    expect(await rejectionOf(long)).toBe("the clip has 200 values, expected 192");
    expect(textOf(() => gridOf(tiny, { rows: 48, columns: 65 }))).toBe(
      "the clip is 65 x 48, which patches of 2 x 2 do not divide\n  help: scale or crop it, or take a model with other patches",
    );
  });

  it("that go on as another run", () => {
    const run = { model: "tiny", seed: "0" };
    expect(textOf(() => requireSameRun(run, { ...run, seed: "1" }))).toBe(
      "the state to resume from has seed '0', and this run has '1'\n  help: resume with the model, weights and options that the run began with",
    );
  });
});

// These take a device (test/gpu/msc-cli.test.ts, msc-model.test.ts), or a count (flops.test.ts).
const ELSEWHERE = ["frame-not-finite", "sampler-disposed", "grid-uncounted"];

afterAll(() => expect([...seen, ...ELSEWHERE].sort()).toEqual([...networkCodes].sort()));
