/** Grids and positions on the command line: `--grid t=16,y=32,x=32`, `--query-offset t=4`. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Axes } from "../../compiler/plan/pattern.js";
import { tell } from "../messages.js";
import { assignments, wholeNumber } from "./assignments.js";

export interface GridOptions {
  readonly grid?: string;
  readonly keyGrid?: string;
  readonly queryOffset?: string;
  readonly keyOffset?: string;
}

/** How many positions of keys an array holds, and along which axes it is a ring. */
export interface CacheOptions {
  readonly keyExtent?: string;
  readonly keyRing?: string;
}

/** Extents of whole grids and positions of the first elements, as far as they were given, in the order of the axes. */
export interface Grids {
  readonly q?: readonly number[];
  readonly k?: readonly number[];
  readonly queryOffset?: readonly number[];
  readonly keyOffset?: readonly number[];
}

interface PerAxis {
  readonly option: string;
  readonly kind: "extent" | "offset";
  readonly pattern: string;
  readonly axes: readonly string[];
  /** Positions on axes that are not named; 0 if absent. */
  readonly otherwise?: readonly number[];
}

/** One number per axis; a position that is not given has its default, an extent that is not given is a fault. */
function perAxis(text: string, { option, kind, pattern, axes, otherwise }: PerAxis, problems: Diagnostic[]) {
  const before = problems.length;
  const example = axes.map((axis) => `${axis}=${kind === "extent" ? 16 : 4}`).join(",");
  const given = assignments(option, text.split(","), example, problems);
  for (const axis of given.keys()) {
    if (!axes.includes(axis)) problems.push(tell("grid-unknown-axis", { option, axis, axes, pattern }));
  }
  const missing = axes.filter((axis) => !given.has(axis));
  if (kind === "extent" && missing.length > 0 && problems.length === before) {
    problems.push(tell("grid-missing-axis", { option, missing, axes, pattern }));
  }
  const values = axes.map((axis, i) => {
    const own = given.get(axis);
    const value = own === undefined ? (otherwise?.[i] ?? 0) : wholeNumber(own, kind === "extent" ? 1 : 0);
    if (value === undefined) problems.push(tell(`grid-${kind}`, { option, axis, given: own as string }));
    return value ?? 0;
  });
  return problems.length > before ? undefined : values;
}

/** What the options say about a pattern's grids. */
export function gridsOf(
  { name, axes }: { readonly name: string; readonly axes: Axes },
  options: GridOptions,
  problems: Diagnostic[],
): Grids {
  const read = (option: string, text: string | undefined, kind: "extent" | "offset", names: readonly string[]) =>
    text === undefined ? undefined : perAxis(text, { option, kind, pattern: name, axes: names }, problems);
  const q = read("--grid", options.grid, "extent", axes.query);
  if (axes.shared && options.keyGrid !== undefined) problems.push(tell("grid-shared", { pattern: name }));
  const k = axes.shared ? q : read("--key-grid", options.keyGrid, "extent", axes.key);
  const queryOffset = read("--query-offset", options.queryOffset, "offset", axes.query);
  const keyOffset = read("--key-offset", options.keyOffset, "offset", axes.key);
  return {
    ...(q ? { q } : {}),
    ...(k ? { k } : {}),
    ...(queryOffset ? { queryOffset } : {}),
    ...(keyOffset ? { keyOffset } : {}),
  };
}

/** What the options say about how the keys are held; axes that are not named hold `room` positions, in order. */
export function cacheOf(
  { name, axes }: { readonly name: string; readonly axes: Axes },
  { keyExtent, keyRing }: CacheOptions,
  problems: Diagnostic[],
): { readonly extent?: ReadonlyMap<string, number>; readonly ring?: { readonly [axis: string]: boolean } } {
  const known = (option: string, axis: string) => {
    if (!axes.key.includes(axis))
      problems.push(tell("grid-unknown-axis", { option, axis, axes: axes.key, pattern: name }));
  };
  const given = assignments("--key-extent", keyExtent?.split(",") ?? [], `${axes.key[0]}=4`, problems);
  const extent = new Map<string, number>();
  for (const [axis, text] of given) {
    known("--key-extent", axis);
    const value = wholeNumber(text, 1);
    if (value === undefined) problems.push(tell("grid-extent", { option: "--key-extent", axis, given: text }));
    else extent.set(axis, value);
  }
  const rings = keyRing?.split(",").map((axis) => axis.trim()) ?? [];
  for (const axis of rings) known("--key-ring", axis);
  return {
    ...(keyExtent === undefined ? {} : { extent }),
    ...(keyRing === undefined ? {} : { ring: Object.fromEntries(rings.map((axis) => [axis, true])) }),
  };
}

/** The position of one query, inside the grid; axes that are not named have the position that `otherwise` gives. */
export function queryOf(
  { name, axes }: { readonly name: string; readonly axes: Axes },
  text: string | undefined,
  size: readonly number[],
  otherwise: readonly number[],
  problems: Diagnostic[],
): readonly number[] {
  if (text === undefined) return otherwise;
  const spec = { option: "--query", kind: "offset", pattern: name, axes: axes.query, otherwise } as const;
  const query = perAxis(text, spec, problems) ?? otherwise;
  for (const [i, axis] of axes.query.entries()) {
    const [offset, extent] = [query[i] as number, size[i] as number];
    if (offset >= extent) problems.push(tell("grid-offset-outside", { option: "--query", axis, offset, extent }));
  }
  return query;
}

/** The grids of `--grid` and `--key-grid`, each given once for each grid; those that were given twice once. */
export function gridList(
  pattern: { readonly name: string; readonly axes: Axes },
  { grids, keyGrids }: { readonly grids: readonly string[]; readonly keyGrids: readonly string[] },
  problems: Diagnostic[],
): { readonly q: readonly number[]; readonly k: readonly number[] }[] {
  const { name, axes } = pattern;
  const both = !axes.shared && grids.length > 0 && keyGrids.length > 0;
  if (both && grids.length !== keyGrids.length) {
    problems.push(tell("grid-count", { grids: grids.length, keyGrids: keyGrids.length }));
    return [];
  }
  const found = Array.from({ length: Math.max(grids.length, keyGrids.length) }, (_, i) => {
    const [grid, keyGrid] = [grids[i], keyGrids[i]];
    const before = problems.length;
    const given = { ...(grid === undefined ? {} : { grid }), ...(keyGrid === undefined ? {} : { keyGrid }) };
    const { q, k } = gridsOf(pattern, given, problems);
    if (problems.length > before) return [];
    if (!q || !k) problems.push(tell("grid-key-missing", { pattern: name, axes: axes.key }));
    return q && k ? [{ q, k }] : [];
  }).flat();
  return [...new Map(found.map((each) => [JSON.stringify(each), each])).values()];
}
