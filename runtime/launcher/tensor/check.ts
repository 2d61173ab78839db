/** Every check of a launch of a tensor operation, before any GPU work: all faults are collected, each names what it is about. */
import type { TensorManifest } from "../../../compiler/plan/manifest.js";
import { leastLimit } from "../binding-limit.js";
import { between, type Interval, point, rangeOf } from "../intervals.js";
import { type Bound, checkApart, checkPlace, checkShape, isExtent, type Slot } from "../layout.js";
import type { Problem } from "../messages.js";
import { checkParams } from "../params.js";
import { checkRanges } from "../ranges.js";
import type { Operand } from "../types.js";
import { workgroupsOf } from "./dispatch.js";
import { problem } from "./messages.js";
import type { CompiledTensor, TensorBindOptions } from "./types.js";

export interface CheckedTensor {
  /** By name; complete where there are no problems. */
  readonly operands: { readonly [name: string]: Bound };
  /** Extents by label. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly params: ReadonlyMap<string, number>;
  readonly workgroups: number;
  readonly problems: readonly Problem[];
}

/** The operands as the manifest declares them: the output, whose extents are those of the axes, and the inputs. */
function slotsOf({ manifest, kernel }: CompiledTensor): readonly [output: Slot, ...inputs: Slot[]] {
  const bytes = (isWord: boolean) => (isWord || kernel.dtype === "f32" ? 4 : 2);
  const inputs = manifest.inputs.map(({ name, type, labels, isExact }) => {
    const axes = labels.map((label) => label.name);
    return { name, axes, bytes: bytes(isExact || type === "int"), isWritten: false };
  });
  return [{ name: "output", axes: manifest.axes, bytes: bytes(manifest.isExact), isWritten: true }, ...inputs];
}

/** Ranks and extents; the extent of every label is that of the first operand that has it, the output before all others. */
function checkSizes(slots: readonly Slot[], given: (name: string) => Operand | undefined, problems: Problem[]) {
  const sizes = new Map<string, number>();
  const origins = new Map<string, string>();
  for (const { name, axes } of slots) {
    const operand = given(name);
    const expected = (label: string, i: number) => {
      const extent = sizes.get(label);
      const origin = origins.get(label);
      if (extent !== undefined) {
        return { extent, why: origin === name ? "as in its other dimension of this name" : `as in ${origin}` };
      }
      const own = operand?.shape[i] as number;
      if (isExtent(own)) {
        sizes.set(label, own);
        origins.set(label, name);
      }
      return undefined;
    };
    checkShape(name, axes, operand, expected, problems);
  }
  return sizes;
}

/** The part of its buffer that each operand binds, where its shape is right. */
function checkOperands(
  slots: readonly Slot[],
  given: (name: string) => Operand | undefined,
  limits: GPUSupportedLimits,
  problems: Problem[],
): { readonly [name: string]: Bound } {
  const bound: Record<string, Bound> = {};
  for (const slot of slots) {
    const part = checkPlace(slot, given(slot.name) as Operand, limits, problems);
    if (!part) continue;
    bound[slot.name] = part;
    const limit = leastLimit(limits, undefined, slot.bytes);
    if (part.bindingSize > limit.bytes) {
      problems.push(problem("binding-too-large", slot.name, part.bindingSize, limit));
    }
  }
  const [output, ...inputs] = slots.map(({ name }) => name) as [string, ...string[]];
  checkApart(bound, output, inputs, problems);
  return bound;
}

/** The ranges of reductions, which must not be empty, and the integers that the operation computes. */
function checkIntegers(
  { axes, ranges, checks }: TensorManifest,
  sizes: ReadonlyMap<string, number>,
  params: ReadonlyMap<string, number>,
  problems: Problem[],
): void {
  const before = problems.length;
  const variables = new Map<string, Interval>();
  for (const [label, extent] of sizes) variables.set(`size.${label}`, point(extent));
  for (const axis of axes) variables.set(`at.${axis}`, between(0, (sizes.get(axis) as number) - 1));
  for (const [name, value] of params) variables.set(name, point(value));
  const scope = { variables, tables: new Map() };
  for (const { name, text, extent } of ranges) {
    const { lo, hi } = rangeOf(extent, scope);
    // In the source it has no more than the last part of its name.
    const ownName = name.slice(name.lastIndexOf(".") + 1);
    if (!isExtent(lo)) problems.push(problem("range-extent", ownName, text, lo));
    else if (!isExtent(hi)) problems.push(problem("range-extent", ownName, text, hi));
    variables.set(name, between(0, hi - 1));
  }
  if (problems.length === before) checkRanges(checks, scope, problems, "operation");
}

/** Every check, without any GPU work. */
export function checkTensor(
  compiled: CompiledTensor,
  limits: GPUSupportedLimits,
  { inputs = {}, output, params: values }: TensorBindOptions,
): CheckedTensor {
  const { manifest, kernel } = compiled;
  const problems: Problem[] = [];
  const known = manifest.inputs.map(({ name }) => name);
  for (const name of Object.keys(inputs)) {
    if (!known.includes(name)) problems.push(problem("input-unknown", name, known));
  }
  const slots = slotsOf(compiled);
  const given = (name: string) => (name === "output" ? output : inputs[name]);
  const before = problems.length;
  const sizes = checkSizes(slots, given, problems);
  const operands = problems.length === before ? checkOperands(slots, given, limits, problems) : {};
  const params = checkParams(manifest.params, values, problems, "operation");
  if (problems.length === 0) checkIntegers(manifest, sizes, params, problems);
  const extents = new Map(manifest.axes.map((axis) => [axis, sizes.get(axis) ?? 1] as const));
  const workgroups = workgroupsOf(kernel.dispatch, extents);
  if (workgroups > 2 ** 31 - 1) problems.push(problem("too-many-workgroups", workgroups));
  return { operands, sizes, params, workgroups, problems };
}
