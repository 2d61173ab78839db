/**
 * The skeleton of rows: one workgroup computes one row of the output. Reductions that the whole row shares are computed
 * by all of its invocations together, each over every 64th element; then the invocations divide the row's elements.
 * Where subgroups are small, such as those of software drivers, the workgroup is one subgroup and needs no barriers.
 */
import { intVar, substitute, variablesOf } from "../../../compiler/ir/expression.js";
import type { Dtype } from "../../../compiler/plan/manifest.js";
import type { Reduction, TensorPlan, TensorSchedule } from "../../../compiler/plan/tensor.js";
import { coordinates, type Dimension, volume } from "./coordinates.js";
import { storeAt } from "./interface.js";
import { local, namesOf } from "./scalars.js";
import { axesNamed, ENTRY, type Skeleton, workEntry } from "./skeleton.js";
import { evaluated, extentOf, indented, reduced, type Scope, startOf, taken } from "./statements.js";

export type ReduceSchedule = Extract<TensorSchedule, { kind: "reduce" }>;

/** Terms that an invocation adds up before it adds the sum to its share: a long sum of f32 loses what is small beside it. */
const BLOCK = 256;
/** Invocations of a workgroup that puts its shares together in its memory, and how many it adds up at a time. */
const LANES = 64;
const GROUPS = 8;

/** The invocations of a row. */
interface Team {
  readonly lanes: number;
  /** Whether they are one subgroup. */
  readonly isSubgroup: boolean;
}

const SUBGROUP_OP = { sum: "subgroupAdd", max: "subgroupMax" } as const satisfies Record<Reduction["op"], string>;

/** What all invocations' shares make together, for every invocation. */
const joinedShare = ({ isSubgroup }: Team, op: Reduction["op"], share: string): string =>
  isSubgroup ? `${SUBGROUP_OP[op]}(${share})` : `${op}_of_shares(${share}, lane)`;

/** Shared reductions over equal ranges of which none reads another, so that one loop computes all of them. */
function joined({ tensor }: TensorPlan, shared: readonly string[]): [Reduction, ...Reduction[]][] {
  const reads = (reduction: Reduction, name: string): boolean => {
    const names = variablesOf(reduction.body);
    return names.has(name) || tensor.reductions.some((inner) => names.has(inner.name) && reads(inner, name));
  };
  const loops: [Reduction, ...Reduction[]][] = [];
  for (const reduction of tensor.reductions.filter(({ name }) => shared.includes(name))) {
    const loop = loops.at(-1);
    const alike =
      loop?.[0].ranges.length === reduction.ranges.length &&
      reduction.ranges.every(({ extent }, i) => loop[0].ranges[i]?.extent === extent) &&
      !loop.some(({ name }) => reads(reduction, name));
    if (loop && alike) loop.push(reduction);
    else loops.push([reduction]);
  }
  return loops;
}

/** One loop over flattened ranges, each invocation taking its share; then all shares are put together. */
function emitLoop(scope: Scope, loop: readonly [Reduction, ...Reduction[]], team: Team): readonly [string[], Scope] {
  const [first, ...others] = loop;
  const dimensions = first.ranges.map(
    (range): Dimension => ({ name: local(range.name), extent: extentOf(scope, range) }),
  );
  const own = loop.flatMap(({ ranges }) => ranges.map(({ name }) => name));
  const before = reduced(scope, ...loop.map(({ body }) => body));
  const inside = { ...before.scope, ranges: new Set([...scope.ranges, ...own]) };
  // All bodies read the ranges of the first one, so that what they share shows; loops within them read their own.
  const renamed = new Map(
    others.flatMap(({ ranges }) => ranges.map(({ name }, i) => [name, first.ranges[i]?.name ?? name])),
  );
  const bodies = loop.map(({ body }) =>
    substitute(body, (name) => (renamed.has(name) ? intVar(renamed.get(name) as string) : undefined)),
  );
  const { outside, lines, values } = evaluated(inside, bodies, first.name, own);
  const aliases = [...renamed].map(([name, by]) => `let ${local(name)} = ${local(by)};`);
  const index = `element_of_${local(first.name)}`;
  const share = ({ name }: Reduction) => `share_of_${local(name)}`;
  const part = ({ name }: Reduction) => `block_share_of_${local(name)}`;
  const turn = [
    ...coordinates(index, dimensions),
    ...aliases.filter((alias) => lines.some((line) => line.includes(alias.split(" ")[1] as string))),
    ...lines,
    ...loop.map((each, i) => taken(each, part(each), values[i] as string)),
  ];
  const [block, end] = [`block_of_${local(first.name)}`, `end_of_${local(first.name)}`];
  const all = [
    ...before.lines,
    ...outside,
    ...loop.map((each) => `var ${share(each)} = ${startOf(each)};`),
    `for (var ${block} = lane; ${block} < ${volume(dimensions)}; ${block} += ${BLOCK * team.lanes}u) {`,
    ...indented([
      `let ${end} = min(${block} + ${BLOCK * team.lanes}u, ${volume(dimensions)});`,
      ...loop.map((each) => `var ${part(each)} = ${startOf(each)};`),
      `for (var ${index} = ${block}; ${index} < ${end}; ${index} += ${team.lanes}u) {`,
      ...indented(turn),
      "}",
      ...loop.map((each) => taken(each, share(each), part(each))),
    ]),
    "}",
    ...loop.map((each) => `let ${local(each.name)} = ${joinedShare(team, each.op, share(each))};`),
  ];
  return [all, { ...before.scope, done: new Set([...before.scope.done, ...loop.map(({ name }) => name)]) }];
}

/** `sum_of_shares(share, lane)`, where invocations are more than a subgroup. */
function emitShares(op: Reduction["op"]): string {
  const join = (place: (i: number) => string) =>
    Array.from({ length: GROUPS }, (_, i) => place(i)).reduce((so, each) =>
      op === "sum" ? `${so} + ${each}` : `max(${so}, ${each})`,
    );
  return `// In two steps, ${GROUPS} at a time. A later call writes \`shares\` while slow invocations still read \`groups\`, and \`groups\` only
// after its own first barrier.
fn ${op}_of_shares(share: f32, lane: u32) -> f32 {
  shares[lane] = share;
  workgroupBarrier();
  if (lane < ${GROUPS}u) {
    groups[lane] = ${join((i) => (i === 0 ? "shares[lane]" : `shares[lane + ${i * GROUPS}u]`))};
  }
  workgroupBarrier();
  return ${join((i) => `groups[${i}]`)};
}`;
}

function emitColumns({ columns }: ReduceSchedule, scope: Scope, dtype: Dtype, { lanes }: Team): string[] {
  const { tensor } = scope.plan;
  const varying = columns.map((axis) => `at.${axis}`);
  const { outside, lines, values } = evaluated(scope, [tensor.value], "value", varying);
  const body = [...lines, ...values.map((value) => storeAt(tensor, dtype, (axis) => local(`at.${axis}`), value))];
  if (columns.length === 0) return ["if (lane == 0u) {", ...indented([...outside, ...body]), "}"];
  const dimensions = axesNamed(columns);
  return [
    ...outside,
    `for (var column = lane; column < ${volume(dimensions)}; column += ${lanes}u) {`,
    ...indented([...coordinates("column", dimensions), ...body]),
    "}",
  ];
}

const sharesText = (ops: readonly Reduction["op"][]): string[] => [
  `var<workgroup> shares: array<f32, ${LANES}>;\nvar<workgroup> groups: array<f32, ${GROUPS}>;`,
  ...ops.map(emitShares),
];

/** A kernel for workgroups of 64; or for subgroups of just `subgroupSize` invocations, 4 or 8. */
export function emitReduce(
  plan: TensorPlan,
  schedule: ReduceSchedule,
  dtype: Dtype,
  subgroupSize: number | undefined,
): Skeleton {
  const team = { lanes: subgroupSize ?? LANES, isSubgroup: subgroupSize !== undefined };
  let scope: Scope = { plan, names: namesOf(plan), ranges: new Set(), done: new Set() };
  const loops = joined(plan, schedule.shared);
  const shared: string[] = [];
  for (const loop of loops) {
    const [lines, now] = emitLoop(scope, loop, team);
    scope = now;
    shared.push(...lines);
  }
  const body = [
    ...workEntry("row"),
    ...coordinates("row", axesNamed(schedule.rows)),
    ...shared,
    ...emitColumns(schedule, scope, dtype, team),
  ];
  const ops = [...new Set(loops.flat().map(({ op }) => op))];
  const text = [
    ...(team.isSubgroup ? [] : sharesText(ops)),
    `@compute @workgroup_size(${team.lanes})\n${ENTRY}\n${indented(body).join("\n")}\n}`,
  ];
  return {
    text: text.join("\n\n"),
    explanation: [
      `One ${team.isSubgroup ? "subgroup" : "workgroup"} of ${team.lanes} invocations computes one row: ${schedule.shared.join(", ")} together, then ${schedule.columns.length === 0 ? "one stores the element" : `each every ${team.lanes}th of its elements`}.`,
    ],
    workgroupSize: team.lanes,
    memory: team.isSubgroup ? 0 : 4 * (LANES + GROUPS),
    dispatch: { kind: "rows", axes: schedule.rows },
  };
}
