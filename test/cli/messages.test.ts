/** The whole text of every message of the command line, but those of tensor operations and of `mscc msc`, which have tests of their own. */
import { expect, test } from "vitest";
import { type CliCode, type CliFacts, messages, tell } from "../../cli/messages.js";
import { mscMessages } from "../../cli/msc/messages.js";
import { tensorMessages } from "../../cli/tensor/messages.js";
import { renderDiagnostic } from "../../compiler/diagnostics/render.js";

const text = <C extends CliCode>(code: C, facts: CliFacts<C>) => renderDiagnostic(tell(code, facts), { color: false });

/** Code -> what is shown for some facts. */
type Elsewhere = keyof typeof mscMessages | keyof typeof tensorMessages;
const shown: { readonly [code in Exclude<CliCode, Elsewhere>]: readonly [got: string, want: string] } = {
  "several-variants": [
    text("several-variants", { file: "p.ts", command: "run", what: "pattern", known: ["near", "far"] }),
    `error several-variants: 'p.ts' exports 2 patterns, and \`run\` works on one
  note: it exports: near, far
  help: name it: \`mscc run p.ts near\``,
  ],
  "option-twice": [
    text("option-twice", { option: "--dtype", given: ["f32", "f16"], isList: true }),
    `error option-twice: --dtype is given twice, as 'f32' and 'f16', and takes one value
  help: write \`--dtype f32,f16\``,
  ],
  "assignment-form": [
    text("assignment-form", { option: "--set", given: "frames", example: "name=value" }),
    "error assignment-form: --set takes name=value, not 'frames'",
  ],
  "assignment-twice": [
    text("assignment-twice", { option: "--set", name: "frames" }),
    "error assignment-twice: --set gives 'frames' twice",
  ],
  "set-unknown": [
    text("set-unknown", { name: "frame", patterns: ["cone"], known: ["frames", "radius"] }),
    `error set-unknown: 'frame' is not a param of cone; did you mean 'frames'?
  note: params: frames, radius`,
  ],
  "set-not-number": [
    text("set-not-number", { name: "frames", given: "many" }),
    "error set-not-number: --set frames=many: 'many' is not a number",
  ],
  "set-not-integer": [
    text("set-not-integer", { name: "frames", given: "2.5" }),
    "error set-not-integer: --set frames=2.5: param 'frames' takes whole numbers from -2147483648 to 2147483647",
  ],
  "set-out-of-bounds": [
    text("set-out-of-bounds", { name: "frames", given: "0", bounds: "from 1 to 64" }),
    "error set-out-of-bounds: --set frames=0: param 'frames' takes values from 1 to 64",
  ],
  "set-missing": [
    text("set-missing", { pattern: "cone", names: ["frames", "speed"] }),
    `error set-missing: params of cone without a value and without a default: frames, speed
  help: give them values: \`--set frames=... --set speed=...\``,
  ],
  "grid-unknown-axis": [
    text("grid-unknown-axis", { option: "--grid", axis: "z", axes: ["t", "y"], pattern: "cone" }),
    `error grid-unknown-axis: --grid: cone has no axis 'z'
  note: axes: t, y`,
  ],
  "grid-missing-axis": [
    text("grid-missing-axis", { option: "--grid", missing: ["y", "x"], axes: ["t", "y", "x"], pattern: "cone" }),
    `error grid-missing-axis: --grid lacks axes y, x of cone
  help: give every axis: \`--grid t=...,y=...,x=...\``,
  ],
  "grid-extent": [
    text("grid-extent", { option: "--grid", axis: "t", given: "0" }),
    "error grid-extent: --grid: '0' on axis 't' is not an extent; it must be a whole number from 1 to 2147483647",
  ],
  "grid-offset": [
    text("grid-offset", { option: "--query-offset", axis: "t", given: "-1" }),
    "error grid-offset: --query-offset: '-1' on axis 't' is not a position; it must be a whole number from 0 to 2147483647",
  ],
  "grid-shared": [
    text("grid-shared", { pattern: "cone" }),
    `error grid-shared: queries and keys of cone share one grid, so there is no --key-grid
  help: give the grid with \`--grid\``,
  ],
  "grid-key-missing": [
    text("grid-key-missing", { pattern: "cross", axes: ["y", "x"] }),
    `error grid-key-missing: cross has a grid of queries and a grid of keys, and only one is given
  help: give both: \`--grid\` and \`--key-grid y=...,x=...\``,
  ],
  "grid-count": [
    text("grid-count", { grids: 2, keyGrids: 1 }),
    `error grid-count: --grid gives 2 grids and --key-grid 1
  help: give one --key-grid for each --grid, in the same order`,
  ],
  "tiles-default": [
    text("tiles-default", { pattern: "cone", params: ["frames", "speed"], tables: ["noise"] }),
    `error tiles-default: the tiles of cone are the default ones: what others visit depends on frames, speed, noise
  help: give values: \`--set frames=... --set speed=...\``,
  ],
  "grid-offset-outside": [
    text("grid-offset-outside", { option: "--key-offset", axis: "t", offset: 8, extent: 8 }),
    "error grid-offset-outside: --key-offset: position 8 on axis 't' lies outside the grid, whose extent is 8",
  ],
  "scale-form": [text("scale-form", { given: "big" }), "error scale-form: --scale: 'big' is not a finite number"],
  "head-dim": [
    text("head-dim", { option: "--head-dim", given: "512" }),
    `error head-dim: --head-dim: '512' is not a dim; it must be a whole number from 1 to 256
  help: such as \`--head-dim 64\``,
  ],
  "head-dim-one": [
    text("head-dim-one", { option: "--head-dim", given: "64,128" }),
    "error head-dim-one: --head-dim: '64,128' gives several dims, and this command takes one",
  ],
  "value-dim-count": [
    text("value-dim-count", { headDims: 3, valueDims: 2 }),
    `error value-dim-count: --value-dim gives 2 dims for 3 of --head-dim
  help: give one for all, or one for each`,
  ],
  "tile-shape": [
    text("tile-shape", { side: "query", given: [2, 8], axes: ["y", "x"], holds: 32 }),
    "error tile-shape: tiles.query: [2, 8] is not one whole number for each of y, x with the product 32",
  ],
  "choice-unknown": [
    text("choice-unknown", { option: "--profile", given: "basline", known: ["baseline"] }),
    `error choice-unknown: --profile: 'basline' is not known; did you mean 'baseline'?
  note: allowed: baseline`,
  ],
  "target-other": [
    text("target-other", { option: "--profile", given: "sm_80", target: "cuda", known: ["baseline", "f16"] }),
    `error target-other: --profile sm_80 is of kernels for the target cuda
  note: allowed: baseline, f16
  help: \`mscc compile --target cuda\` makes them; docs/cuda.md says how they are run`,
  ],
  "no-cuda-kernel": [
    text("no-cuda-kernel", {
      pattern: "wide",
      profile: "sm_90a",
      dtype: "bf16",
      reason: "tensor maps have at most 3 axes of positions",
    }),
    `error no-cuda-kernel: wide has no kernel of the profile sm_90a for bf16: tensor maps have at most 3 axes of positions
  help: the kernel of the profile sm_80 runs in its place`,
  ],
  "choice-one": [
    text("choice-one", { option: "--profile", given: "baseline,subgroups" }),
    "error choice-one: --profile: 'baseline,subgroups' names several, and this command runs one kernel",
  ],
  "kinds-apart": [
    text("kinds-apart", { given: "--profile f16", other: "--dtype f32", known: ["baseline (f32)", "f16 (f16)"] }),
    `error kinds-apart: no kernel is both --profile f16 and --dtype f32
  note: profiles: baseline (f32), f16 (f16)
  help: leave out \`--dtype\`: a profile has its own`,
  ],
  "adapter-lacks": [
    text("adapter-lacks", {
      adapter: "llvmpipe",
      option: "--profile subgroups",
      lacks: ["subgroups of 8 needs the feature 'subgroups', which the adapter does not have"],
      runs: ["baseline"],
    }),
    `error adapter-lacks: the adapter llvmpipe does not run --profile subgroups
  note: subgroups of 8 needs the feature 'subgroups', which the adapter does not have
  help: it runs baseline; without \`--profile\` the best of them is taken`,
  ],
  "table-not-declared": [
    text("table-not-declared", { name: "nois", pattern: "cone", known: ["noise"] }),
    `error table-not-declared: 'nois' is not a table of cone; did you mean 'noise'?
  note: tables: noise`,
  ],
  "table-not-given": [
    text("table-not-given", { pattern: "cone", names: ["noise"] }),
    `error table-not-given: a table of cone without values: noise
  help: give its file: \`--table noise=noise.npy\``,
  ],
  "operand-head-dim": [
    text("operand-head-dim", { file: "q.npy", operand: "q", dim: 512 }),
    "error operand-head-dim: the last dimension of q (q.npy) is 512; kernels take 1 to 256",
  ],
  "operand-empty": [
    text("operand-empty", { file: "q.npy", operand: "q", axis: "t" }),
    "error operand-empty: q (q.npy) has extent 0 on axis 't'",
  ],
  "output-twice": [
    text("output-twice", { file: "o.npy" }),
    `error output-twice: 'o.npy' is named for two arrays, and one of them would be written over the other
  help: give every array a file of its own`,
  ],
  "output-no-folder": [
    text("output-no-folder", { file: "out/o.npy", folder: "out" }),
    `error output-no-folder: 'out/o.npy' cannot be written: there is no folder 'out'
  help: make the folder first, or choose another place`,
  ],
  "output-folder": [
    text("output-folder", { path: "/out/cone", reason: "permission denied" }),
    "error output-folder: '/out/cone' cannot be written: permission denied",
  ],
  "output-foreign": [
    text("output-foreign", { path: "/out/cone/index.js" }),
    `error output-foreign: '/out/cone/index.js' was not written by mscc, and is not overwritten
  help: move it away, or choose another folder with \`--out\``,
  ],
  "name-collision": [
    text("name-collision", { names: ["near", "Near"] }),
    `error name-collision: near, Near differ only in letter case, and some file systems would give them one folder
  help: rename one of them`,
  ],
  "verify-load": [
    text("verify-load", { file: "p.ts", reason: "x is not defined" }),
    `error verify-load: 'p.ts' could not be executed: x is not defined
  note: \`mscc verify\` compares the kernel with the declared function itself, so it runs the file`,
  ],
  "verify-export": [
    text("verify-export", { file: "p.ts", name: "near", declares: "attention" }),
    `error verify-export: 'p.ts' read as source declares 'near', but executing it gave no such pattern
  help: declare it with \`attention\` of "mscc"`,
  ],
  "verify-reference": [
    text("verify-reference", { name: "near", reason: "index -1 of table 'bias' is outside 0..8" }),
    `error verify-reference: the declared function of 'near' failed on these inputs: index -1 of table 'bias' is outside 0..8
  help: give other params or tables with \`--set\` and \`--table\`, or another grid with \`--grid\``,
  ],
  "verify-too-large": [
    text("verify-too-large", { pairs: 400_000_000, limit: 20_000_000 }),
    `error verify-too-large: the grid has 400000000 pairs of positions to compare; the declared function is called for each, so verify takes at most 20000000
  help: give a smaller grid with \`--grid\`, or a part of it with \`--query-offset\` and \`--key-offset\``,
  ],
  "verify-seed": [
    text("verify-seed", { given: "x" }),
    "error verify-seed: --seed: 'x' is not a whole number from 0 to 4294967295",
  ],
  "verify-heads": [
    text("verify-heads", { given: "3/2" }),
    `error verify-heads: --heads: '3/2' is neither a number of heads nor <query heads>/<key heads> that divide
  help: write \`--heads 4\` or \`--heads 4/2\``,
  ],
  "bench-heads": [
    text("bench-heads", { given: "0" }),
    `error bench-heads: --heads: '0' is neither a number of heads nor <query heads>/<key heads> that divide
  help: write \`--heads 4\` or \`--heads 4/2\``,
  ],
  "bench-too-large": [
    text("bench-too-large", { operand: "q", shape: [1, 2, 9, 8], bytes: 576, limit: 512 }),
    `error bench-too-large: --grid: q would be [1, 2, 9, 8], 576 bytes, and a buffer of the adapter holds at most 512
  help: give a smaller grid, fewer heads or a smaller head dim, or --dtype f16`,
  ],
  "show-extension": [
    text("show-extension", { file: "cone.png", extension: ".png" }),
    `error show-extension: -o: 'cone.png' ends in '.png'; pictures are .svg or .html
  help: such as \`-o cone.svg\``,
  ],
  "show-head": [
    text("show-head", { given: "-1" }),
    "error show-head: --head: '-1' is not a whole number from 0 to 2147483647",
  ],
  "show-head-outside": [
    text("show-head-outside", { head: 4, heads: 4 }),
    "error show-head-outside: --head: there is no head 4, since the tables hold 4 heads; heads count from 0",
  ],
  "show-too-large": [
    text("show-too-large", { keys: 8_000_000, limit: 4_194_304 }),
    `error show-too-large: the grid has 8000000 keys, and each is looked at; show takes at most 4194304
  help: give a smaller grid with \`--grid\``,
  ],
  "explain-heads": [
    text("explain-heads", { given: "none", most: 1024 }),
    "error explain-heads: --heads: 'none' is not a whole number from 1 to 1024",
  ],
  "init-not-empty": [
    text("init-not-empty", { folder: "here", found: ["a", "b", "c", "d", "e", "f", "g"] }),
    `error init-not-empty: 'here' is not empty, and nothing in it is overwritten
  note: it holds: a, b, c, d, e, and 2 more
  help: name a new folder: \`mscc init my-patterns\``,
  ],
  "init-not-folder": [
    text("init-not-folder", { folder: "patterns.ts" }),
    `error init-not-folder: 'patterns.ts' is a file, and a project needs a folder
  help: name a new folder: \`mscc init my-patterns\``,
  ],
  "time-limit": [
    text("time-limit", { given: "soon", most: 1_000_000 }),
    "error time-limit: --time-limit: 'soon' is not a number of seconds above 0 and up to 1000000",
  ],
  "no-solver": [
    text("no-solver", { install: "z3-solver@5.2.0" }),
    `error no-solver: proofs need the package z3-solver, which is optional and not installed
  help: \`npm install z3-solver@5.2.0\``,
  ],
  "prove-axis": [
    text("prove-axis", { axis: "time", pattern: "cone", axes: ["times", "y", "x"] }),
    `error prove-axis: --causal: 'time' is not an axis of both queries and keys of cone; did you mean 'times'?
  note: axes of both: times, y, x`,
  ],
  "prove-other": [
    text("prove-other", { option: "--within", given: "far.ts" }),
    `error prove-other: --within 'far.ts' does not name a pattern
  help: write \`--within name\` for one of the same file, \`--within far.ts#name\` for one of another`,
  ],
  "prove-axes-differ": [
    text("prove-axes-differ", { patterns: ["cone", "near"], axes: ["t, x (one grid)", "x (one grid)"] }),
    `error prove-axes-differ: cone and near have different axes, so they have no pairs in common to compare
  note: cone: t, x (one grid)
  note: near: x (one grid)`,
  ],
  "prove-one-name": [
    text("prove-one-name", { what: "param", name: "r", patterns: ["cone", "near"], declared: ["int", "float"] }),
    `error prove-one-name: cone and near declare different params 'r'; a comparison takes params of one name as one
  note: cone: int
  note: near: float
  help: declare both alike, or rename one of them`,
  ],
  "prove-no-value": [
    text("prove-no-value", { what: "param", name: "r", patterns: ["cone", "near"] }),
    `error prove-no-value: no value of param 'r' lies within the bounds of both cone and near
  help: rename one of them, or change its bounds`,
  ],
  "prove-no-launch": [
    text("prove-no-launch", { patterns: ["near"] }),
    `error prove-no-launch: near can never be launched, so that there is nothing to prove: no values of the params and tables keep to all that is declared
  help: look at the bounds of params and tables, and at the \`extents\` of tables: an extent is at least 1`,
  ],
  "reads-outside": [
    text("reads-outside", {
      what: "near reads `bias` outside its table",
      claims: ['refuted: "every pair that attends reads `bias(q.x)` within the table"\ngrid  x=2'],
      advice: "state the extents of the table with `extents`",
    }),
    `error reads-outside: near reads \`bias\` outside its table
  note: refuted: "every pair that attends reads \`bias(q.x)\` within the table"
    grid  x=2
  help: state the extents of the table with \`extents\``,
  ],
  "not-proved": [
    text("not-proved", {
      pattern: "near",
      claims: ['unknown: "every pair that attends is found"\nno proof and no counterexample'],
      total: 40,
      advice: "give more time with `--time-limit`",
    }),
    `error not-proved: 1 of 40 claims about the kernels of near is not proved
  note: unknown: "every pair that attends is found"
    no proof and no counterexample
  help: give more time with \`--time-limit\``,
  ],
  internal: [
    text("internal", { reason: "no such loop", report: "/tmp/mscc-bug-1.txt" }),
    `error internal: this is a bug in mscc: no such loop
  help: send the report that reproduces it: /tmp/mscc-bug-1.txt`,
  ],
};

test.each(Object.entries(shown))("%s", (_, [got, want]) => {
  expect(got).toBe(want);
});

test("every code has its text here", () => {
  const elsewhere = [...Object.keys(mscMessages), ...Object.keys(tensorMessages)];
  expect([...Object.keys(shown), ...elsewhere].sort()).toEqual(Object.keys(messages).sort());
});
