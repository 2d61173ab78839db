/** Checks the operands of attention: shapes against each other and the kernel, layouts that the kernel cannot read, shared buffers. */
import type { Manifest, ManifestKernel } from "../../compiler/plan/manifest.js";
import { problem } from "./attention-messages.js";
import { type Bound, checkApart, checkPlace, checkShape, endOf, isCount, type Sized, usedStrides } from "./layout.js";
import type { Problem } from "./messages.js";
import type { Operand } from "./types.js";

export type OperandName = "q" | "k" | "v" | "output" | "lse";
export type Operands = { readonly [name in OperandName]?: Operand };

/** Bytes of an element. */
export const bytesOf = ({ dtype }: Pick<ManifestKernel, "dtype">, name: OperandName): number =>
  name === "lse" || dtype === "f32" ? 4 : 2;

/** The names of an operand's dimensions. */
export function dimensionsOf({ axes }: Manifest, name: OperandName): readonly string[] {
  const grid = name === "k" || name === "v" ? axes.key : axes.query;
  return ["batch", "heads", ...grid, ...(name === "lse" ? [] : ["dim"])];
}

/** Where the extents of an operand come from: another operand, or what is compiled in. */
function expected(operands: Operands, manifest: Manifest, kernel: ManifestKernel, name: OperandName, axis: string) {
  if (axis === "dim") {
    const isKeyDim = name === "q" || name === "k";
    const extent = isKeyDim ? kernel.headDim : kernel.valueDim;
    return { extent, why: `the ${isKeyDim ? "head" : "value"} dim that this kernel is compiled for` };
  }
  const like = name === "v" && axis !== "batch" ? "k" : "q";
  if (name === "q" || (name === "k" && axis !== "batch")) return undefined;
  const dimensions = dimensionsOf(manifest, like);
  const shape = operands[like]?.shape;
  const extent = shape?.length === dimensions.length ? shape[dimensions.indexOf(axis)] : undefined;
  return extent === undefined ? undefined : { extent, why: `as in ${like}` };
}

/** Ranks, extents and the ratio of heads. True where the shapes of q and k can be trusted. */
export function checkShapes(manifest: Manifest, kernel: ManifestKernel, operands: Operands, problems: Problem[]) {
  const before = problems.length;
  for (const name of ["q", "k", "v", "output", "lse"] as const) {
    const operand = operands[name];
    if (name === "lse" && !operand) continue;
    const want = (axis: string) => expected(operands, manifest, kernel, name, axis);
    checkShape(name, dimensionsOf(manifest, name), operand, want, problems);
  }
  if (problems.length > before) return false;
  const [heads, keyHeads] = [operands.q?.shape[1] as number, operands.k?.shape[1] as number];
  if (heads % keyHeads !== 0) problems.push(problem("head-ratio", heads, keyHeads));
  return true;
}

const roundUp = (value: number, step: number) => Math.ceil(value / step) * step;

/** What of an operand's layout a kernel cannot take that reads `rowAlignment` elements at a time. */
function unaligned(kernel: ManifestKernel, name: OperandName, axes: readonly string[], operand: Sized): Problem[] {
  const { rowAlignment } = kernel;
  if (rowAlignment === undefined || name === "lse") return [];
  const { offset = 0, buffer, shape } = operand;
  const strides = usedStrides(operand);
  const isOff = (value: number) => isCount(value) && value % rowAlignment !== 0;
  const faults = [
    ...(isOff(offset) ? [problem("offset-unaligned", name, offset, rowAlignment)] : []),
    ...axes.flatMap((axis, i) => {
      const stride = strides[i] as number;
      const isUnfit = axis === "dim" ? isCount(stride) && stride !== 1 && shape[i] !== 1 : isOff(stride);
      return isUnfit ? [problem("stride-unaligned", name, axis, stride, rowAlignment)] : [];
    }),
  ];
  // The last row is read to a multiple too.
  const bytes = bytesOf(kernel, name) * roundUp(endOf(operand, strides), rowAlignment);
  return faults.length > 0 || !(bytes > buffer?.size)
    ? faults
    : [problem("buffer-too-small", name, bytes, buffer.size)];
}

/** What of the operands' layouts a kernel cannot take; whatever else is wrong with them is left to the checks of a launch. */
export function unfitLayouts(
  manifest: Manifest,
  kernel: ManifestKernel,
  operands: { readonly [name in OperandName]?: Sized },
): Problem[] {
  return (["q", "k", "v", "output"] as const).flatMap((name) => {
    const operand = operands[name];
    return Array.isArray(operand?.shape) ? unaligned(kernel, name, dimensionsOf(manifest, name), operand) : [];
  });
}

/** Strides, offset and buffer of one operand whose shape is right. */
export function checkLayout(
  manifest: Manifest,
  kernel: ManifestKernel,
  limits: GPUSupportedLimits,
  name: OperandName,
  operand: Operand,
  problems: Problem[],
): Bound | undefined {
  const axes = dimensionsOf(manifest, name);
  const slot = { name, axes, bytes: bytesOf(kernel, name), isWritten: name === "output" || name === "lse" };
  return checkPlace(slot, operand, limits, problems, () => unaligned(kernel, name, axes, operand));
}

/** WebGPU's rule on one buffer in two roles: what is written is not read, and two written parts do not overlap. */
export function checkSharing(
  bound: { readonly [name: string]: Bound },
  limits: GPUSupportedLimits,
  problems: Problem[],
) {
  for (const written of ["output", "lse"]) checkApart(bound, written, ["q", "k", "v"], problems);
  const { output, lse } = bound;
  if (!output || !lse || output.buffer !== lse.buffer) return;
  const apart = (a: Bound, b: Bound) => a.bindingOffset + a.bindingSize <= b.bindingOffset;
  if (!apart(output, lse) && !apart(lse, output)) {
    problems.push(problem("outputs-overlap", limits.minStorageBufferOffsetAlignment));
  }
}
