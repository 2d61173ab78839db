/** Spells what the loops of a query tile read: one function per bound and test. */
import type { Expr } from "../../compiler/ir/expression.js";
import { int, TRUE } from "../../compiler/ir/expression.js";
import type { AttentionPlan, Loop, Region } from "../../compiler/plan/plan.js";
import type { Dialect } from "./dialect.js";
import { type Names, spell } from "./expression.js";
import { identifier } from "./identifier.js";

/** Spells what does not depend on a tile: sizes, origins, params, and `head` and `batch` as given. */
const common =
  (dialect: Dialect, plan: AttentionPlan, prefix: string): Names =>
  (name) => {
    if (plan.pattern.params.some((param) => param.name === name)) return `u.param_${identifier(name)}`;
    const [first = "", side, axis = ""] = name.split(".");
    if (first === "size" || first === "origin") return `u.${first}_${side}_${identifier(axis)}`;
    if (first === "last") return dialect.call(`domain_end_${side}_${identifier(axis)}`);
    if (name === "head" || name === "batch") return `${prefix}${name}`;
    throw new RangeError(`no spelling for variable '${name}'`);
  };

/** Spells the ends of tile and boxes as members of `at`: `q.t.lo` is `at.lo_q_t`. */
export const tileNames = (dialect: Dialect, plan: AttentionPlan): Names => {
  const rest = common(dialect, plan, "at.");
  return (name) => {
    const [side, axis = "", end] = name.split(".");
    return (side === "q" || side === "k") && end ? `at.${end}_${side}_${identifier(axis)}` : rest(name);
  };
};

/** Spells the position of an element: `q.t` is `q_t`. */
export const elementNames = (dialect: Dialect, plan: AttentionPlan): Names => {
  const rest = common(dialect, plan, "");
  return (name) => {
    const [side, axis = ""] = name.split(".");
    if (side === "q" || side === "k") return `${side}_${identifier(axis)}`;
    return name === "s" ? "s" : rest(name);
  };
};

/** `struct Box`: the ends of the query tile and of the key box in hand, inclusive. */
export function emitBoxStruct(dialect: Dialect, { pattern: { axes } }: AttentionPlan): string {
  const ends = (side: "q" | "k", names: readonly string[]) =>
    names.flatMap((axis) => ["lo", "hi"].map((end) => `${end}_${side}_${identifier(axis)}`));
  const members = [...ends("q", axes.query), ...ends("k", axes.key), "head", "batch"];
  const comment = "// First and last position, per axis, of the query tile and of the key box in hand.";
  return `${comment}\n${dialect.struct(
    "Box",
    members.map((name) => [name, "i32"]),
  )}`;
}

/** Statements that return, for each region, one of several expressions; equal ones share a case, the last is the default. */
export function returnByRegion(dialect: Dialect, bodies: readonly string[]): string {
  const [only, ...others] = new Set(bodies);
  if (others.length === 0) return `  return ${only};`;
  const cases = [...new Set(bodies)].map((body) => {
    const regions = bodies.flatMap((other, i) => (other === body ? [i] : []));
    const label = body === bodies.at(-1) ? "default" : dialect.caseOf(regions);
    return `    ${label}: {\n      return ${body};\n    }`;
  });
  return `  ${dialect.switchOn("region")}\n${cases.join("\n")}\n  }`;
}

/** A function of the box that chooses by region where there are several. */
const perRegion = (
  dialect: Dialect,
  name: string,
  type: "i32" | "bool",
  comment: string,
  bodies: readonly string[],
): string => {
  const parameters = [["region", "i32"] as const, ["at", "Box"] as const];
  return `// ${comment}\n${dialect.fn(name, parameters, type, returnByRegion(dialect, bodies))}`;
};

export const axisLoops = (regions: readonly Region[], depth: number) =>
  regions.map((region) => region.loops[depth] as Loop);
export const isTrue = (bodies: readonly Expr[]) => bodies.every((body) => body === TRUE);

/** The functions that the nest calls. */
export function emitLoopFunctions(dialect: Dialect, plan: AttentionPlan): string {
  const { regions } = plan.forward;
  const names = tileNames(dialect, plan);
  const text = (e: Expr) => spell(dialect, e, names);
  const functions: string[] = [];
  const guards = regions.map((region) => region.guard);
  if (!isTrue(guards)) {
    functions.push(
      perRegion(
        dialect,
        "enters",
        "bool",
        "False only where the query tile has no pair in the region.",
        guards.map(text),
      ),
    );
  }
  for (const [depth, axis] of plan.pattern.axes.key.entries()) {
    const loops = axisLoops(regions, depth);
    const id = identifier(axis);
    functions.push(
      perRegion(
        dialect,
        `first_${id}`,
        "i32",
        `First ${axis} of a key that the query tile can see.`,
        loops.map((loop) => text(loop.lower)),
      ),
    );
    functions.push(
      perRegion(
        dialect,
        `last_${id}`,
        "i32",
        `Last ${axis} of such a key.`,
        loops.map((loop) => text(loop.upper)),
      ),
    );
    if (loops.some((loop) => loop.residue)) {
      functions.push(
        perRegion(
          dialect,
          `step_${id}`,
          "i32",
          `Distance of neighbouring ${axis} positions.`,
          loops.map((loop) => text(loop.step)),
        ),
      );
      const residues = loops.map((loop) => text(loop.residue ?? int(0)));
      functions.push(
        perRegion(dialect, `residue_${id}`, "i32", `Visited ${axis} are congruent to this modulo the step.`, residues),
      );
    }
    const lives = loops.map((loop) => loop.live);
    if (!isTrue(lives)) {
      functions.push(
        perRegion(dialect, `live_${id}`, "bool", "False only where no pair of tile and box attends.", lives.map(text)),
      );
    }
  }
  functions.push(
    perRegion(
      dialect,
      "full",
      "bool",
      "True only where every pair of tile and box attends.",
      regions.map((region) => text(region.full)),
    ),
  );
  return [...domainEnds(dialect, plan, functions.join("\n")), ...functions].join("\n\n");
}

/** Last position that an operand holds, per axis, where a bound reads it. */
function domainEnds(dialect: Dialect, { pattern: { axes } }: AttentionPlan, text: string): string[] {
  const sides = [["q", axes.query] as const, ["k", axes.key] as const];
  return sides.flatMap(([side, names]) =>
    names.map(identifier).flatMap((axis) => {
      const name = `domain_end_${side}_${axis}`;
      const body = `u.origin_${side}_${axis} + u.extent_${side}_${axis} - 1`;
      return text.includes(dialect.call(name)) ? [dialect.fn(name, [], "i32", `  return ${body};`)] : [];
    }),
  );
}

/** Whether the positions of a box may be more than 1 apart along a key axis. */
export const hasLattice = (plan: AttentionPlan, depth: number): boolean =>
  axisLoops(plan.forward.regions, depth).some((loop) => loop.residue);
