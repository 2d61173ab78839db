/** The whole text of every message of `mscc msc`. */
import { expect, test } from "vitest";
import { type CliFacts, tell } from "../../cli/messages.js";
import type { mscMessages } from "../../cli/msc/messages.js";
import { renderDiagnostic } from "../../compiler/diagnostics/render.js";

type Code = keyof typeof mscMessages;

const text = <C extends Code>(code: C, facts: CliFacts<C>) => renderDiagnostic(tell(code, facts), { color: false });

/** Code -> what is shown for some facts. */
const shown: { readonly [code in Code]: readonly [got: string, want: string] } = {
  "msc-unknown": [
    text("msc-unknown", { given: "bse", presets: ["tiny", "base"] }),
    `error msc-unknown: 'bse' is no preset; did you mean 'base'?
  note: presets: tiny, base
  help: a configuration of your own is named by its file, which ends in .json`,
  ],
  "msc-json": [
    text("msc-json", { file: "a.json", reason: "Unexpected end of JSON input" }),
    "error msc-json: 'a.json' is not JSON: Unexpected end of JSON input",
  ],
  "msc-not-compiled": [
    text("msc-not-compiled", { name: "bse", folder: "models", known: ["tiny", "base"] }),
    `error msc-not-compiled: there is no compiled model 'bse' in 'models'; did you mean 'base'?
  note: compiled models that were found: tiny, base
  help: \`mscc msc build\` compiles models, and \`--models\` names the folder that they are in`,
  ],
  "msc-no-weights": [
    text("msc-no-weights", { model: "base" }),
    `error msc-no-weights: no weights of model 'base' come with mscc
  help: give a safetensors file: \`--weights weights.safetensors\``,
  ],
  "msc-twice": [
    text("msc-twice", { name: "small", given: ["a.json", "b.json"] }),
    `error msc-twice: a.json, b.json are models of one name, 'small', and one would be written over the other
  help: give every configuration a name of its own`,
  ],
  "msc-name": [
    text("msc-name", { name: "linear", reason: "'linear.json' is the file of a kernel" }),
    `error msc-name: 'linear' cannot be the name of a model: 'linear.json' is the file of a kernel
  help: give the configuration another name`,
  ],
  "msc-pattern": [
    text("msc-pattern", { file: "p.ts", names: ["lightCone"] }),
    `error msc-pattern: 'p.ts' declares lightCone, and a pattern of that name comes with mscc
  help: rename it, so that it is clear which one a configuration means`,
  ],
  "msc-not-causal": [
    text("msc-not-causal", { path: "layers[0].branches[0].pattern", pattern: "near", file: "p.ts" }),
    `error msc-not-causal: layers[0].branches[0].pattern is 'near', which may show a query later frames, and a branch sees only its own and earlier ones
  note: it was asked of bounds of the pattern's terms, which may tell less than there is to know
  help: let its condition begin with \`q.t - k.t >= 0\`; \`mscc prove p.ts near --causal t\` gives an example of a later frame that is seen`,
  ],
  "msc-size": [
    text("msc-size", { path: "layers[0].branches[0].pattern", pattern: "near", sizes: ["size.q.t"] }),
    `error msc-size: layers[0].branches[0].pattern is 'near', which reads \`size.q.t\`; a rollout has no number of frames
  help: let the pattern depend on positions and params alone`,
  ],
  "msc-shared": [
    text("msc-shared", { file: "nearSlots.d8.json", models: ["one"] }),
    `error msc-shared: 'nearSlots.d8.json' is a file of one too, and would be another one
  help: compile the models of a folder together, or choose another folder with \`--out\``,
  ],
  "msc-number": [
    text("msc-number", { option: "--frames", given: "0", least: 1, most: 1000000 }),
    "error msc-number: --frames: '0' is not a whole number from 1 to 1000000",
  ],
  "msc-levels": [
    text("msc-levels", { given: "0" }),
    `error msc-levels: --levels: '0' is not a noise level; one is above 0 and at most 1
  help: such as \`--levels 0.1,0.5,0.9\``,
  ],
  "msc-frames": [
    text("msc-frames", { option: "--frames", given: 7, patch: 2 }),
    "error msc-frames: --frames: 7 is not a multiple of 2, the frames of a patch of the model",
  ],
  "msc-clip-frames": [
    text("msc-clip-frames", { option: "--context", given: 9, file: "in.y4m", frames: 4 }),
    "error msc-clip-frames: --context: 9 frames of 'in.y4m' are asked for, and it has 4",
  ],
  "msc-channels": [
    text("msc-channels", { model: "latent", channels: 4 }),
    `error msc-channels: model 'latent' has clips of 4 channels, and y4m, GIF and PNG hold those of 3
  help: \`mscc/msc\` runs it from a program`,
  ],
  "msc-extension": [
    text("msc-extension", { file: "out.mp4", extension: ".mp4" }),
    `error msc-extension: -o: 'out.mp4' ends in '.mp4'; clips are written as .gif, .png (a strip of frames) or .y4m
  help: such as \`-o out.gif\``,
  ],
  "msc-file-twice": [
    text("msc-file-twice", { file: "a.gif" }),
    `error msc-file-twice: 'a.gif' is named twice, and would be written over
  help: give every file a name of its own`,
  ],
};

test.each(Object.entries(shown))("%s", (_, [got, want]) => {
  expect(got).toBe(want);
});
