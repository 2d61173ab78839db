/** Extents of a tensor operation on the command line: `--size t=16,c=64`, and those that arrays have. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Tensor } from "../../compiler/plan/tensor.js";
import { requireShape } from "../../runtime/npy.js";
import { assignments, wholeNumber } from "../arguments/assignments.js";
import { collecting } from "../collecting.js";
import { tell, userError } from "../messages.js";
import type { TableArray } from "../operands.js";

/** Extents by axis and free label. */
export type Extents = ReadonlyMap<string, number>;

/** Everything that has an extent: the axes, then free labels in the order of the inputs. */
export const labelsOf = ({ axes, inputs }: Tensor): string[] => [
  ...new Set([...axes, ...inputs.flatMap(({ labels }) => labels.map(({ name }) => name))]),
];

/** The extents that `--size` gives. */
export function givenExtents(tensor: Tensor, text: string | undefined, problems: Diagnostic[]): Map<string, number> {
  const known = labelsOf(tensor);
  const example = known.map((label) => `${label}=16`).join(",");
  const extents = new Map<string, number>();
  for (const [label, given] of text === undefined ? [] : assignments("--size", text.split(","), example, problems)) {
    const extent = wholeNumber(given, 1);
    if (!known.includes(label)) problems.push(tell("size-unknown", { name: tensor.name, label, known }));
    else if (extent === undefined) problems.push(tell("grid-extent", { option: "--size", axis: label, given }));
    else extents.set(label, extent);
  }
  return extents;
}

/**
 * Those extents with the ones of arrays.
 * @throws UserError, HostError for an array of another rank, or an extent that differs from one that is known.
 */
export function withArrays(
  { inputs }: Tensor,
  given: Extents,
  arrays: { readonly [input: string]: TableArray },
  files: ReadonlyMap<string, string>,
): Map<string, number> {
  const extents = new Map(given);
  collecting(
    inputs.map(({ name, labels }) => () => {
      const array = arrays[name];
      if (!array) return;
      const file = files.get(name) as string;
      const expected = labels.map(({ name: label }, i) => {
        const extent = extents.get(label);
        const own = array.shape[i];
        if (extent === undefined && own !== undefined) extents.set(label, own);
        return { name: label, ...(extent === undefined ? {} : { extent }) };
      });
      requireShape(`${name} (${file})`, array.shape, expected);
      const empty = labels.find((_, i) => array.shape[i] === 0);
      if (empty) throw userError("operand-empty", { operand: name, file, axis: empty.name });
    }),
  );
  return extents;
}

/** Refuses extents that nothing gives. */
export function requireExtents(
  { name }: Tensor,
  needed: readonly string[],
  extents: Extents,
  files: boolean,
  problems: Diagnostic[],
): void {
  const labels = needed.filter((label) => !extents.has(label));
  if (labels.length > 0) problems.push(tell("size-missing", { name, labels, files }));
}

/** `t=4, c=64`. */
export const extentsText = (tensor: Tensor, extents: Extents): string =>
  labelsOf(tensor)
    .map((label) => `${label}=${extents.get(label)}`)
    .join(", ");
