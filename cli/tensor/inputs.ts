/** Files of inputs on the command line: `--input x=x.npy`, checked against the declared names. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Tensor } from "../../compiler/plan/tensor.js";
import { readNpy } from "../../runtime/npy.js";
import { assignments } from "../arguments/assignments.js";
import { collecting } from "../collecting.js";
import { pathOf } from "../io.js";
import { tell } from "../messages.js";
import type { TableArray } from "../operands.js";

/** The files by the name of their input; a name that the operation does not declare is a fault. */
export function inputFiles(
  { name, inputs }: Tensor,
  texts: readonly string[],
  problems: Diagnostic[],
): ReadonlyMap<string, string> {
  const given = assignments("--input", texts, "name=file.npy", problems);
  const known = inputs.map((input) => input.name);
  for (const input of given.keys()) {
    if (!known.includes(input)) problems.push(tell("input-not-declared", { input, name, known }));
  }
  return given;
}

/** The files of a run, where every input needs one; those without are reported together. */
export function runInputFiles(tensor: Tensor, texts: readonly string[], problems: Diagnostic[]) {
  const before = problems.length;
  const given = inputFiles(tensor, texts, problems);
  const inputs = tensor.inputs.map(({ name }) => name).filter((name) => !given.has(name));
  // A name with a typing error says what is missing already.
  if (inputs.length > 0 && problems.length === before) {
    problems.push(tell("input-not-given", { name: tensor.name, inputs }));
  }
  return given;
}

/** Reads the files of inputs. @throws UserError with every fault of them: unreadable, or of the wrong type. */
export function readInputs(
  { inputs }: Tensor,
  files: ReadonlyMap<string, string>,
  cwd: string,
): { readonly [input: string]: TableArray } {
  const steps = inputs.flatMap(({ name, type }) => {
    const file = files.get(name);
    return file === undefined ? [] : [() => [name, readNpy(pathOf(file, cwd), type) as TableArray] as const];
  });
  return Object.fromEntries(collecting(steps));
}
