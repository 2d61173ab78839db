/** Scores computed on the device: the same bits as the IR's meaning where it is exact, close to JavaScript's where it is not. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { wgslTarget } from "../../backends/wgsl/index.js";
import { compileAttention } from "../../compiler/compile.js";
import { createReader } from "../../compiler/frontend/read.js";
import { print } from "../../compiler/ir/print.js";
import type { AttentionPlan } from "../../compiler/plan/plan.js";
import { type Gpu, openGpu, runAttention } from "../../runtime/index.js";
import { halvesOf, scorePattern, scoreScene } from "../conformance/expressions.js";
import { OPERATORS, operators } from "../conformance/fixtures/operators.js";
import { kernelOf } from "../conformance/on-gpu.js";
import { generator, SEED, seedOf } from "../conformance/random.js";
import { exactly, floatExpressions, intExpressions } from "../conformance/random-expressions.js";
import type { Scene } from "../conformance/scene.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

const COUNT = 384;

/** The scores of every head, `[head][position]`. What integers may overflow is not asked of the launcher. */
async function scoresOf(plan: AttentionPlan, scene: Scene): Promise<Float32Array[]> {
  const { manifest, kernel, code } = kernelOf(plan, 1, 1);
  const tensor = ({ shape, data }: Scene["q"]) => ({ shape, data: Float32Array.from(data) });
  const input = { ...scene, q: tensor(scene.q), k: tensor(scene.k), v: tensor(scene.v) };
  const { lse } = await runAttention(gpu, { manifest: { ...manifest, checks: [] }, kernel, code }, input);
  return Array.from({ length: lse.length / COUNT }, (_, head) => lse.subarray(head * COUNT, (head + 1) * COUNT));
}

const numbers = (make: (i: number) => number) => ({
  shape: [COUNT],
  data: Float32Array.from({ length: COUNT }, (_, i) => make(i)),
});
const integers = (make: (i: number) => number) => ({
  shape: [COUNT],
  data: Int32Array.from({ length: COUNT }, (_, i) => make(i)),
});

it("operators on integers, comparisons, rounding: the same bits as the IR's meaning", async () => {
  const random = generator(seedOf("expressions"));
  const among = (reach: number) => Math.round(reach * (2 * random() - 1));
  const mixed = (i: number) => among([40, 5, 40, 1000, 2 ** 31 - 1, 70_000][i % 6] as number);
  const quarters = () => among(64) / 4;
  const tables = { a: integers(mixed), b: integers((i) => mixed(i + 1)), x: numbers(quarters), y: numbers(quarters) };
  const s = Float32Array.from({ length: COUNT }, quarters);

  const ints = intExpressions(12, SEED);
  const floats = floatExpressions(12, SEED);
  const scores = [...ints.flatMap(halvesOf), ...floats];
  const { plan } = compileAttention(scorePattern("expressions", scores), { target: wgslTarget });
  const got = await scoresOf(plan, scoreScene(scores.length, s, tables));
  const faults: string[] = [];
  let compared = 0;
  for (const [head, score] of scores.entries()) {
    const value = exactly(score, tables);
    for (let i = 0; i < COUNT; i++) {
      const want = value({ "k.i": i, "q.i": i, s: s[i] as number });
      if (want === undefined) continue;
      compared++;
      const [a, b, x, y] = [tables.a, tables.b, tables.x, tables.y].map((table) => table.data[i]);
      const at = `a = ${a}, b = ${b}, x = ${x}, y = ${y}, s = ${s[i]}`;
      if (got[head]?.[i] !== want) faults.push(`${print(score)} is ${got[head]?.[i]}, not ${want}, at ${at}`);
    }
  }
  console.log(`${process.env.MSCC_DRIVER}, seed ${SEED}: ${scores.length} expressions, ${compared} values compared`);
  expect(faults.slice(0, 5)).toEqual([]);
  expect(compared).toBeGreaterThan((scores.length * COUNT) / 3);
});

/** Values at which functions differ between drivers: halves of either sign, large arguments, small ones. */
function samples() {
  const random = generator(seedOf("operators"));
  const kinds: readonly ((i: number) => number)[] = [
    (i) => (i % 41) - 20.5,
    () => 2 * random() - 1,
    () => 10 * (2 * random() - 1),
    () => 80 * (2 * random() - 1),
    () => 1e4 * (2 * random() - 1),
    () => 10 ** (8 * random() - 6),
    (i) => [200, -200, 0.5, -0.5, 1, -1, 1_048_575.5, -2.5, 1e-5, 1.0001, 0.9999, 9999.5][i % 12] as number,
  ];
  const x = numbers((i) => (kinds[Math.floor(i / 12) % kinds.length] as (i: number) => number)(i));
  const y = numbers((i) => (i % 3 === 0 ? 4 * random() + 0.1 : (i % 11) - 5) || 1);
  return { xs: x, ys: y };
}

it("functions and operators on floats: close to JavaScript's", async () => {
  const file = fileURLToPath(new URL("../conformance/fixtures/operators.ts", import.meta.url));
  const { patterns, diagnostics } = createReader().read(file);
  expect(diagnostics).toEqual([]);
  const tables = samples();
  const [pattern] = patterns;
  const { plan } = compileAttention(pattern as (typeof patterns)[number], { target: wgslTarget });
  const got = await scoresOf(plan, scoreScene(OPERATORS.length, new Float32Array(COUNT), tables));
  const lines: string[] = [];
  const faults: string[] = [];
  for (const [head, [name, relative, absolute, limit = Number.POSITIVE_INFINITY]] of OPERATORS.entries()) {
    let worst = { used: -1, error: 0, text: "" };
    for (let i = 0; i < COUNT; i++) {
      const lookups = { xs: (at: number) => tables.xs.data[at], ys: (at: number) => tables.ys.data[at] };
      const want = operators.score?.({ k: { i }, head, ...lookups } as never) as number;
      // What leaves f32 or has no value is the driver's to choose.
      if (!(Math.abs(want) < 3e38) || (want !== 0 && Math.abs(want) < 2 ** -126)) continue;
      if (Math.abs(tables.xs.data[i] as number) > limit) continue;
      const value = got[head]?.[i] as number;
      const error = Math.abs(value - want);
      const used = error === 0 ? 0 : error / (relative * Math.abs(want) + absolute);
      const text = `${value} for ${want} at x = ${tables.xs.data[i]}, y = ${tables.ys.data[i]}`;
      if (!(used <= worst.used)) worst = { used, error, text };
    }
    lines.push(`${name.padEnd(22)} ${worst.error === 0 ? "exact" : `${worst.error.toExponential(1)}: ${worst.text}`}`);
    if (!(worst.used <= 1)) faults.push(`${name}: ${worst.text}`);
  }
  console.log([`${process.env.MSCC_DRIVER}, seed ${SEED}: worst errors of operators`, ...lines].join("\n"));
  expect(faults).toEqual([]);
});
