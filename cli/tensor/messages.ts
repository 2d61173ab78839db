/** Messages of the command line about tensor operations: rows of the table in cli/messages.ts. */
import { list, meant, type Names, type Text } from "../message-text.js";

/** `'gelu' is a tensor operation`. */
const whatIs = (names: Names, isTensor: boolean): string => {
  const what = isTensor ? "tensor operation" : "attention pattern";
  const isAre = names.length === 1 ? `is ${isTensor ? "a" : "an"} ${what}` : `are ${what}s`;
  return `${names.map((name) => `'${name}'`).join(", ")} ${isAre}`;
};

export const tensorMessages = {
  "other-kind": (f: { names: Names; isTensor: boolean; command: string; does: string; help: string }): Text => ({
    message: `${whatIs(f.names, f.isTensor)}; ${f.command} ${f.does}`,
    help: f.help,
  }),
  "option-of-other": (f: { option: string; names: Names; isTensor: boolean; instead?: string }): Text => ({
    message: `${f.option} is an option for ${f.isTensor ? "attention patterns" : "tensor operations"}, and ${whatIs(f.names, f.isTensor)}`,
    ...(f.instead === undefined ? {} : { help: `what you mean may be \`${f.instead}\`` }),
  }),
  "tensor-target": (f: { names: Names; others: Names; isWgslToo: boolean }): Text => ({
    message: `tensor operations are compiled to WGSL only so far: ${list(f.names)}`,
    ...(f.others.length === 0 && !f.isWgslToo
      ? { help: "leave out `--target`" }
      : {
          notes: [
            f.isWgslToo
              ? "they get no CUDA kernel"
              : `only ${list(f.others)} ${f.others.length === 1 ? "is" : "are"} compiled`,
          ],
        }),
  }),
  "tensor-unproved": (f: { file: string; names: Names; others: Names }): Text => ({
    message: `--proved: there are no proofs of tensor operations, and nothing is written that is not proved: ${list(f.names)}`,
    help:
      f.others.length > 0
        ? `compile them apart: \`mscc compile ${f.file} ${f.others.join(" ")} --proved\` takes the patterns`
        : "leave out `--proved`; `mscc verify` compares the kernel with the declared function",
  }),
  "tensor-profile": (f: { name: string; given: Names; known: Names; isReplaced: boolean }): Text => ({
    message: `${f.name} has no kernel of the profile ${f.given.join(" or ")}`,
    notes: [`its profiles: ${list(f.known)}`],
    help: f.isReplaced
      ? "the kernel of its first profile is made in its place"
      : "leave out `--profile`: the best that the adapter runs is taken",
  }),
  "tensor-bindings": (f: { name: string; buffers: number; most: number }): Text => ({
    message: `${f.name} binds ${f.buffers} tensors, its output among them; every WebGPU device binds ${f.most}, and only some bind more`,
    help: "put inputs that are used alike into one tensor, or divide the operation",
  }),
  "size-unknown": (f: { name: string; label: string; known: Names }): Text => ({
    message: `--size: ${f.name} has no axis or label '${f.label}'${meant(f.label, f.known)}`,
    notes: [`axes and labels: ${list(f.known)}`],
  }),
  "size-missing": (f: { name: string; labels: Names; files: boolean }): Text => ({
    message: `${f.files ? "no input gives the extents" : "--size lacks extents"} of ${f.name} along ${list(f.labels)}`,
    help: `give ${f.labels.length === 1 ? "it" : "them"}: \`--size ${f.labels.map((label) => `${label}=...`).join(",")}\``,
  }),
  "input-not-declared": (f: { input: string; name: string; known: Names }): Text => ({
    message: `'${f.input}' is not an input of ${f.name}${meant(f.input, f.known)}`,
    notes: [`inputs: ${list(f.known)}`],
  }),
  "input-not-given": (f: { name: string; inputs: Names }): Text => ({
    message: `${f.inputs.length === 1 ? "an input" : "inputs"} of ${f.name} without values: ${list(f.inputs)}`,
    help: `give ${f.inputs.length === 1 ? "its file" : "their files"}: \`${f.inputs.map((name) => `--input ${name}=${name}.npy`).join(" ")}\``,
  }),
  "verify-steps": (f: { name: string; steps: number; limit: number }): Text => ({
    message: `with these extents the declared function of '${f.name}' takes ${f.steps} steps; verify takes at most ${f.limit}`,
    help: "give smaller extents with `--size`, or smaller inputs",
  }),
  "verify-not-finite": (f: { name: string; at: readonly number[]; value: number }): Text => ({
    message: `the declared function of '${f.name}' gives ${f.value} at [${f.at.join(", ")}] on these inputs, and there is nothing to compare`,
    help: "give inputs for which it is finite, with `--input name=file.npy`",
  }),
} as const;
