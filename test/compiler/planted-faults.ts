/** Every planted fault, in the order of the compiler's files. */
import type { Fault } from "./faults/fault.js";
import { faultsInBounds } from "./faults/in-bounds.js";
import { faultsInConditions } from "./faults/in-conditions.js";
import { faultsInLoops } from "./faults/in-loops.js";
import { faultsInRows } from "./faults/in-rows.js";

export const faults: readonly Fault[] = [...faultsInConditions, ...faultsInBounds, ...faultsInLoops, ...faultsInRows];
