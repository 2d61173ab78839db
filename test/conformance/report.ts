/** The worst errors of a run per variant, beside those of the plain float32 program: a table for the log. */
import type { Errors, Outcome } from "./run.js";

export interface Report {
  add(variant: string, outcome: Outcome): void;
  /** One line per variant. Errors are absolute; `used` is the part of the allowance that the worst case used. */
  text(title: string): string;
}

const worse = (a: Errors | undefined, b: Errors): Errors => ({
  backend: Math.max(a?.backend ?? 0, b.backend),
  plain: Math.max(a?.plain ?? 0, b.plain),
  size: Math.max(a?.size ?? 0, b.size),
  used: Math.max(a?.used ?? 0, b.used),
});

const short = (x: number) => x.toExponential(1).padStart(9);
const percent = (x: number) => `${Math.round(100 * x)} %`.padStart(6);

export function createReport(): Report {
  const rows = new Map<string, { cases: number; blind: number; output: Errors; lse: Errors }>();
  return {
    add(variant, { output, lse, blind }) {
      const row = rows.get(variant);
      rows.set(variant, {
        cases: (row?.cases ?? 0) + 1,
        blind: (row?.blind ?? 0) + blind,
        output: worse(row?.output, output),
        lse: worse(row?.lse, lse),
      });
    },
    text(title) {
      const head = `${"variant".padEnd(15)} cases  blind   output    plain   used       lse    plain   used`;
      const lines = [...rows].map(([variant, { cases, blind, output, lse }]) => {
        const errors = [output, lse].map((each) => `${short(each.backend)}${short(each.plain)} ${percent(each.used)}`);
        return `${variant.padEnd(15)}${String(cases).padStart(6)}${String(blind).padStart(7)}${errors.join(" ")}`;
      });
      return [title, head, ...lines].join("\n");
    },
  };
}
