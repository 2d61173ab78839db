/** Spells the loop nest of a query tile: one function per bound and test, and the nested loops around one tile body. */
import type { Expr } from "../../compiler/ir/expression.js";
import { int, TRUE } from "../../compiler/ir/expression.js";
import type { AttentionPlan, Loop, Region } from "../../compiler/plan/plan.js";
import { type Names, spell } from "./expression.js";
import { identifier } from "./interface.js";

/** Spells what does not depend on a tile: sizes, origins, params, and `head` and `batch` as given. */
const common =
  (plan: AttentionPlan, prefix: string): Names =>
  (name) => {
    if (plan.pattern.params.some((param) => param.name === name)) return `u.param_${identifier(name)}`;
    const [first = "", side, axis = ""] = name.split(".");
    if (first === "size" || first === "origin") return `u.${first}_${side}_${identifier(axis)}`;
    if (first === "last") return `domain_end_${side}_${identifier(axis)}()`;
    if (name === "head" || name === "batch") return `${prefix}${name}`;
    throw new RangeError(`no spelling for variable '${name}'`);
  };

/** Spells the ends of tile and boxes as members of `at`: `q.t.lo` is `at.lo_q_t`. */
export const tileNames = (plan: AttentionPlan): Names => {
  const rest = common(plan, "at.");
  return (name) => {
    const [side, axis = "", end] = name.split(".");
    return (side === "q" || side === "k") && end ? `at.${end}_${side}_${identifier(axis)}` : rest(name);
  };
};

/** Spells the position of an element: `q.t` is `q_t`. */
export const elementNames = (plan: AttentionPlan): Names => {
  const rest = common(plan, "");
  return (name) => {
    const [side, axis = ""] = name.split(".");
    if (side === "q" || side === "k") return `${side}_${identifier(axis)}`;
    return name === "s" ? "s" : rest(name);
  };
};

/** `struct Box`: the ends of the query tile and of the key box in hand, inclusive. */
export function emitBoxStruct({ pattern: { axes } }: AttentionPlan): string {
  const ends = (side: "q" | "k", names: readonly string[]) =>
    names.map((axis) => `  lo_${side}_${identifier(axis)}: i32,\n  hi_${side}_${identifier(axis)}: i32,`);
  const members = [...ends("q", axes.query), ...ends("k", axes.key), "  head: i32,", "  batch: i32,"];
  return `// First and last position, per axis, of the query tile and of the key box in hand.\nstruct Box {\n${members.join("\n")}\n}`;
}

/** Statements that return, for each region, one of several expressions; equal ones share a case, the last is the default. */
export function returnByRegion(bodies: readonly string[]): string {
  const [only, ...others] = new Set(bodies);
  if (others.length === 0) return `  return ${only};`;
  const cases = [...new Set(bodies)].map((body) => {
    const regions = bodies.flatMap((other, i) => (other === body ? [i] : []));
    const label = body === bodies.at(-1) ? "default" : `case ${regions.join(", ")}`;
    return `    ${label}: {\n      return ${body};\n    }`;
  });
  return `  switch region {\n${cases.join("\n")}\n  }`;
}

/** A function of the box that chooses by region where there are several. */
const perRegion = (name: string, type: string, comment: string, bodies: readonly string[]): string =>
  `// ${comment}\nfn ${name}(region: i32, at: Box) -> ${type} {\n${returnByRegion(bodies)}\n}`;

const axisLoops = (regions: readonly Region[], depth: number) => regions.map((region) => region.loops[depth] as Loop);
const isTrue = (bodies: readonly Expr[]) => bodies.every((body) => body === TRUE);

/** The functions that the nest calls. */
export function emitLoopFunctions(plan: AttentionPlan): string {
  const { regions } = plan.forward;
  const names = tileNames(plan);
  const text = (e: Expr) => spell(e, names);
  const functions: string[] = [];
  const guards = regions.map((region) => region.guard);
  if (!isTrue(guards)) {
    functions.push(
      perRegion("enters", "bool", "False only where the query tile has no pair in the region.", guards.map(text)),
    );
  }
  for (const [depth, axis] of plan.pattern.axes.key.entries()) {
    const loops = axisLoops(regions, depth);
    const id = identifier(axis);
    functions.push(
      perRegion(
        `first_${id}`,
        "i32",
        `First ${axis} of a key that the query tile can see.`,
        loops.map((loop) => text(loop.lower)),
      ),
    );
    functions.push(
      perRegion(
        `last_${id}`,
        "i32",
        `Last ${axis} of such a key.`,
        loops.map((loop) => text(loop.upper)),
      ),
    );
    if (loops.some((loop) => loop.residue)) {
      functions.push(
        perRegion(
          `step_${id}`,
          "i32",
          `Distance of neighbouring ${axis} positions.`,
          loops.map((loop) => text(loop.step)),
        ),
      );
      const residues = loops.map((loop) => text(loop.residue ?? int(0)));
      functions.push(
        perRegion(`residue_${id}`, "i32", `Visited ${axis} are congruent to this modulo the step.`, residues),
      );
    }
    const lives = loops.map((loop) => loop.live);
    if (!isTrue(lives)) {
      functions.push(
        perRegion(`live_${id}`, "bool", "False only where no pair of tile and box attends.", lives.map(text)),
      );
    }
  }
  functions.push(
    perRegion(
      "full",
      "bool",
      "True only where every pair of tile and box attends.",
      regions.map((region) => text(region.full)),
    ),
  );
  return [...domainEnds(plan, functions.join("\n")), ...functions].join("\n\n");
}

/** Last position that an operand holds, per axis, where a bound reads it. */
function domainEnds({ pattern: { axes } }: AttentionPlan, text: string): string[] {
  const sides = [["q", axes.query] as const, ["k", axes.key] as const];
  return sides.flatMap(([side, names]) =>
    names.map(identifier).flatMap((axis) => {
      const name = `domain_end_${side}_${axis}`;
      const body = `u.origin_${side}_${axis} + u.extent_${side}_${axis} - 1`;
      return text.includes(`${name}()`) ? [`fn ${name}() -> i32 {\n  return ${body};\n}`] : [];
    }),
  );
}

/** Nested loops over regions and key axes with the tile body in the middle, indented to stand in a function. */
export function emitNest(plan: AttentionPlan, body: string): string {
  const { regions } = plan.forward;
  const lines: string[] = [];
  const put = (depth: number, text: string) => lines.push(`${"  ".repeat(depth + 1)}${text}`);
  put(0, "// Which split the next key box falls on: all walk the loops, and the boxes go round.");
  put(0, "var turn = 0u;");
  put(0, `for (var region = 0; region < ${regions.length}; region++) {`);
  if (!isTrue(regions.map((region) => region.guard))) put(1, "if (!enters(region, at)) {\n      continue;\n    }");
  const whole: string[] = [];
  for (const [depth, axis] of plan.pattern.axes.key.entries()) {
    emitLoopHead(plan, depth, axis, put);
    // A box of extent 1 is always whole.
    if (plan.tiles.key[depth] !== 1)
      whole.push(`at.lo_k_${identifier(axis)} + ${reachOf(plan, depth)} <= end_${identifier(axis)}`);
  }
  const inner = plan.pattern.axes.key.length + 1;
  put(inner, "let is_mine = turn == split;");
  put(inner, "turn = select(turn + 1u, 0u, turn + 1u == u.splits);");
  put(inner, `if (!is_mine) {\n${"  ".repeat(inner + 2)}continue;\n${"  ".repeat(inner + 1)}}`);
  put(inner, `let is_full = ${[...whole, "full(region, at)"].join(" && ")};`);
  for (const line of body.trim().split("\n")) lines.push(line ? `${"  ".repeat(inner + 1)}${line}` : "");
  for (let depth = inner - 1; depth >= 0; depth--) put(depth, "}");
  return lines.join("\n");
}

/** Distance from the first to the last position of a whole box along a key axis. */
function reachOf(plan: AttentionPlan, depth: number): string {
  const extent = plan.tiles.key[depth] as number;
  const id = identifier(plan.pattern.axes.key[depth] as string);
  return hasLattice(plan, depth) ? `${extent - 1} * stride_${id}` : String(extent - 1);
}

/** Whether the positions of a box may be more than 1 apart along a key axis. */
export const hasLattice = (plan: AttentionPlan, depth: number): boolean =>
  axisLoops(plan.forward.regions, depth).some((loop) => loop.residue);

function emitLoopHead(
  plan: AttentionPlan,
  depth: number,
  axis: string,
  put: (depth: number, text: string) => void,
): void {
  const id = identifier(axis);
  const lo = `at.lo_k_${id}`;
  const extent = plan.tiles.key[depth] as number;
  put(depth + 1, `let end_${id} = last_${id}(region, at);`);
  put(depth + 1, `let start_${id} = first_${id}(region, at);`);
  let start = `start_${id}`;
  let step = String(extent);
  if (hasLattice(plan, depth)) {
    put(depth + 1, `let stride_${id} = step_${id}(region, at);`);
    start = `start_${id} + modulo(residue_${id}(region, at) - start_${id}, stride_${id})`;
    step = extent === 1 ? `stride_${id}` : `${extent} * stride_${id}`;
  }
  put(depth + 1, `for (${lo} = ${start}; ${lo} <= end_${id}; ${lo} += ${step}) {`);
  put(depth + 2, `at.hi_k_${id} = ${extent === 1 ? lo : `min(${lo} + ${reachOf(plan, depth)}, end_${id})`};`);
  if (!isTrue(axisLoops(plan.forward.regions, depth).map((loop) => loop.live))) {
    put(depth + 2, `if (!live_${id}(region, at)) {\n${"  ".repeat(depth + 4)}continue;\n${"  ".repeat(depth + 3)}}`);
  }
}
