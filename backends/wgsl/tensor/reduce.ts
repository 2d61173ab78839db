/**
 * The skeleton of rows: one workgroup computes one row of the output. Reductions that the whole row shares are computed
 * by all of its invocations together, each over every 64th element; then the invocations divide the row's elements.
 */
import { variablesOf } from "../../../compiler/ir/expression.js";
import type { Dtype } from "../../../compiler/plan/manifest.js";
import type { Reduction, TensorPlan, TensorSchedule } from "../../../compiler/plan/tensor.js";
import { coordinates, type Dimension, volume } from "./coordinates.js";
import { storeAt } from "./interface.js";
import { local, namesOf, prepared } from "./scalars.js";
import { axesNamed, ENTRY, type Skeleton, workEntry } from "./skeleton.js";
import { evaluated, expressed, extentOf, indented, reduced, type Scope, startOf, taken } from "./statements.js";

export type ReduceSchedule = Extract<TensorSchedule, { kind: "reduce" }>;

const LANES = 64;
const GROUPS = 8;

/** Shared reductions over equal ranges of which none reads another, so that one loop computes all of them. */
function joined({ tensor }: TensorPlan, shared: readonly string[]): Reduction[][] {
  const reads = (reduction: Reduction, name: string): boolean => {
    const names = variablesOf(reduction.body);
    return names.has(name) || tensor.reductions.some((inner) => names.has(inner.name) && reads(inner, name));
  };
  const loops: Reduction[][] = [];
  for (const reduction of tensor.reductions.filter(({ name }) => shared.includes(name))) {
    const loop = loops.at(-1);
    const alike =
      loop?.[0]?.ranges.length === reduction.ranges.length &&
      reduction.ranges.every(({ extent }, i) => loop[0]?.ranges[i]?.extent === extent) &&
      !loop.some(({ name }) => reads(reduction, name));
    if (loop && alike) loop.push(reduction);
    else loops.push([reduction]);
  }
  return loops;
}

/** One loop over flattened ranges, each invocation taking its share; then all shares are put together. */
function emitLoop(scope: Scope, loop: readonly Reduction[]): { readonly lines: string[]; readonly scope: Scope } {
  const [first, ...others] = loop as readonly [Reduction, ...Reduction[]];
  const dimensions = first.ranges.map(
    (range): Dimension => ({ name: local(range.name), extent: extentOf(scope, range) }),
  );
  const alike = others.flatMap(({ ranges }) =>
    ranges.map(({ name }, i) => `let ${local(name)} = ${dimensions[i]?.name};`),
  );
  const ranges = new Set([...scope.ranges, ...loop.flatMap((each) => each.ranges.map(({ name }) => name))]);
  const before = reduced(scope, ...loop.map(({ body }) => body));
  const inner = reduced({ ...before.scope, ranges }, ...loop.map(({ body }) => body));
  const body = loop.flatMap((reduction) => {
    const { lines, value } = expressed(inner.scope, prepared(scope.plan, reduction.body), reduction.name);
    return [...lines, taken(reduction, `share_of_${local(reduction.name)}`, value)];
  });
  const index = `element_of_${local(first.name)}`;
  const lines = [
    ...before.lines,
    ...loop.map((each) => `var share_of_${local(each.name)} = ${startOf(each)};`),
    `for (var ${index} = lane; ${index} < ${volume(dimensions)}; ${index} += ${LANES}u) {`,
    ...indented([...coordinates(index, dimensions), ...alike, ...inner.lines, ...body]),
    "}",
    ...loop.map((each) => `let ${local(each.name)} = ${each.op}_of_shares(share_of_${local(each.name)}, lane);`),
  ];
  return { lines, scope: { ...before.scope, done: new Set([...before.scope.done, ...loop.map(({ name }) => name)]) } };
}

/** `sum_of_shares(share, lane)`: what all invocations' shares make together, for every invocation. */
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

function emitColumns(plan: TensorPlan, { columns }: ReduceSchedule, scope: Scope, dtype: Dtype): string[] {
  const { tensor } = plan;
  const { lines, value } = evaluated(scope, tensor.value, "value");
  const body = [...lines, storeAt(tensor, dtype, (axis) => local(`at.${axis}`), value)];
  if (columns.length === 0) return ["if (lane == 0u) {", ...indented(body), "}"];
  const dimensions = axesNamed(columns);
  return [
    `for (var column = lane; column < ${volume(dimensions)}; column += ${LANES}u) {`,
    ...indented([...coordinates("column", dimensions), ...body]),
    "}",
  ];
}

export function emitReduce(plan: TensorPlan, schedule: ReduceSchedule, dtype: Dtype): Skeleton {
  let scope: Scope = { plan, names: namesOf(plan), ranges: new Set(), done: new Set() };
  const loops = joined(plan, schedule.shared);
  const shared: string[] = [];
  for (const loop of loops) {
    const { lines, scope: now } = emitLoop(scope, loop);
    scope = now;
    shared.push(...lines);
  }
  const body = [
    ...workEntry("row"),
    ...coordinates("row", axesNamed(schedule.rows)),
    ...shared,
    ...emitColumns(plan, schedule, scope, dtype),
  ];
  const ops = [...new Set(loops.flat().map(({ op }) => op))];
  const text = [
    `var<workgroup> shares: array<f32, ${LANES}>;\nvar<workgroup> groups: array<f32, ${GROUPS}>;`,
    ...ops.map(emitShares),
    `@compute @workgroup_size(${LANES})\n${ENTRY}\n${indented(body).join("\n")}\n}`,
  ];
  return {
    text: text.join("\n\n"),
    explanation: [
      `One workgroup of ${LANES} invocations computes one row: ${schedule.shared.join(", ")} together, then ${schedule.columns.length === 0 ? "one stores the element" : "each every 64th of its elements"}.`,
    ],
    workgroupSize: LANES,
    memory: 4 * (LANES + GROUPS),
    dispatch: { kind: "rows", axes: schedule.rows },
  };
}
