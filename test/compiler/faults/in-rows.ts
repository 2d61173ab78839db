/** Faults in the bounds of rows, by which the kernels mask. */
import { type Fault, faultsIn } from "./fault.js";

export const faultsInRows: readonly Fault[] = faultsIn("compiler/analysis/row-bounds.ts", [
  {
    sentence: "the first key of a row has the wrong sign",
    from: "return { lo: tidy(neg(rest)) };",
    to: "return { lo: tidy(rest) };",
    pattern: "around",
    kind: "tiles",
  },
  {
    sentence: "the last key of a row is a first one",
    from: "? { hi: tidy(rest) }",
    to: "? { lo: tidy(rest) }",
    pattern: "past",
    kind: "tiles",
  },
  {
    sentence: "a coefficient of a key is taken for 1",
    from: "if (term.coefficient === 1)",
    to: "if (term.coefficient >= 1)",
    pattern: "double",
    kind: "tiles",
  },
  {
    sentence: "what holds for the row as a whole is forgotten",
    from: "sees: all(across),",
    to: "sees: all([]),",
    pattern: "cone",
    kind: "tiles",
  },
  {
    sentence: "a bound that is not the innermost axis's alone is dropped",
    from: "return found.length > 0 && found.every((bound) => bound !== undefined) ? found : undefined;",
    to: "return found.filter((bound) => bound !== undefined);",
    pattern: "others",
    kind: "tiles",
  },
  {
    sentence: "of several first keys the least is taken",
    from: "lower: largest(ranges, lows)",
    to: "lower: smallest(ranges, lows)",
    pattern: "inside",
    kind: "tiles",
  },
  {
    sentence: "of several last keys the greatest is taken",
    from: "upper: smallest(ranges, highs)",
    to: "upper: largest(ranges, highs)",
    pattern: "inside",
    kind: "tiles",
  },
]);
