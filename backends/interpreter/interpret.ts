/** Executes an attention plan in TypeScript, tile by tile, rounding to 32 bits as a kernel does. The definition of correct. */
import { type Environment, evaluator, type TableValues } from "../../compiler/ir/evaluate.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { positionsIn, type VisitedBox, walkOf } from "../../compiler/plan/walk.js";
import { EMPTY_LSE } from "../../dsl/index.js";

const f32 = Math.fround;

/** An array in memory: element `[i, j, ...]` is at `offset + i * strides[0] + j * strides[1] + ...`. */
export interface StridedArray {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  /** In elements; by default those of row-major order. */
  readonly strides?: readonly number[];
  readonly offset?: number;
}

/** Operands `[batch, heads, ...extents, dim]` and what a launch gives; see `ReferenceInput` in dsl/reference.ts. */
export interface InterpreterInput {
  readonly q: StridedArray;
  readonly k: StridedArray;
  readonly v: StridedArray;
  readonly params?: { readonly [name: string]: number };
  readonly tables?: TableValues;
  readonly size?: { readonly q?: readonly number[]; readonly k?: readonly number[] };
  readonly queryOffset?: readonly number[];
  readonly keyOffset?: readonly number[];
  readonly scale?: number;
}

export interface InterpreterResult {
  /** Row-major `[batch, heads, ...query extents, value dim]`. */
  readonly output: Float32Array;
  readonly lse: Float32Array;
  /** Pairs that attend and pairs of tiles visited (padding included), summed over batch and heads. */
  readonly usefulPairs: number;
  readonly visitedPairs: number;
}

export const rowMajor = (shape: readonly number[]) =>
  shape.map((_, i) => shape.slice(i + 1).reduce((product, extent) => product * extent, 1));

/** The vector at a batch, head and local position, as a function of its index along the last dimension. */
function vectorsOf({ shape, data, strides = rowMajor(shape), offset = 0 }: StridedArray, origin: readonly number[]) {
  const last = strides.at(-1) as number;
  return (batch: number, head: number, position: readonly number[]) => {
    let start = offset + batch * (strides[0] as number) + head * (strides[1] as number);
    for (const [i, at] of position.entries()) start += (at - (origin[i] as number)) * (strides[i + 2] as number);
    return (index: number) => data[start + index * last] as number;
  };
}

/** One query of the tile in flight: its position and the state of its online softmax. */
interface Row {
  readonly position: readonly number[];
  readonly q: (index: number) => number;
  readonly output: Float32Array;
  largest: number;
  total: number;
  /** Some key attends. */
  sees: boolean;
}

/** One key of the box in hand. */
interface Key {
  readonly position: readonly number[];
  readonly k: (index: number) => number;
  readonly v: (index: number) => number;
}

/** All that stays the same from tile to tile; the environment is scratch for the positions in hand. */
function prepare(plan: AttentionPlan, input: InterpreterInput) {
  const { axes, params } = plan.pattern;
  const tables = input.tables ?? {};
  const queryExtents = input.q.shape.slice(2, -1);
  const queryOffset = input.queryOffset ?? axes.query.map(() => 0);
  const keyOffset = input.keyOffset ?? axes.key.map(() => 0);
  const headDim = input.q.shape.at(-1) as number;
  const environment = environmentOf(plan, input, queryExtents, input.k.shape.slice(2, -1), queryOffset, keyOffset);
  for (const { name, type, default: value = 0 } of params) {
    const given = input.params?.[name] ?? plan.constants.get(name) ?? value;
    environment[name] = type === "float" ? f32(given) : given;
  }
  return {
    plan,
    environment,
    headDim,
    queryExtents,
    queryOffset,
    /** Query heads per key head. */
    group: (input.q.shape[1] as number) / (input.k.shape[1] as number),
    scale: f32(input.scale ?? 1 / Math.sqrt(headDim)),
    walk: walkOf(plan.forward, axes, plan.tiles, tables),
    attends: plan.forward.regions.map((region) => evaluator(region.attend, tables)),
    score: evaluator(plan.score, tables),
    q: vectorsOf(input.q, queryOffset),
    k: vectorsOf(input.k, keyOffset),
    v: vectorsOf(input.v, keyOffset),
  };
}

type Launch = ReturnType<typeof prepare>;

function place({ plan, environment }: Launch, side: "q" | "k", position: readonly number[]): void {
  const axes = plan.pattern.axes[side === "q" ? "query" : "key"];
  for (const [i, axis] of axes.entries()) environment[`${side}.${axis}`] = position[i] as number;
}

function keysIn(launch: Launch, box: VisitedBox, batch: number, head: number): Key[] {
  const keys: Key[] = [];
  const keyHead = Math.floor(head / launch.group);
  positionsIn(box, (position) => {
    const own = [...position];
    keys.push({ position: own, k: launch.k(batch, keyHead, own), v: launch.v(batch, keyHead, own) });
  });
  return keys;
}

/** Logits of a row, undefined for keys that it does not see. */
function logitsOf(launch: Launch, row: Row, keys: readonly Key[], box: VisitedBox): (number | undefined)[] {
  const { environment, headDim, attends, score, scale } = launch;
  place(launch, "q", row.position);
  return keys.map((key) => {
    place(launch, "k", key.position);
    if (!box.full && !attends[box.region]?.(environment)) return undefined;
    let dot = 0;
    for (let i = 0; i < headDim; i++) dot = f32(dot + f32(row.q(i) * key.k(i)));
    environment.s = f32(dot * scale);
    return score(environment);
  });
}

/**
 * Runs a plan. Expects what the launcher has checked: shapes that agree, params and tables within their bounds.
 */
export function interpret(plan: AttentionPlan, input: InterpreterInput): InterpreterResult {
  const launch = prepare(plan, input);
  const { environment, queryExtents, queryOffset } = launch;
  const [batches = 0, heads = 0] = input.q.shape;
  const valueDim = input.v.shape.at(-1) as number;
  const queries = product(queryExtents);
  const output = new Float32Array(batches * heads * queries * valueDim);
  const lse = new Float32Array(batches * heads * queries);
  const strides = rowMajor(queryExtents);
  let [usefulPairs, visitedPairs] = [0, 0];

  const runTile = (corner: readonly number[], batch: number, head: number) => {
    const queryAt = (position: readonly number[]) => launch.q(batch, head, position);
    const rows = enterTile(environment, plan, corner, queryOffset, queryExtents, valueDim, queryAt);
    launch.walk(environment, (box) => {
      const keys = keysIn(launch, box, batch, head);
      visitedPairs += product(plan.tiles.query) * product(plan.tiles.key);
      for (const row of rows) {
        const logits = logitsOf(launch, row, keys, box);
        usefulPairs += logits.filter((logit) => logit !== undefined).length;
        accumulate(row, logits, keys);
      }
    });
    for (const row of rows) {
      const local = row.position.map((at, i) => (at - (queryOffset[i] as number)) * (strides[i] as number));
      const index = local.reduce((sum, part) => sum + part, (batch * heads + head) * queries);
      lse[index] = row.sees ? f32(row.largest + f32(Math.log(row.total))) : EMPTY_LSE;
      if (!row.sees) continue;
      for (let j = 0; j < valueDim; j++) output[index * valueDim + j] = f32((row.output[j] as number) / row.total);
    }
  };
  for (let batch = 0; batch < batches; batch++) {
    for (let head = 0; head < heads; head++) {
      Object.assign(environment, { batch, head });
      positionsIn(tileCorners(plan.tiles.query, queryOffset, queryExtents), (corner) => runTile(corner, batch, head));
    }
  }
  return { output, lse, usefulPairs, visitedPairs };
}

/** One step of the online softmax: the row's state after the logits of a tile. */
function accumulate(
  row: Row,
  logits: readonly (number | undefined)[],
  keys: readonly { v: (i: number) => number }[],
): void {
  const largest = logits.reduce<number>((so, logit) => (logit === undefined ? so : Math.max(so, logit)), row.largest);
  const keep = f32(Math.exp(f32(row.largest - largest)));
  row.total = f32(row.total * keep);
  for (let j = 0; j < row.output.length; j++) row.output[j] = (row.output[j] as number) * keep;
  for (const [i, logit] of logits.entries()) {
    if (logit === undefined) continue;
    const weight = f32(Math.exp(f32(logit - largest)));
    row.total = f32(row.total + weight);
    for (let j = 0; j < row.output.length; j++) {
      row.output[j] = (row.output[j] as number) + f32(weight * (keys[i]?.v(j) as number));
    }
  }
  row.largest = largest;
  row.sees ||= logits.some((logit) => logit !== undefined);
}

const product = (extents: readonly number[]) => extents.reduce((so, extent) => so * extent, 1);

const tileCorners = (tile: readonly number[], origin: readonly number[], extent: readonly number[]) => ({
  lo: origin,
  hi: origin.map((at, i) => at + (extent[i] as number) - 1),
  step: tile,
});

function environmentOf(
  { pattern: { axes } }: AttentionPlan,
  { size }: InterpreterInput,
  queryExtents: readonly number[],
  keyExtents: readonly number[],
  queryOffset: readonly number[],
  keyOffset: readonly number[],
): Environment {
  const reach = (extents: readonly number[], offset: readonly number[]) =>
    extents.map((n, i) => n + (offset[i] as number));
  const [q, k] = [reach(queryExtents, queryOffset), reach(keyExtents, keyOffset)];
  const joint = q.map((n, i) => Math.max(n, k[i] ?? 0));
  const sizes = axes.shared
    ? { q: size?.q ?? size?.k ?? joint, k: size?.q ?? size?.k ?? joint }
    : { q: size?.q ?? q, k: size?.k ?? k };
  const environment: Environment = {};
  const describe = (
    side: "q" | "k",
    names: readonly string[],
    extents: readonly number[],
    offset: readonly number[],
  ) => {
    for (const [i, axis] of names.entries()) {
      environment[`size.${side}.${axis}`] = sizes[side][i] as number;
      environment[`origin.${side}.${axis}`] = offset[i] as number;
      environment[`last.${side}.${axis}`] = (offset[i] as number) + (extents[i] as number) - 1;
    }
  };
  describe("q", axes.query, queryExtents, queryOffset);
  describe("k", axes.key, keyExtents, keyOffset);
  return environment;
}

function enterTile(
  environment: Environment,
  plan: AttentionPlan,
  corner: readonly number[],
  offset: readonly number[],
  extents: readonly number[],
  valueDim: number,
  q: (position: readonly number[]) => (index: number) => number,
): Row[] {
  const end = corner.map(
    (at, i) => Math.min(at + (plan.tiles.query[i] as number), (offset[i] as number) + (extents[i] as number)) - 1,
  );
  for (const [i, axis] of plan.pattern.axes.query.entries()) {
    environment[`q.${axis}.lo`] = corner[i] as number;
    environment[`q.${axis}.hi`] = end[i] as number;
  }
  const rows: Row[] = [];
  positionsIn({ lo: corner, hi: end, step: corner.map(() => 1) }, (position) => {
    const own = [...position];
    rows.push({
      position: own,
      q: q(own),
      output: new Float32Array(valueDim),
      largest: EMPTY_LSE,
      total: 0,
      sees: false,
    });
  });
  return rows;
}
