/** Every message of `mscc msc` itself; models have their own, in models/msc. Part of the table of the command line. */
import { count, list, meant, type Names, type Text } from "../message-text.js";

export const mscMessages = {
  // The model: what is named.
  "msc-unknown": (f: { given: string; presets: Names }): Text => ({
    message: `'${f.given}' is no preset${meant(f.given, f.presets)}`,
    notes: [`presets: ${list(f.presets)}`],
    help: "a configuration of your own is named by its file, which ends in .json",
  }),
  "msc-json": (f: { file: string; reason: string }): Text => ({
    message: `'${f.file}' is not JSON: ${f.reason}`,
  }),
  "msc-not-compiled": (f: { name: string; folder: string; known: Names }): Text => ({
    message: `there is no compiled model '${f.name}' in '${f.folder}'${meant(f.name, f.known)}`,
    notes: [`compiled models that were found: ${list(f.known)}`],
    help: "`mscc msc build` compiles models, and `--models` names the folder that they are in",
  }),
  "msc-no-weights": ({ model }: { model: string }): Text => ({
    message: `no weights of model '${model}' come with mscc`,
    help: "give a safetensors file: `--weights weights.safetensors`",
  }),

  // The model: compiling it.
  "msc-twice": (f: { name: string; given: Names }): Text => ({
    message: `${list(f.given)} are models of one name, '${f.name}', and one would be written over the other`,
    help: "give every configuration a name of its own",
  }),
  "msc-name": (f: { name: string; reason: string }): Text => ({
    message: `'${f.name}' cannot be the name of a model: ${f.reason}`,
    help: "give the configuration another name",
  }),
  "msc-pattern": (f: { file: string; names: Names }): Text => ({
    message: `'${f.file}' declares ${list(f.names)}, and ${f.names.length === 1 ? "a pattern of that name comes" : "patterns of these names come"} with mscc`,
    help: `rename ${f.names.length === 1 ? "it" : "them"}, so that it is clear which one a configuration means`,
  }),
  "msc-not-causal": (f: { path: string; pattern: string; file: string }): Text => ({
    message: `${f.path} is '${f.pattern}', which may show a query later frames, and a branch sees only its own and earlier ones`,
    notes: ["it was asked of bounds of the pattern's terms, which may tell less than there is to know"],
    help: `let its condition begin with \`q.t - k.t >= 0\`; \`mscc prove ${f.file} ${f.pattern} --causal t\` gives an example of a later frame that is seen`,
  }),
  "msc-size": (f: { path: string; pattern: string; sizes: Names }): Text => ({
    message: `${f.path} is '${f.pattern}', which reads ${f.sizes.map((name) => `\`${name}\``).join(" and ")}; a rollout has no number of frames`,
    help: "let the pattern depend on positions and params alone",
  }),
  "msc-shared": (f: { file: string; models: Names }): Text => ({
    message: `'${f.file}' is a file of ${list(f.models)} too, and would be another one`,
    help: "compile the models of a folder together, or choose another folder with `--out`",
  }),

  // The model: running it.
  "msc-number": (f: { option: string; given: string; least: number; most: number }): Text => ({
    message: `${f.option}: '${f.given}' is not a whole number from ${f.least} to ${f.most}`,
  }),
  "msc-levels": ({ given }: { given: string }): Text => ({
    message: `--levels: '${given}' is not a noise level; one is above 0 and at most 1`,
    help: "such as `--levels 0.1,0.5,0.9`",
  }),
  "msc-frames": (f: { option: string; given: number; patch: number }): Text => ({
    message: `${f.option}: ${f.given} is not a multiple of ${f.patch}, the frames of a patch of the model`,
  }),
  "msc-clip-frames": (f: { option: string; given: number; file: string; frames: number }): Text => ({
    message: `${f.option}: ${count(f.given, "frame")} of '${f.file}' ${f.given === 1 ? "is" : "are"} asked for, and it has ${f.frames}`,
  }),
  "msc-channels": (f: { model: string; channels: number }): Text => ({
    message: `model '${f.model}' has clips of ${count(f.channels, "channel")}, and y4m, GIF and PNG hold those of 3`,
    help: "`mscc/msc` runs it from a program",
  }),
  "msc-extension": (f: { file: string; extension: string }): Text => ({
    message: `-o: '${f.file}' ${f.extension === "" ? "has no extension" : `ends in '${f.extension}'`}; clips are written as .gif, .png (a strip of frames) or .y4m`,
    help: `such as \`-o ${f.file.slice(0, f.file.length - f.extension.length)}.gif\``,
  }),
  "msc-file-twice": ({ file }: { file: string }): Text => ({
    message: `'${file}' is named twice, and would be written over`,
    help: "give every file a name of its own",
  }),
} as const;
