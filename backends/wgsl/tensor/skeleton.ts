/** What the skeletons of tensor kernels give, and how all of them begin. */
import type { TensorDispatch } from "../../../compiler/plan/manifest.js";
import type { Dimension } from "./coordinates.js";
import { local } from "./scalars.js";

export interface Skeleton {
  /** Everything below the interface but builtins and reads. */
  readonly text: string;
  /** Sentences for the header: who computes what. */
  readonly explanation: readonly string[];
  readonly workgroupSize: number;
  /** Bytes of workgroup memory. */
  readonly memory: number;
  readonly dispatch: TensorDispatch;
}

export const dimensionOf = (axis: string): Dimension => ({
  name: local(`at.${axis}`),
  extent: `u.${local(`size.${axis}`)}`,
});
export const axesNamed = (axes: readonly string[]): Dimension[] => axes.map(dimensionOf);

/** Head of an entry point. */
export const ENTRY = `fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {`;

/** From the workgroup to its number in the launch; those in surplus leave, all invocations of one alike. */
export const workEntry = (name: string): string[] => [
  `let ${name} = u.first + workgroup.x + workgroup.y * workgroups.x;`,
  `if (${name} >= u.total) {`,
  "  return;",
  "}",
];

export const each = <T>(n: number, of: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => of(i));

/** A sum as a reader would write it. */
export const plus = (text: string, n: number): string => (n === 0 ? text : `${text} + ${n}u`);
