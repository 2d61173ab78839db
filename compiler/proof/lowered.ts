/** Makes a counterexample small: lowers one number after another for as long as the claim still fails. */
import type { Environment } from "../ir/evaluate.js";

/** Numbers up to this size are all tried; a larger one is halved first. */
const NEAR = 64;

/** Numbers nearer to 0 than the given one, the nearest first. */
function nearerToZero(value: number): number[] {
  const size = Math.abs(value);
  const small = Array.from({ length: Math.min(Math.ceil(size), NEAR) }, (_, i) => (value < 0 && i > 0 ? -i : i));
  return size > NEAR ? [...small, Math.trunc(value / 2)] : small;
}

/**
 * Values of the same variables, none farther from 0, for which `fails` is still true. Those whose names `keep` accepts
 * stay as they are.
 */
export function lowered(
  given: Environment,
  fails: (values: Environment) => boolean,
  keep: (name: string) => boolean,
): Environment {
  let values = given;
  let changed = true;
  while (changed) {
    changed = false;
    for (const name of Object.keys(given).filter((each) => !keep(each))) {
      const found = nearerToZero(values[name] as number)
        .map((value) => ({ ...values, [name]: value }))
        .find(fails);
      if (found) [values, changed] = [found, true];
    }
  }
  return values;
}
