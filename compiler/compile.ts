/** Pattern -> plan: the pipeline, in one readable list. */
import { analyse } from "./analysis/analyse.js";
import { deriveLoops } from "./analysis/loops.js";
import { type Diagnostic, UserError } from "./diagnostics/diagnostic.js";
import { diagnose } from "./diagnostics/messages.js";
import { type Expr, variable } from "./ir/expression.js";
import type { Pattern } from "./plan/pattern.js";
import type { AttentionPlan, LoopNest, TileShapes } from "./plan/plan.js";
import { defaultTiles } from "./schedule/tiles.js";
import type { Target } from "./target.js";

export interface CompileOptions {
  readonly target: Target;
  /** Values of params to compile in, by name; checked by the caller. */
  readonly constants?: ReadonlyMap<string, number>;
  /** Shapes of the tiles; by default the documented ones. */
  readonly tiles?: TileShapes;
}

export interface Compiled {
  readonly plan: AttentionPlan;
  readonly warnings: readonly Diagnostic[];
}

/**
 * Compiles a pattern to a plan. Time and result do not depend on any extent.
 * @throws UserError where the pattern holds for no pair.
 */
export function compileAttention(pattern: Pattern, options: CompileOptions): Compiled {
  const constants = options.constants ?? new Map<string, number>();
  const analysis = analyse(pattern, constants);
  const { verdict, subject } = analysis;
  if (verdict.kind === "never") {
    throw new UserError([diagnose("never-true", { name: pattern.name, reason: verdict.reason }, pattern.place)]);
  }
  const tiles = options.tiles ?? defaultTiles(pattern.axes, options.target);
  const plan: AttentionPlan = {
    pattern,
    constants,
    tiles,
    forward: asDeclared(deriveLoops(subject, tiles, "query-tile"), analysis.attend),
    backward: asDeclared(deriveLoops(subject, tiles, "key-tile"), analysis.attend),
    score: analysis.score ?? variable("s", "float"),
    dense: verdict.kind === "always",
  };
  const warnings = plan.dense ? [diagnose("always-true", { name: pattern.name }, pattern.place)] : [];
  return { plan, warnings };
}

/** A pattern of one region is tested as it was declared, which reads better than its normal form. */
function asDeclared(nest: LoopNest, attend: Expr): LoopNest {
  const [region, ...more] = nest.regions;
  return region && more.length === 0 ? { ...nest, regions: [{ ...region, attend }] } : nest;
}
