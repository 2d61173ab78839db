/** Checks the numbers of a launch: the box inside the whole grid, scale, params and tables. */
import type { Manifest } from "../../compiler/plan/manifest.js";
import { problem } from "./attention-messages.js";
import { point, rangeOf } from "./intervals.js";
import { isPosition } from "./layout.js";
import { boundsText, type Problem } from "./messages.js";
import type { Operands } from "./operands.js";
import { heldKeys } from "./ring.js";
import type { LaunchNumbers, Table } from "./types.js";

/** One side of a launch, per axis: the first position, the local extent, the extent of the whole grid. */
export interface Side {
  readonly axes: readonly string[];
  readonly origin: readonly number[];
  readonly extent: readonly number[];
  readonly size: readonly number[];
  /** Per axis the number of slots of a ring that holds the positions modulo it; 0 or absent where it is none. */
  readonly rings?: readonly number[];
}

export interface Grid {
  readonly q: Side;
  readonly k: Side;
  readonly batches: number;
  readonly heads: number;
  readonly keyHeads: number;
}

function checkPositions(
  what: string,
  axes: readonly string[],
  given: readonly number[] | undefined,
  problems: Problem[],
): readonly number[] | undefined {
  if (!given) return undefined;
  const before = problems.length;
  if (given.length !== axes.length) problems.push(problem("position-count", what, given.length, axes));
  else {
    for (const [i, position] of given.entries()) {
      if (!isPosition(position)) problems.push(problem("position-invalid", what, axes[i] as string, position));
    }
  }
  return problems.length > before ? undefined : given;
}

/** The grid of a launch whose shapes are right; undefined where its positions are not. */
export function checkGrid(
  { axes }: Manifest,
  operands: Operands,
  { size, queryOffset, keyOffset, keyExtent, keyRing }: LaunchNumbers,
  problems: Problem[],
): Grid | undefined {
  const before = problems.length;
  const [batches = 0, heads = 0, ...queries] = operands.q?.shape ?? [];
  const [, keyHeads = 0, ...keys] = operands.k?.shape ?? [];
  const side = (
    names: readonly string[],
    extent: readonly number[],
    what: string,
    offset: readonly number[] | undefined,
  ) => {
    const origin = checkPositions(what, names, offset, problems) ?? names.map(() => 0);
    return { axes: names, origin, extent, size: extent.map((n, i) => n + (origin[i] as number)) };
  };
  const held = heldKeys(axes.key, keys.slice(0, -1), { keyExtent, keyRing }, problems);
  const q = side(axes.query, queries.slice(0, -1), "queryOffset", queryOffset);
  const k = { ...side(axes.key, held.extent, "keyOffset", keyOffset), rings: held.rings };
  const given = {
    q: checkPositions("size.q", axes.query, size?.q, problems),
    k: checkPositions("size.k", axes.key, size?.k, problems),
  };
  if (problems.length > before) return undefined;

  if (axes.shared && given.q && given.k) {
    for (const [i, axis] of axes.query.entries()) {
      const [ofQ, ofK] = [given.q[i] as number, given.k[i] as number];
      if (ofQ !== ofK) problems.push(problem("size-differs", axis, ofQ, ofK));
    }
  }
  const larger = q.size.map((n, i) => Math.max(n, k.size[i] as number));
  const shared = given.q ?? given.k ?? larger;
  const sizes = axes.shared ? { q: shared, k: shared } : { q: given.q ?? q.size, k: given.k ?? k.size };
  const grid = { q: { ...q, size: sizes.q }, k: { ...k, size: sizes.k }, batches, heads, keyHeads };
  checkInside("queries", grid.q, problems);
  checkInside("keys", grid.k, problems);
  return problems.length > before ? undefined : grid;
}

function checkInside(what: string, { axes, origin, extent, size }: Side, problems: Problem[]) {
  for (const [i, axis] of axes.entries()) {
    const [first, whole] = [origin[i] as number, size[i] as number];
    const last = first + (extent[i] as number) - 1;
    if (last >= whole || !isPosition(whole)) problems.push(problem("outside-grid", what, axis, first, last, whole));
  }
}

type TableDeclaration = Manifest["tables"][number];

type Label = TableDeclaration["labels"][number];

/** The numbers that the extents of tables follow from. */
interface Sizes {
  readonly grid: Grid;
  /** Absent where one of them is at fault. */
  readonly params: ReadonlyMap<string, number> | undefined;
}

/** The extent that an axis, the heads or the batches tie a dimension to. */
function tiedExtent({ name, tie }: Label, grid: Grid) {
  if (tie === "free") return undefined;
  if (tie === "head") return { extent: grid.heads, text: `${grid.heads}, the query heads` };
  if (tie === "batch") return { extent: grid.batches, text: `${grid.batches}, the batches` };
  const sizes = [grid.q, grid.k].map(({ axes, size }) => size[axes.indexOf(name)] ?? 0);
  const extent = Math.max(...sizes);
  return { extent, text: `${extent}, the extent of the whole grid` };
}

const isExtent = (value: number) => isPosition(value) && value > 0;

/** The extent that a declaration states; no table fits one that is not a positive integer. */
function declaredExtent({ extent: declared }: Label, params: Sizes["params"]) {
  if (!declared || !params) return undefined;
  const { text, expression } = declared;
  const variables = new Map([...params].map(([name, value]) => [name, point(value)] as const));
  const { lo, hi } = rangeOf(expression, { variables, tables: new Map() });
  const extent = lo === hi ? lo : Number.NaN;
  if (!isExtent(extent))
    return { extent: Number.NaN, text: `\`${text}\`, which is ${extent} with these params, no extent` };
  return { extent, text: `${extent}, ${text === String(extent) ? "as declared" : `which is \`${text}\``}` };
}

function checkShape({ name, labels }: TableDeclaration, { shape, data }: Table, sizes: Sizes, problems: Problem[]) {
  const before = problems.length;
  const names = labels.map((label) => label.name);
  if (shape.length !== labels.length) problems.push(problem("table-rank", name, shape, names));
  else {
    for (const [i, label] of labels.entries()) {
      const got = shape[i] as number;
      const want = tiedExtent(label, sizes.grid) ?? declaredExtent(label, sizes.params);
      if (want ? got === want.extent : isExtent(got)) continue;
      problems.push(problem("table-extent", name, label.name, want?.text ?? "a positive integer", got));
    }
  }
  if (problems.length > before) return;
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (data.length !== count) problems.push(problem("table-length", name, count, data.length));
}

/** The promises on the values: the first that breaks one is named. */
function checkValues({ name, min, max, sorted }: TableDeclaration, { shape, data }: Table, problems: Problem[]) {
  const row = shape.at(-1) as number;
  const lowest = min ?? Number.NEGATIVE_INFINITY;
  const highest = max ?? Number.POSITIVE_INFINITY;
  const bounded = (min ?? max) !== undefined;
  for (let i = 0; i < data.length; i++) {
    const [before, value] = [data[i - 1] as number, data[i] as number];
    if (bounded && !(value >= lowest && value <= highest)) {
      problems.push(problem("table-value", name, i, value, boundsText(min, max)));
      return;
    }
    if (sorted && i % row > 0 && !(value >= before)) {
      problems.push(problem("table-order", name, i, before, value));
      return;
    }
  }
}

/** The tables in the order of the manifest. */
export function checkTables(
  { tables }: Pick<Manifest, "tables">,
  given: LaunchNumbers["tables"],
  sizes: Sizes,
  problems: Problem[],
) {
  const known = tables.map(({ name }) => name);
  for (const name of Object.keys(given ?? {})) {
    if (!known.includes(name)) problems.push(problem("table-unknown", name, known));
  }
  for (const declared of tables) {
    const table = given?.[declared.name];
    if (!table?.data || !Array.isArray(table.shape)) {
      problems.push(problem("table-missing", declared.name));
      continue;
    }
    const before = problems.length;
    const wanted = declared.type === "int" ? Int32Array : Float32Array;
    if (!(table.data instanceof wanted)) {
      const got = Object.prototype.toString.call(table.data).slice(8, -1);
      problems.push(problem("table-dtype", declared.name, wanted.name, got));
    }
    checkShape(declared, table, sizes, problems);
    if (problems.length === before) checkValues(declared, table, problems);
  }
}
