/** Layers and branches of configurations: the whole text of every refusal. */
import { describe, expect, it } from "vitest";
import { branch, refusal, small, withBranch } from "./refused.js";

describe("refusals of branches", () => {
  it("heads that do not divide the channels, and head dims that no kernel or rotation takes", () => {
    expect(refusal(withBranch({ heads: 3 }))).toMatchInlineSnapshot(`
      "
      config-heads
      layers[0].branches[0].heads is 3, which does not divide layers[0].branches[0].channels, 32
        help: take 2 or 4 heads
      "
    `);
    expect(refusal(withBranch({ heads: 32 }))).toMatchInlineSnapshot(`
      "
      config-head-dim
      layers[0].branches[0] has heads of 1 channel (channels / heads); expected an even number from 2 to 256
        help: take 16 heads
      "
    `);
    expect(refusal({ ...withBranch({ channels: 1024, heads: 2 }), width: 1024 })).toMatchInlineSnapshot(`
      "
      config-head-dim
      layers[0].branches[0] has heads of 512 channels (channels / heads); expected an even number from 2 to 256
        help: take 4 heads
      "
    `);
    expect(refusal({ ...withBranch({ channels: 33, heads: 3 }), width: 33 })).toMatchInlineSnapshot(`
      "
      config-head-dim
      layers[0].branches[0] has heads of 11 channels (channels / heads); expected an even number from 2 to 256
        help: give the branch an even number of channels: rotary embedding turns them in pairs
      "
    `);
    expect(refusal({ ...withBranch({ channels: 33, heads: 2 }), width: 33 })).toMatchInlineSnapshot(`
      "
      config-heads
      layers[0].branches[0].heads is 2, which does not divide layers[0].branches[0].channels, 33
        help: give the branch an even number of channels: rotary embedding turns them in pairs
      "
    `);
  });

  it("branches that do not sum to the width", () => {
    expect(refusal({ ...small, layers: [{ branches: [branch, branch] }] })).toMatchInlineSnapshot(`
      "
      config-width
      layers[0].branches have 32 + 32 = 64 channels, and width is 32
        help: the branches of a layer share its width: let their channels sum to it
      "
    `);
    expect(refusal({ ...small, width: 64 })).toMatchInlineSnapshot(`
      "
      config-width
      layers[0].branches have 32 channels, and width is 64
        help: the branches of a layer share its width: let their channels sum to it
      "
    `);
    expect(refusal({ ...small, layers: [{ branches: [] }] })).toMatchInlineSnapshot(`
      "
      config-branches
      layers[0].branches is empty; a layer has at least one branch
      "
    `);
  });

  it("as many layers as neither 1 nor depth", () => {
    const layer = small.layers[0];
    expect(refusal({ ...small, layers: [layer, layer, layer] })).toMatchInlineSnapshot(`
      "
      config-layers
      layers has 3 entries, and depth is 2
        help: give one layer, which is used 2 times, or 2 of them
      "
    `);
    expect(refusal({ ...small, depth: 1, layers: [] })).toMatchInlineSnapshot(`
      "
      config-layers
      layers has 0 entries, and depth is 1
        help: give one layer
      "
    `);
  });

  it("unknown patterns", () => {
    expect(refusal(withBranch({ pattern: "localWindows" }))).toMatchInlineSnapshot(`
      "
      config-pattern
      layers[0].branches[0].pattern is 'localWindows', which is no pattern that is compiled here; did you mean 'localWindow'?
        help: patterns: dense, frameCausal, iFrames, iFramesWindow, lightCone, localWindow, shiftedWindow, sinksWindow, softCap, stridedFrames; those of a file of your own with \`--patterns file.ts\`
      "
    `);
    expect(refusal(withBranch({ pattern: "toString" }), {})).toMatchInlineSnapshot(`
      "
      config-pattern
      layers[0].branches[0].pattern is 'toString', which is no pattern that is compiled here
        help: there are no patterns: name a file of them with \`--patterns file.ts\`
      "
    `);
  });

  it("params of a pattern", () => {
    expect(refusal(withBranch({ params: { frame: 2, radius: 1.5 } }))).toMatchInlineSnapshot(`
      "
      config-param, config-param-missing, config-value
      layers[0].branches[0].params.frame is not a param of localWindow; did you mean 'frames'?
        help: params of localWindow: frames, radius
      layers[0].branches[0].params lacks the param 'frames' of localWindow, which has no default
        help: write "params": { "frames": ... }
      layers[0].branches[0].params.radius is 1.5; expected a whole number from 0 to 2147483647
      "
    `);
    expect(refusal(withBranch({ params: { frames: 0, radius: 2 ** 31 } }))).toMatchInlineSnapshot(`
      "
      config-value, config-value
      layers[0].branches[0].params.frames is 0; expected a whole number from 1 to 2147483647
      layers[0].branches[0].params.radius is 2147483648; expected a whole number from 0 to 2147483647
      "
    `);
    expect(refusal(withBranch({ params: {} }))).toMatchInlineSnapshot(`
      "
      config-param-missing
      layers[0].branches[0].params lacks the params 'frames', 'radius' of localWindow, which have no default
        help: write "params": { "frames": ..., "radius": ... }
      "
    `);
    expect(refusal(withBranch({ pattern: "softCap", params: { cap: 0 } }))).toMatchInlineSnapshot(`
      "
      config-value
      layers[0].branches[0].params.cap is 0; expected a number of at least 0.001
      "
    `);
    expect(refusal(withBranch({ pattern: "softCap", params: { cap: 1e39, frames: 1 } }))).toMatchInlineSnapshot(`
      "
      config-param, config-value
      layers[0].branches[0].params.frames is not a param of softCap
        help: params of softCap: cap
      layers[0].branches[0].params.cap is 1e+39; expected a number of at least 0.001 that an f32 holds
      "
    `);
    expect(refusal(withBranch({ pattern: "frameCausal", params: { stride: 1 } }))).toMatchInlineSnapshot(`
      "
      config-param
      layers[0].branches[0].params.stride is not a param of frameCausal
        help: params of frameCausal: none
      "
    `);
  });

  it("patterns that the model cannot feed", () => {
    expect(refusal(withBranch({ pattern: "noiseAware", params: {} }))).toMatchInlineSnapshot(`
      "
      config-pattern-tables
      layers[0].branches[0].pattern is 'noiseAware', which reads the table 'noise'; the model feeds no tables to its patterns
        help: take a pattern without tables
      "
    `);
    expect(refusal(withBranch({ pattern: "crossGrid", params: { r: 2, reach: 1 } }))).toMatchInlineSnapshot(`
      "
      config-pattern-axes
      layers[0].branches[0].pattern is 'crossGrid', a pattern over queries of t, y, x and keys of t, y, x; a branch needs one grid of t, y, x, which queries and keys share
      "
    `);
    expect(refusal(withBranch({ pattern: "relativeBias", params: { radius: 1 } }))).toMatchInlineSnapshot(`
      "
      config-pattern-axes
      layers[0].branches[0].pattern is 'relativeBias', a pattern over y, x; a branch needs one grid of t, y, x, which queries and keys share
      "
    `);
  });

  it("all faults at once", () => {
    expect(refusal({ ...withBranch({ heads: 3, pattern: "light" }), width: 30, depth: 0 })).toMatchInlineSnapshot(`
      "
      config-value, config-heads, config-pattern, config-width
      depth is 0; expected a whole number from 1 to 1024
      layers[0].branches[0].heads is 3, which does not divide layers[0].branches[0].channels, 32
        help: take 2 or 4 heads
      layers[0].branches[0].pattern is 'light', which is no pattern that is compiled here
        help: patterns: dense, frameCausal, iFrames, iFramesWindow, lightCone, localWindow, shiftedWindow, sinksWindow, softCap, stridedFrames; those of a file of your own with \`--patterns file.ts\`
      layers[0].branches have 32 channels, and width is 30
        help: the branches of a layer share its width: let their channels sum to it
      "
    `);
  });
});
