/** The conformance suite as tests of one backend. */
import { afterAll, describe, expect, it } from "vitest";
import { FULL, groups, type Share } from "./cases.js";
import { SEED } from "./random.js";
import { createReport } from "./report.js";
import { type Backend, runCase } from "./run.js";

const HOUR = 3_600_000;

/** `backend` is asked for when the tests run, since a device has to be opened first; `share` leaves cases out. */
export function conformanceSuite(name: string, backend: () => Backend, share?: Share): void {
  const report = createReport();
  describe(`conformance of ${name}`, () => {
    afterAll(() => console.log(report.text(`${name}, seed ${SEED}: worst errors against float64`)));
    it.each(groups(share))(
      "$title",
      async ({ cases }) => {
        for (const each of cases) {
          const outcome = await runCase(backend(), each);
          report.add(each.variant, outcome);
          expect(outcome.faults, JSON.stringify(each)).toEqual([]);
          const isBlind = each.sizes === "blind queries" && each.offsets === "none" && each.variant !== "dense";
          if (isBlind && each.params !== "wide") expect(outcome.blind).toBeGreaterThan(0);
        }
      },
      FULL ? HOUR : undefined,
    );
  });
}
