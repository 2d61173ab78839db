/** `mscc msc`: help, and what `sample` and `denoise` refuse before there is a device. */
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { formatState } from "../../models/msc/state.js";
import { clipOf, small, weightsOf } from "./msc-small.js";
import { filesBelow, folderWith, mscc } from "./mscc.js";

describe("help", () => {
  it.each(["build", "info", "sample", "denoise"])("of %s has an example, and every default", async (command) => {
    const { code, out, err } = await mscc("/", ["msc", command, "--help"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain(`Usage: mscc msc ${command}`);
    expect(out).toMatch(new RegExp(`Examples:\n {2}mscc msc ${command}`));
  });

  it("of msc lists its commands, and without one it is an error", async () => {
    const { code, out } = await mscc("/", ["msc", "--help"]);
    expect(code).toBe(0);
    for (const command of ["sample", "denoise", "info", "build"]) expect(out).toMatch(new RegExp(`\n {2}${command} `));
    const nothing = await mscc("/", ["msc"]);
    expect([nothing.code, nothing.out]).toEqual([2, ""]);
    expect(nothing.err).toContain("Usage: mscc msc");
  });
});

describe("exit code 2", () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["msc", "smaple"], "error: unknown command 'smaple'\n(Did you mean sample?)"],
    [["msc", "sample", "--frame", "2"], "error: unknown option '--frame'\n(Did you mean --frames?)"],
    [["msc", "sample", "--frames"], "error: option '--frames <count>' argument missing"],
    [["msc", "denoise", "clip.y4m"], "error: too many arguments"],
  ];
  it.each(cases)("%j", async (argv, want) => {
    const { code, out, err } = await mscc("/", argv);
    expect(err).toContain(want);
    expect([code, out]).toEqual([2, ""]);
  });
});

/** Compiled for one dtype: nothing runs here. */
let compiled: { readonly [path: string]: string };
beforeAll(async () => {
  const { mkdtempSync, rmSync, writeFileSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const folder = mkdtempSync(join(tmpdir(), "mscc-models-"));
  writeFileSync(join(folder, "small.json"), JSON.stringify(small));
  writeFileSync(join(folder, "grey.json"), JSON.stringify({ ...small, name: "grey", channels: 1 }));
  writeFileSync(join(folder, "pairs.json"), JSON.stringify({ ...small, name: "pairs", patch: { t: 2, y: 2, x: 2 } }));
  expect((await mscc(folder, ["msc", "build", "small.json", "grey.json", "pairs.json", "--dtype", "f32"])).code).toBe(
    0,
  );
  compiled = filesBelow(folder);
  rmSync(folder, { recursive: true });
});

const y4m = (text: string, rest: readonly number[] = []) =>
  new Uint8Array([...new TextEncoder().encode(`YUV4MPEG2 ${text}\n`), ...rest]);

describe("exit code 1, and nothing is written:", () => {
  const state = (run: { readonly [field: string]: string }) =>
    formatState({ run, dtype: "f32", passes: 0, clip: new Float32Array(0), state: { done: 0, caches: [] } });
  const files = () => ({
    ...compiled,
    "w.safetensors": weightsOf(small),
    "in.y4m": clipOf(4),
    "odd.y4m": clipOf(2, 8, 7),
    "short.y4m": clipOf(2).slice(0, -5),
    "deep.y4m": y4m("W8 H8 F5:1 Ip C420p10"),
    "none.y4m": y4m("W8 H8 F5:1"),
    "notes.txt": "not a clip at all",
    "folder.gif/notes.txt": "a folder",
    "old.state": state({ model: "small", size: "8x8", rate: "5:1", context: "0", frames: "3" }),
  });
  const given = ["--model", "small", "--weights", "w.safetensors"];
  const cases: readonly (readonly [readonly string[], string])[] = [
    // The model.
    [
      ["sample", "--model", "smal"],
      `error msc-not-compiled: there is no compiled model 'smal' in 'models'; did you mean 'small'?
  note: compiled models that were found: base, three-scale, tiny, grey, pairs, small
  help: \`mscc msc build\` compiles models, and \`--models\` names the folder that they are in`,
    ],
    [
      ["sample", "--models", "nowhere"],
      `error msc-not-compiled: there is no compiled model 'tiny' in 'nowhere'
  note: compiled models that were found: none
  help: \`mscc msc build\` compiles models, and \`--models\` names the folder that they are in`,
    ],
    [
      ["sample", "--model", "small.json"],
      `error model-file: 'small.json' is not a compiled model: it has no kind 'msc'
  help: compile one with \`mscc msc build\``,
    ],
    [
      ["denoise", "--model", "base"],
      `error msc-no-weights: no weights of model 'base' come with mscc
  help: give a safetensors file: \`--weights weights.safetensors\``,
    ],
    [
      ["sample", "--model", "small", "--weights", "no.safetensors"],
      "error file-unreadable: no.safetensors cannot be read: it does not exist",
    ],
    [
      ["sample", "--model", "grey", "--weights", "w.safetensors"],
      `error msc-channels: model 'grey' has clips of 1 channel, and y4m, GIF and PNG hold those of 3
  help: \`mscc/msc\` runs it from a program`,
    ],
    // The clip.
    [
      ["sample", ...given, "--clip", "odd.y4m"],
      `error clip-size: the clip is 8 x 7, which patches of 2 x 2 do not divide
  help: scale or crop it, or take a model with other patches`,
    ],
    [
      ["denoise", ...given, "--clip", "short.y4m"],
      `error y4m-truncated: short.y4m is truncated: frame 1 needs 96 bytes, and 91 are left
  help: the file was not written or copied to its end: get it again`,
    ],
    [
      ["denoise", ...given, "--clip", "deep.y4m"],
      `error y4m-colour: deep.y4m has the colour format 'C420p10', expected 'C420', 'C420jpeg', 'C420mpeg2', 'C420paldv', 'C444', 'Cmono' of 8 bits
  help: convert it: \`ffmpeg -i clip -pix_fmt yuv420p clip.y4m\``,
    ],
    [
      ["sample", ...given, "--clip", "none.y4m"],
      "error y4m-empty: none.y4m has no frames\n  help: give a clip of at least one frame",
    ],
    [
      ["denoise", ...given, "--clip", "notes.txt"],
      `error y4m-magic: notes.txt is not a y4m file: it does not begin with 'YUV4MPEG2 '
  help: convert it: \`ffmpeg -i clip -pix_fmt yuv420p clip.y4m\``,
    ],
    // What could not be written, before the work is done.
    [
      ["sample", ...given, "--clip", "in.y4m", "--frames", "60000", "--scale", "64", "-o", "a.y4m", "-o", "a.png"],
      `error picture-size: the picture would be 1088 x 23041280 pixels; at most 65535 on a side and 67108864 in all can be written
  help: give a smaller scale, or fewer frames`,
    ],
    [
      ["denoise", ...given, "--clip", "in.y4m", "-o", "folder.gif"],
      "error output-folder: 'folder.gif' cannot be written: a folder is in the way",
    ],
    [["sample", ...given, "--clip", "no.y4m"], "error file-unreadable: no.y4m cannot be read: it does not exist"],
    // Numbers.
    [
      ["sample", ...given, "--clip", "in.y4m", "--context", "5"],
      "error msc-clip-frames: --context: 5 frames of 'in.y4m' are asked for, and it has 4",
    ],
    [
      ["denoise", ...given, "--clip", "in.y4m", "--frames", "9"],
      "error msc-clip-frames: --frames: 9 frames of 'in.y4m' are asked for, and it has 4",
    ],
    [
      ["sample", "--model", "pairs", "--weights", "w.safetensors", "--clip", "in.y4m", "--frames", "3"],
      "error msc-frames: --frames: 3 is not a multiple of 2, the frames of a patch of the model",
    ],
    [
      ["sample", "--frames", "0", "--steps", "ten", "--seed", "-1"],
      `error msc-number: --frames: '0' is not a whole number from 1 to 1000000

error msc-number: --steps: 'ten' is not a whole number from 1 to 10000

error msc-number: --seed: '-1' is not a whole number from 0 to 4294967295`,
    ],
    [
      ["denoise", "--levels", "0.5,0,2", "--dtype", "f32,f16"],
      `error msc-levels: --levels: '0' is not a noise level; one is above 0 and at most 1
  help: such as \`--levels 0.1,0.5,0.9\`

error msc-levels: --levels: '2' is not a noise level; one is above 0 and at most 1
  help: such as \`--levels 0.1,0.5,0.9\`

error choice-one: --dtype: 'f32,f16' names several, and this command runs one kernel`,
    ],
    [
      ["sample", "--mode", "rollin"],
      `error choice-unknown: --mode: 'rollin' is not known; did you mean 'rolling'?
  note: allowed: chunks, rolling`,
    ],
    [
      ["sample", "--seed", "1", "--seed", "2"],
      "error option-twice: --seed is given twice, as '1' and '2', and takes one value",
    ],
    // Outputs.
    [
      ["sample", "-o", "out.mp4", "-o", "out"],
      `error msc-extension: -o: 'out.mp4' ends in '.mp4'; clips are written as .gif, .png (a strip of frames) or .y4m
  help: such as \`-o out.gif\`

error msc-extension: -o: 'out' has no extension; clips are written as .gif, .png (a strip of frames) or .y4m
  help: such as \`-o out.gif\``,
    ],
    [
      ["denoise", "-o", "deep/er/out.png"],
      `error output-no-folder: 'deep/er/out.png' cannot be written: there is no folder 'deep/er'
  help: make the folder first, or choose another place`,
    ],
    [
      ["sample", ...given, "--clip", "in.y4m", "-o", "in.y4m", "-o", "a.gif", "--state", "a.gif"],
      `error msc-file-twice: 'in.y4m' is named twice, and would be written over
  help: give every file a name of its own

error msc-file-twice: 'a.gif' is named twice, and would be written over
  help: give every file a name of its own`,
    ],
    // Runs that go on.
    [["sample", "--resume", "no.state"], "error file-unreadable: no.state cannot be read: it does not exist"],
    [
      ["sample", ...given, "--resume", "w.safetensors", "--weights", "w.safetensors"],
      "error option-twice: --weights is given twice, as 'w.safetensors' and 'w.safetensors', and takes one value",
    ],
    [
      ["sample", "--resume", "in.y4m", ...given],
      `error state-file: in.y4m is not the state of a run: in.y4m is not a safetensors file: its first 8 bytes announce a header of 5135599242606695769 bytes, expected 2 to 100000000
  help: give a file that \`mscc msc sample --state\` wrote`,
    ],
  ];
  it.each(cases)("%j", async (argv, want) => {
    const before = files();
    const folder = folderWith(before);
    const { code, out, err } = await mscc(folder, ["msc", ...argv]);
    expect(err.replace(/\n\n\d+ errors?\n$/, "")).toBe(want);
    expect([code, out]).toEqual([1, ""]);
    expect(Object.keys(filesBelow(folder)).sort()).toEqual(Object.keys(before).sort());
  });

  it("a run that differs from the one that it would go on with", async () => {
    const folder = folderWith(files());
    const argv = ["msc", "sample", ...given, "--resume", "old.state", "--frames", "5", "--steps", "3"];
    const { code, err } = await mscc(folder, argv);
    expect(code).toBe(1);
    expect(err).toContain(`error state-differs: the state to resume from has frames '3', and this run has '5'
  help: resume with the model, weights and options that the run began with`);
    expect(err).toContain("has weights 'none', and this run has '");
  });
});
