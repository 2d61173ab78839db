/** The derived loops as a reader sees them: whole texts. */
import { expect, test } from "vitest";
import { compileAttention } from "../../compiler/compile.js";
import { createReader } from "../../compiler/frontend/read.js";
import { describeLoops } from "../../compiler/plan/describe.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";

const target = { name: "test", queriesPerTile: 32, keysPerTile: 32 };
const reader = createReader();

function plan(file: string): AttentionPlan {
  const [pattern] = reader.read(`dsl/variants/${file}.ts`).patterns;
  if (!pattern) throw new Error(`no pattern in ${file}`);
  return compileAttention(pattern, { target }).plan;
}

const text = (...args: Parameters<typeof describeLoops>) => `\n${describeLoops(...args).join("\n")}\n`;

test("light cone: loops in closed form", () => {
  expect(text(plan("light-cone"))).toMatchInlineSnapshot(`
    "
    for each tile of 1 x 4 x 8 queries (t, y, x):
      for k.t in max(origin.k.t, q.t.lo + 1 - frames) .. min(last.k.t, q.t.lo)
        for k.y in max(origin.k.y, speed * (k.t.lo - q.t.lo) + q.y.lo - radius) .. min(last.k.y, speed * (q.t.lo - k.t.lo) + q.y.hi + radius), 4 at a time
          for k.x in max(origin.k.x, speed * (k.t.lo - q.t.lo) + q.x.lo - radius) .. min(last.k.x, speed * (q.t.lo - k.t.lo) + q.x.hi + radius), 8 at a time
            every pair attends if k.t.lo <= q.t.lo && q.t.lo + 1 <= frames + k.t.lo && k.t.lo * speed + q.y.hi <= k.y.lo + q.t.lo * speed + radius && k.t.lo * speed + k.y.hi <= q.t.lo * speed + q.y.lo + radius && k.t.lo * speed + q.x.hi <= k.x.lo + q.t.lo * speed + radius && k.t.lo * speed + k.x.hi <= q.t.lo * speed + q.x.lo + radius
            else a pair attends if 0 <= q.t - k.t && q.t - k.t < frames && abs(q.y - k.y) <= radius + speed * (q.t - k.t) && abs(q.x - k.x) <= radius + speed * (q.t - k.t)
    "
  `);
});

test("frame-causal, backward: the queries that see a tile of keys", () => {
  expect(text(plan("frame-causal"), "key-tile")).toMatchInlineSnapshot(`
    "
    for each tile of 1 x 4 x 8 keys (t, y, x):
      for q.t in max(origin.q.t, k.t.lo) .. last.q.t
        for q.y in origin.q.y .. last.q.y, 4 at a time, the whole axis
          for q.x in origin.q.x .. last.q.x, 8 at a time, the whole axis
            every pair attends if k.t.lo <= q.t.lo
            else a pair attends if k.t <= q.t
    "
  `);
});

test("strided frames: a lattice, and whole axes", () => {
  expect(text(plan("strided-frames"))).toMatchInlineSnapshot(`
    "
    for each tile of 1 x 4 x 8 queries (t, y, x):
      for k.t in origin.k.t .. min(last.k.t, q.t.lo), where k.t is congruent to q.t.lo modulo stride
        for k.y in origin.k.y .. last.k.y, 4 at a time, the whole axis
          for k.x in origin.k.x .. last.k.x, 8 at a time, the whole axis
            every pair attends if k.t.lo <= q.t.lo && (q.t.lo - k.t.lo) % stride === 0
            else a pair attends if k.t <= q.t && (q.t - k.t) % stride === 0
    "
  `);
});

test("sinks and a window: regions that share no pair", () => {
  expect(text(plan("sinks-window"))).toMatchInlineSnapshot(`
    "
    for each tile of 1 x 4 x 8 queries (t, y, x):
      region 1 of 2:
        for k.t in origin.k.t .. min(last.k.t, q.t.lo, sinks - 1)
          for k.y in origin.k.y .. last.k.y, 4 at a time, the whole axis
            for k.x in origin.k.x .. last.k.x, 8 at a time, the whole axis
              every pair attends if k.t.lo <= q.t.lo && k.t.lo + 1 <= sinks
              else a pair attends if 0 <= q.t - k.t && k.t < sinks
      region 2 of 2:
        for k.t in max(origin.k.t, q.t.lo + 1 - frames) .. min(last.k.t, q.t.lo), only where q.t.lo < k.t.lo || sinks < k.t.lo + 1
          for k.y in max(origin.k.y, q.y.lo - radius) .. min(last.k.y, q.y.hi + radius), 4 at a time
            for k.x in max(origin.k.x, q.x.lo - radius) .. min(last.k.x, q.x.hi + radius), 8 at a time
              every pair attends if k.t.lo <= q.t.lo && q.t.lo + 1 <= frames + k.t.lo && q.y.hi <= k.y.lo + radius && k.y.hi <= q.y.lo + radius && q.x.hi <= k.x.lo + radius && k.x.hi <= q.x.lo + radius && (q.t.lo < k.t.lo || sinks < k.t.lo + 1)
              else a pair attends if 0 <= q.t - k.t && q.t - k.t < frames && q.y - k.y <= radius && -(q.y - k.y) <= radius && q.x - k.x <= radius && -(q.x - k.x) <= radius && (q.t - k.t < 0 || sinks <= k.t)
    "
  `);
});

test("dense: nothing is tested", () => {
  expect(text(plan("dense"))).toMatchInlineSnapshot(`
    "
    for each tile of 1 x 4 x 8 queries (t, y, x):
      for k.t in origin.k.t .. last.k.t, the whole axis
        for k.y in origin.k.y .. last.k.y, 4 at a time, the whole axis
          for k.x in origin.k.x .. last.k.x, 8 at a time, the whole axis
            every pair attends
    "
  `);
});
