/** Configurations: what is filled in, and the whole text of every refusal of a field; those of branches are beside. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { type MscConfig, validateConfig } from "../../models/msc/config.js";
import { configCodes } from "../../models/msc/config-messages.js";
import { presets } from "../../models/msc/presets.js";
import { branch, patterns, refusal, small, withBranch } from "./refused.js";

describe("what is taken", () => {
  it("fills in defaults", () => {
    expect(validateConfig(small, patterns)).toEqual({
      ...small,
      channels: 3,
      feedForward: 4,
      rotary: { base: 10_000 },
      layers: [{ branches: [{ ...branch, down: 1 }] }],
    });
    const params = (given: object) => validateConfig(withBranch(given), patterns).layers[0]?.branches[0]?.params;
    expect(params({ pattern: "softCap", params: {} })).toEqual({ cap: 30 });
    expect(params({ pattern: "softCap", params: undefined })).toEqual({ cap: 30 });
    expect(params({ pattern: "frameCausal", params: undefined })).toEqual({});
  });

  it("a param that was compiled in has that value", () => {
    const { localWindow } = patterns;
    if (!localWindow) throw new Error("no localWindow");
    const [frames, radius] = localWindow.params;
    if (!frames || !radius) throw new Error("no params");
    const known = { localWindow: { ...localWindow, params: [{ ...frames, value: 2 }, radius] } };
    expect(validateConfig(withBranch({ params: { radius: 1 } }), known).layers[0]?.branches[0]?.params).toEqual({
      frames: 2,
      radius: 1,
    });
    expect(refusal(withBranch({ params: { frames: 3, radius: 1 } }), known)).toMatchInlineSnapshot(`
      "
      config-value
      layers[0].branches[0].params.frames is 3; expected 2
        help: the pattern was compiled with frames = 2
      "
    `);
  });

  it("presets, as they stand", () => {
    for (const preset of Object.values(presets)) {
      expect(validateConfig(JSON.parse(JSON.stringify(preset)), patterns)).toEqual(preset);
    }
    expect(Object.entries(presets).map(([name, { name: own }]) => [name, own])).toEqual([
      ["tiny", "tiny"],
      ["base", "base"],
      ["three-scale", "three-scale"],
    ]);
  });

  it("what it gives validates to itself", () => {
    const once: MscConfig = validateConfig(small, patterns);
    expect(validateConfig(once, patterns)).toEqual(once);
  });
});

describe("refusals of fields", () => {
  it("no object at all", () => {
    expect(["x".repeat(90), null, [], 3].map((each) => refusal(each)).join("")).toMatchInlineSnapshot(`
      "
      config-value
      the configuration is 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'; expected an object, such as { "name": "small", "patch": {...}, "grid": {...}, "width": 128, "depth": 4, "layers": [...] }

      config-value
      the configuration is null; expected an object, such as { "name": "small", "patch": {...}, "grid": {...}, "width": 128, "depth": 4, "layers": [...] }

      config-value
      the configuration is []; expected an object, such as { "name": "small", "patch": {...}, "grid": {...}, "width": 128, "depth": 4, "layers": [...] }

      config-value
      the configuration is 3; expected an object, such as { "name": "small", "patch": {...}, "grid": {...}, "width": 128, "depth": 4, "layers": [...] }
      "
    `);
  });

  it("missing fields", () => {
    expect(refusal({})).toMatchInlineSnapshot(`
      "
      config-missing, config-missing, config-missing, config-missing, config-missing, config-missing
      name is missing; expected a name in kebab-case, such as "base" or "three-scale"
        help: add "name"
      patch is missing; expected an object, such as { "t": 1, "y": 4, "x": 4 }
        help: add "patch"
      grid is missing; expected an object, such as { "t": 1, "y": 4, "x": 4 }
        help: add "grid"
      width is missing; expected a whole number from 1 to 65536
        help: add "width"
      depth is missing; expected a whole number from 1 to 1024
        help: add "depth"
      layers is missing; expected a list of layers, such as [{ "branches": [...] }]
        help: add "layers"
      "
    `);
    expect(refusal({ ...small, patch: {}, layers: [{ branches: [{}] }, {}] })).toMatchInlineSnapshot(`
      "
      config-missing, config-missing, config-missing, config-missing, config-missing, config-missing, config-missing
      patch.t is missing; expected a whole number from 1 to 256
        help: a patch holds at least one frame
      patch.y is missing; expected a whole number from 1 to 256
        help: a patch holds at least one row
      patch.x is missing; expected a whole number from 1 to 256
        help: a patch holds at least one column
      layers[0].branches[0].channels is missing; expected a whole number from 1 to 65536
        help: add "channels"
      layers[0].branches[0].heads is missing; expected a whole number from 1 to 65536
        help: add "heads"
      layers[0].branches[0].pattern is missing; expected the name of a pattern
        help: patterns: dense, frameCausal, iFrames, iFramesWindow, lightCone, localWindow, shiftedWindow, sinksWindow, softCap, stridedFrames
      layers[1].branches is missing; expected a list of branches, such as [{ "channels": 64, "heads": 2, "down": 1, "pattern": "frameCausal" }]
        help: add "branches"
      "
    `);
  });

  it("unknown fields, also one that JSON could sneak in", () => {
    const sneaked = JSON.parse('{ "__proto__": {} }');
    expect(
      refusal({
        ...withBranch({ head: 2, window: 3 }),
        Depth: 1,
        rotary: { theta: 3 },
        patch: { ...small.patch, z: 1 },
      }),
    ).toMatchInlineSnapshot(`
      "
      config-unknown, config-unknown, config-unknown, config-unknown, config-unknown
      Depth is not a field of a configuration; did you mean 'depth'?
        help: fields here: name, channels, patch, grid, width, depth, feedForward, rotary, layers
      patch.z is not a field of a configuration
        help: fields here: t, y, x
      rotary.theta is not a field of a configuration
        help: fields here: base
      layers[0].branches[0].head is not a field of a configuration; did you mean 'heads'?
        help: fields here: channels, heads, down, pattern, params
      layers[0].branches[0].window is not a field of a configuration
        help: fields here: channels, heads, down, pattern, params
      "
    `);
    expect(
      refusal(withBranch({ "a\u001b[31m b": 1, params: { ...branch.params, "\u202e": 1 } })),
    ).toMatchInlineSnapshot(`
      "
      config-unknown, config-param
      layers[0].branches[0]['a\\u{1b}[31m b'] is not a field of a configuration
        help: fields here: channels, heads, down, pattern, params
      layers[0].branches[0].params['\\u{202e}'] is not a param of localWindow
        help: params of localWindow: frames, radius
      "
    `);
    expect(refusal({ ...small, grid: Object.assign(sneaked, small.grid) })).toMatchInlineSnapshot(`
      "
      config-unknown
      grid.__proto__ is not a field of a configuration
        help: fields here: t, y, x
      "
    `);
  });

  it("wrong types", () => {
    expect(
      refusal({ ...small, name: "My Model", width: "32", depth: true, patch: 4, rotary: [1], layers: {} }),
    ).toMatchInlineSnapshot(`
      "
      config-value, config-value, config-value, config-value, config-value, config-value
      name is 'My Model'; expected a name in kebab-case, such as "base" or "three-scale"
      patch is 4; expected an object, such as { "t": 1, "y": 4, "x": 4 }
      width is '32'; expected a whole number from 1 to 65536
        help: write it without quotes
      depth is true; expected a whole number from 1 to 1024
      rotary is [1]; expected an object, such as { "base": 10000 }
      layers is {...}; expected a list of layers, such as [{ "branches": [...] }]
      "
    `);
    expect(refusal({ ...small, layers: [3, { branches: 3 }] })).toMatchInlineSnapshot(`
      "
      config-value, config-value
      layers[0] is 3; expected an object, such as { "branches": [...] }
      layers[1].branches is 3; expected a list of branches, such as [{ "channels": 64, "heads": 2, "down": 1, "pattern": "frameCausal" }]
      "
    `);
    expect(refusal(withBranch({ pattern: 3, params: {} }))).toMatchInlineSnapshot(`
      "
      config-value
      layers[0].branches[0].pattern is 3; expected the name of a pattern
        help: patterns: dense, frameCausal, iFrames, iFramesWindow, lightCone, localWindow, shiftedWindow, sinksWindow, softCap, stridedFrames
      "
    `);
    expect(refusal(withBranch({ params: [] }))).toMatchInlineSnapshot(`
      "
      config-value
      layers[0].branches[0].params is []; expected an object, such as { "frames": 1 }
      "
    `);
    expect(refusal(withBranch({ pattern: "frameCausal", params: 1 }))).toMatchInlineSnapshot(`
      "
      config-value
      layers[0].branches[0].params is 1; expected an object, empty, since frameCausal has no params
      "
    `);
  });

  it("numbers that are none, not whole, or out of range", () => {
    expect(
      refusal({ ...small, depth: 1.5, width: Number.NaN, feedForward: 0, channels: -1, rotary: { base: 0.5 } }),
    ).toMatchInlineSnapshot(`
      "
      config-value, config-value, config-value, config-value, config-value
      channels is -1; expected a whole number from 1 to 65536
      width is NaN; expected a whole number from 1 to 65536
      depth is 1.5; expected a whole number from 1 to 1024
      feedForward is 0; expected a whole number from 1 to 64
      rotary.base is 0.5; expected a number from 1 to 1000000000
      "
    `);
    expect(refusal(withBranch({ heads: 2.5, down: 0 }))).toMatchInlineSnapshot(`
      "
      config-value, config-value
      layers[0].branches[0].heads is 2.5; expected a whole number from 1 to 65536
      layers[0].branches[0].down is 0; expected a whole number from 1 to 1024
      "
    `);
    expect(refusal({ ...small, rotary: { base: 1e300 } })).toMatchInlineSnapshot(`
      "
      config-value
      rotary.base is 1e+300; expected a number from 1 to 1000000000
      "
    `);
  });

  it("zero frames", () => {
    expect(
      refusal({ ...small, grid: { ...small.grid, t: 0 }, patch: { ...small.patch, t: 0 } }),
    ).toMatchInlineSnapshot(`
      "
      config-value, config-value
      patch.t is 0; expected a whole number from 1 to 256
        help: a patch holds at least one frame
      grid.t is 0; expected a whole number from 1 to 65536
        help: a model works on at least one frame
      "
    `);
  });
});

it("validation runs in browsers: of the compiler it brings nothing along", () => {
  const { metafile } = buildSync({
    entryPoints: ["models/msc/config.ts"],
    bundle: true,
    write: false,
    metafile: true,
    platform: "browser",
    format: "esm",
  });
  expect(Object.keys(metafile.inputs).filter((path) => !/^models\/|^dsl\/similar/.test(path))).toEqual([]);
});

it("every code is shown by a test", () => {
  const texts = ["config", "config-branches", "weights"].map((name) =>
    readFileSync(join(import.meta.dirname, `${name}.test.ts`), "utf8"),
  );
  expect(configCodes.filter((code) => !texts.some((text) => new RegExp(`${code}[,:\\n]`).test(text)))).toEqual([]);
});
