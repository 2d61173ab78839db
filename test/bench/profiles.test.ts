/** What `bench/profiles.ts` reports: kinds that are lacking, kernels that failed, times and their ratios. */
import { describe, expect, it } from "vitest";
import type { Grid } from "../../bench/cases.js";
import { type ProfileResults, profileMarkdown, slugOf } from "../../bench/profile-report.js";

const tiles = "1 x 4 x 8 queries, 1 x 2 x 16 keys";
const grid: Grid = [8, 32, 32];
const f32 = { pattern: "dense", dtype: "f32" as const, tiles };
const f16 = { pattern: "dense", dtype: "f16" as const, tiles };
const fine = { error: 1e-7, tolerance: 4e-6 };
const flops = { useful: 2e12, visited: 3e12 };
const where = { grid, flops };
const kind = { onTrial: false, experimental: false };

const results: ProfileResults = {
  ...{ date: "2026-11-22", node: "v20", machine: "a machine, 2 cores", adapter: "Some GPU", software: false },
  ...{ heads: 16, headDim: 64, checkedGrid: [5, 7, 11] },
  kinds: [
    { ...kind, name: "subgroups of 32", dtype: "f32", lacks: "needs the feature 'subgroups'" },
    { ...kind, name: "baseline", dtype: "f32" },
    { ...kind, name: "f16", dtype: "f16", experimental: true },
    { name: "f16-matrices of 16x16x16", dtype: "f16", onTrial: true, experimental: true },
  ],
  checks: [
    { ...f32, kind: "baseline", output: fine, lse: fine, passed: true },
    { ...f32, kind: "baseline", output: { error: 2e-7, tolerance: 4e-6 }, lse: fine, passed: true },
    { ...f16, kind: "f16", output: { error: 0.5, tolerance: 1e-3 }, lse: fine, passed: false },
    { ...f16, kind: "f16-matrices of 16x16x16", passed: false, fault: "WGSL line 3: no such type" },
  ],
  times: [
    {
      ...{ ...f32, ...where, kind: "baseline", milliseconds: 1500, clock: "host", rounds: 3, share: 0.25 },
      timesAsFast: 1,
    },
    { ...f16, ...where, kind: "f16", milliseconds: 12.5, clock: "device", rounds: 9, share: 1, timesAsFast: 120 },
    { ...f16, ...where, kind: "f16-matrices of 16x16x16", fault: "failed its check" },
  ],
};

describe("the report on kinds of kernels", () => {
  it("says what is lacking, what failed, and times", () => {
    expect(`\n${profileMarkdown(results)}`).toMatchInlineSnapshot(`
      "
      # Kinds of kernels on Some GPU

      Written by \`node dist/bench/profiles.js\` on 2026-11-22. a machine, 2 cores; Node v20; adapter Some GPU.

      ## Kinds of kernels

      | kind | dtype | on this adapter |
      | --- | --- | --- |
      | subgroups of 32 | f32 | needs the feature 'subgroups' |
      | baseline | f32 | runs |
      | f16 | f16 | runs, experimental features |
      | f16-matrices of 16x16x16 | f16 | runs, on trial, experimental features |

      ## Errors

      The worst element against the declared function in float64, beside what \`mscc verify\` allows, on 5 x 7 x 11: of the shapes of tiles that are timed below, the worst.

      | pattern | kind | dtype | output | allowed | LSE | allowed |  |
      | --- | --- | --- | --- | --- | --- | --- | --- |
      | dense | baseline | f32 | 2.0e-7 | 4.0e-6 | 1.0e-7 | 4.0e-6 | passed |
      | dense | f16 | f16 | 5.0e-1 | 1.0e-3 | 1.0e-7 | 4.0e-6 | FAILED |
      | dense | f16-matrices of 16x16x16 | f16 | not run |  | not run |  | FAILED |

      f16, f16, dense, 1 x 4 x 8 queries, 1 x 2 x 16 keys: errs by more than is allowed; not timed.

      f16-matrices of 16x16x16, f16, dense, 1 x 4 x 8 queries, 1 x 2 x 16 keys: WGSL line 3: no such type; not timed.

      ## Times

      Medians of warm launches, 16 heads of 64, tiles chosen for the grid; all kinds of a pattern run in turn. Times are by the device's timestamps where no other clock is named: launches of more than a second go in slices, by the clock of the host. A percentage says of how many of its queries a time was made. "Times as fast" is the f32 baseline's time by the own one, the median over the rounds.

      ### 8 x 32 x 32

      | pattern | kind | dtype | ms | useful TFLOP/s | visited TFLOP/s | times as fast | rounds |
      | --- | --- | --- | --- | --- | --- | --- | --- |
      | dense | baseline | f32 | 1,500 (clock of the host, 25.0 %) | 1.33 | 2.00 | 1.00 | 3 |
      | dense | f16 | f16 | 12.5 | 160 | 240 | 120 | 9 |
      | dense | f16-matrices of 16x16x16 | f16 | not timed |  |  |  |  |

      Tiles: dense 1 x 4 x 8 queries, 1 x 2 x 16 keys.

      dense, f16-matrices of 16x16x16, f16: failed its check
      "
    `);
  });

  it("is named after the adapter", () => {
    const names = ["NVIDIA H200", "llvmpipe (LLVM 15.0.6, 256 bits)", "Intel(R) Arc", "()"];
    expect(names.map(slugOf)).toEqual(["nvidia-h200", "llvmpipe", "intel-arc", "adapter"]);
  });
});
