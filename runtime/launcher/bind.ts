/** Checks and prepares a launch of an attention kernel. */
import { check } from "./check.js";
import { scoped } from "./device.js";
import { launchOf } from "./launch.js";
import { LaunchError } from "./messages.js";
import { makeResources, type Prepared } from "./resources.js";
import type { BindOptions, Launch } from "./types.js";

/** @throws LaunchError with every fault; `disposed` is told once. */
export function bindKernel(prepared: Prepared, options: BindOptions, disposed: (launch: Launch) => void): Launch {
  const { name, device, compiled, watch } = prepared;
  const checked = check(compiled, device.limits, options);
  if (checked.problems.length > 0) throw new LaunchError(name, checked.problems);
  const { tiles, splits } = checked;
  const [{ lse, slabs, owned }, found] = scoped(device, () => makeResources(prepared, checked, options));
  const creation = Promise.all([prepared.creation, found]).then((faults) => faults.flat());
  const commands = launchOf({ name, device, watch, pieces: slabs, splits, owned, creation }, () => disposed(launch));
  const launch: Launch = { kernel: name, lse, tiles, slabs: slabs.length, splits, ...commands };
  return launch;
}
