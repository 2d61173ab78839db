/** What the launcher would refuse of a grid, params and tables, before there is a device. */
import { manifestOf } from "../backends/artefact/manifest.js";
import type { AttentionPlan } from "../compiler/plan/plan.js";
import type { ScheduleInput } from "../compiler/schedule/choose.js";
import type { Problem } from "../runtime/launcher/messages.js";
import type { TableArray } from "./operands.js";
import { problemsOf } from "./show/checks.js";
import { toolVersion } from "./tool.js";

/** A grid with all that decides which pairs attend on it. */
export interface LaunchSetting extends Pick<ScheduleInput, "size"> {
  readonly params: { readonly [name: string]: number };
  readonly tables: { readonly [name: string]: TableArray };
}

/** As far as the tables that are given allow to say. */
export function refusalsOf(plan: AttentionPlan, { size, params, tables }: LaunchSetting): Problem[] {
  const { checks, tables: declared } = manifestOf(plan, [], toolVersion());
  const open = declared.filter(({ name }) => !tables[name]).map(({ name }) => `"${name}"`);
  const checked = {
    tables: declared.filter(({ name }) => tables[name]),
    checks: checks.filter((check) => !open.some((name) => JSON.stringify(check.expression).includes(name))),
  };
  const query = size.q.map(() => 0);
  return problemsOf(plan, { size, params, query, head: 0 }, tables, checked);
}
