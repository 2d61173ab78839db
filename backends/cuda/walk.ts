/** The walk of a query tile over its key boxes, as a struct that stands at a box and a function that moves it on. */
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { indent } from "../common/coordinates.js";
import { identifier } from "../common/identifier.js";
import { axisLoops, hasLattice, isTrue } from "../common/loops.js";
import { DEVICE } from "./dialect.js";
import { markPattern } from "./lines.js";
import { emitBoxStruct, emitLoopFunctions, emitPatternFunctions } from "./spelling.js";

const axesOf = ({ pattern: { axes } }: AttentionPlan) => axes.key.map(identifier);
const lattices = (plan: AttentionPlan): string[] => axesOf(plan).filter((_, depth) => hasLattice(plan, depth));

function emitStruct(plan: AttentionPlan): string {
  const ends = axesOf(plan).map((axis) => `  i32 end_${axis};`);
  const strides = lattices(plan).map((axis) => `  i32 stride_${axis};`);
  return `// Where the walk over the key boxes of a query tile stands.
struct Walk {
  Box at;
  // -1 before the first box.
  i32 region;
${[...ends, ...strides].join("\n")}
  // The box is not cut off at an end.
  bool is_whole;
};`;
}

const isGuarded = (plan: AttentionPlan) => !isTrue(plan.forward.regions.map(({ guard }) => guard));
const isFiltered = (plan: AttentionPlan, depth: number) =>
  !isTrue(axisLoops(plan.forward.regions, depth).map(({ live }) => live));

/** Statements that take the first box of an axis inside those around it; where `lives` is false there is none. */
function enter(plan: AttentionPlan, depth: number, lives: string | undefined): string[] {
  const axis = axesOf(plan)[depth] as string;
  const call = (name: string) => `${name}_${axis}(u, walk.region, at)`;
  const lo = `at.lo_k_${axis}`;
  const lattice = hasLattice(plan, depth)
    ? [`walk.stride_${axis} = ${call("step")};`, `${lo} += modulo(${call("residue")} - ${lo}, walk.stride_${axis});`]
    : [];
  const end = lives ? `${lives} ? ${call("last")} : ${lo} - 1` : call("last");
  return [`${lo} = ${call("first")};`, ...lattice, `walk.end_${axis} = ${end};`];
}

/** Distance from the first to the last position of a whole box. */
function reachOf(plan: AttentionPlan, depth: number): string {
  const extent = plan.tiles.key[depth] as number;
  const axis = axesOf(plan)[depth] as string;
  return hasLattice(plan, depth) ? `${extent - 1} * walk.stride_${axis}` : String(extent - 1);
}

function hiOf(plan: AttentionPlan, depth: number): string {
  const axis = axesOf(plan)[depth] as string;
  const lo = `at.lo_k_${axis}`;
  const hi = plan.tiles.key[depth] === 1 ? lo : `min(${lo} + ${reachOf(plan, depth)}, walk.end_${axis})`;
  return `at.hi_k_${axis} = ${hi};`;
}

/** Statements that move on along an axis, and along those around it where it is at its end. */
function moveOn(plan: AttentionPlan, depth: number): string[] {
  const axes = axesOf(plan);
  const axis = axes[depth] as string;
  const extent = plan.tiles.key[depth] as number;
  const step = hasLattice(plan, depth)
    ? extent === 1
      ? `walk.stride_${axis}`
      : `${extent} * walk.stride_${axis}`
    : String(extent);
  const around = depth === 0 ? nextRegion(plan) : [...moveOn(plan, depth - 1), hiOf(plan, depth - 1)];
  const lives = depth > 0 && isFiltered(plan, depth - 1) ? `live_${axes[depth - 1]}(u, walk.region, at)` : undefined;
  const first = enter(plan, depth, depth === 0 ? (isGuarded(plan) ? "enters(u, walk.region, at)" : undefined) : lives);
  return [
    `at.lo_k_${axis} += ${step};`,
    `while (at.lo_k_${axis} > walk.end_${axis}) {`,
    ...[...around, ...first].map((line) => `  ${line}`),
    "}",
  ];
}

const nextRegion = (plan: AttentionPlan): string[] => [
  "walk.region += 1;",
  `if (walk.region == ${plan.forward.regions.length}) {`,
  "  return false;",
  "}",
];

function emitAdvance(plan: AttentionPlan): string {
  const axes = axesOf(plan);
  const last = axes.length - 1;
  const body = [...moveOn(plan, last), hiOf(plan, last)];
  const filtered = isFiltered(plan, last)
    ? ["do {", ...body.map((line) => `  ${line}`), `} while (!live_${axes[last]}(u, walk.region, at));`]
    : body;
  const wholes = axes.flatMap((axis, depth) =>
    plan.tiles.key[depth] === 1 ? [] : [`at.lo_k_${axis} + ${reachOf(plan, depth)} <= walk.end_${axis}`],
  );
  return `// Moves on to the next box that may hold a pair that attends; false after the last one.
${DEVICE} bool advance(const Uniforms &u, Walk &walk) {
  Box &at = walk.at;
${indent(filtered, 1)}
  walk.is_whole = ${wholes.length === 0 ? "true" : wholes.join(" && ")};
  return true;
}`;
}

function emitStart(plan: AttentionPlan): string {
  const { axes } = plan.pattern;
  const lines = [...axes.query.keys()].reverse().flatMap((i) => {
    const axis = identifier(axes.query[i] as string);
    const extent = plan.tiles.query[i] as number;
    const along = `i32(rest % u32(u.tiles_${axis}))`;
    return [
      `at.lo_q_${axis} = u.origin_q_${axis} + ${extent === 1 ? along : `${extent} * ${along}`};`,
      `at.hi_q_${axis} = min(at.lo_q_${axis} + ${extent - 1}, u.origin_q_${axis} + u.extent_q_${axis} - 1);`,
      `rest /= u32(u.tiles_${axis});`,
    ];
  });
  const before = axesOf(plan).flatMap((axis) => [`at.lo_k_${axis} = 0;`, `walk.end_${axis} = -1;`]);
  return `// The walk of a query tile, before its first box. Blocks take the last tiles first: in causal patterns they see most.
${DEVICE} Walk start_of(const Uniforms &u, u32 tile) {
  Walk walk = {};
  Box &at = walk.at;
  u32 rest = tile;
${indent(lines, 1)}
  at.head = i32(rest % u32(u.heads));
  at.batch = u.first_batch + i32(rest / u32(u.heads));
  walk.region = -1;
${indent(before, 1)}
  return walk;
}`;
}

/** Statements that bring the names of a walk's box into scope, as functions of the pattern and coordinates of keys read them. */
export const unpackWalk = (plan: AttentionPlan): string[] => [
  "const Box &at = walk.at;",
  "const i32 region = walk.region;",
  ...lattices(plan).map((axis) => `const i32 stride_${axis} = walk.stride_${axis};`),
];

/** The parts that every skeleton begins with: boxes, the bounds of loops, the pattern, the walk. */
export const emitNest = (plan: AttentionPlan): string[] => [
  emitBoxStruct(plan),
  emitLoopFunctions(plan),
  markPattern(emitPatternFunctions(plan)),
  emitStruct(plan),
  emitStart(plan),
  emitAdvance(plan),
];
