/** What `npm run bench` stands on: the float64 rows, the mask, the model of the peer, the fit, and what the report says. */
import { describe, expect, it } from "vitest";
import { CASES, type Case, CONE, DENSE, DIM, type Grid, HEADS, positionOf, tokensOf } from "../../bench/cases.js";
import { denseMask, errorOf, randomInputs, sampledTokens } from "../../bench/exact.js";
import { slopeOf } from "../../bench/growth.js";
import { attentionModel, copyModel } from "../../bench/onnx-model.js";
import { markdown, type Results } from "../../bench/report.js";
import { reference } from "../../dsl/index.js";
import { lightCone } from "../../dsl/variants/light-cone.js";

const grid: Grid = [3, 5, 4];
const tokens = tokensOf(grid);

describe("the truth", () => {
  it("samples tokens that are spread, the first and the last among them", () => {
    expect([sampledTokens(1).length, sampledTokens(48), new Set(sampledTokens(8192)).size]).toEqual([
      1,
      Array.from({ length: 48 }, (_, i) => i),
      48,
    ]);
    expect([sampledTokens(8192)[0], sampledTokens(8192).at(-1)]).toEqual([0, 8191]);
  });

  it("is the reference of the language", () => {
    const inputs = randomInputs(tokens);
    const heads = (data: Float32Array) => {
      const shape = [1, HEADS, ...grid, DIM];
      const at = (i: number) => {
        const [dim, token, head] = [i % DIM, Math.floor(i / DIM) % tokens, Math.floor(i / DIM / tokens)];
        return data[(token * HEADS + head) * DIM + dim] as number;
      };
      return { shape, data: Float32Array.from({ length: data.length }, (_, i) => at(i)) };
    };
    const { q, k, v } = inputs;
    const want = reference(lightCone, { q: heads(q), k: heads(k), v: heads(v), params: CONE.params });
    const output = Float32Array.from({ length: q.length }, (_, i) => {
      const [dim, head, token] = [i % DIM, Math.floor(i / DIM) % HEADS, Math.floor(i / DIM / HEADS)];
      return want.output[(head * tokens + token) * DIM + dim] as number;
    });
    const error = errorOf(CONE, grid, inputs);
    expect(error(output)).toBeLessThan(1e-7);
    output[DIM] = Number.NaN;
    expect(error(output)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each(CASES.map((of) => [of.title, of] as const))("makes the mask of %s from its function", (_, of: Case) => {
    const mask = denseMask(of, grid);
    const seen = mask.reduce((so, each) => so + (each === 0 ? 1 : 0), 0);
    expect(of === DENSE ? seen : 0).toBe(of === DENSE ? tokens * tokens : 0);
    for (const [q, k] of [
      [0, 0],
      [17, 3],
      [59, 58],
      [3, 17],
    ] as const) {
      expect(mask[q * tokens + k] === 0).toBe(of.attends(positionOf(q, grid), positionOf(k, grid)));
    }
  });
});

/** The fields of a protobuf message: varints as numbers, the rest as bytes. */
function fieldsOf(bytes: Uint8Array): (readonly [field: number, value: number | Uint8Array])[] {
  const fields: (readonly [number, number | Uint8Array])[] = [];
  let at = 0;
  const varint = () => {
    let [value, factor] = [0, 1];
    for (;;) {
      const byte = bytes[at++] as number;
      value += (byte & 127) * factor;
      factor *= 128;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const length = varint();
    const value = key % 8 === 0 ? length : bytes.subarray(at, at + length);
    if (key % 8 === 2) at += length;
    fields.push([key >> 3, value]);
  }
  return fields;
}
const inside = (bytes: Uint8Array, field: number) =>
  fieldsOf(bytes).flatMap(([own, value]) => (own === field && typeof value !== "number" ? [value] : []));
const textsIn = (bytes: Uint8Array, field: number) =>
  inside(bytes, field).map((each) => new TextDecoder().decode(each));

describe("the peer's model", () => {
  it("is one node of attention, with a mask where there is one", () => {
    const [graph] = inside(attentionModel(4096, 2, 64, true), 7);
    const [node] = inside(graph as Uint8Array, 1);
    expect(textsIn(node as Uint8Array, 1)).toEqual(["query", "key", "value", "", "", "attention_bias"]);
    expect([textsIn(node as Uint8Array, 4), textsIn(node as Uint8Array, 7)]).toEqual([
      ["MultiHeadAttention"],
      ["com.microsoft"],
    ]);
    const inputs = inside(graph as Uint8Array, 11);
    expect(inputs.map((each) => textsIn(each, 1)[0])).toEqual(["query", "key", "value", "attention_bias"]);
    const [type] = inside(inputs[3] as Uint8Array, 2);
    const [tensor] = inside(type as Uint8Array, 1);
    const [shape] = inside(tensor as Uint8Array, 2);
    expect(inside(shape as Uint8Array, 1).map((each) => fieldsOf(each)[0]?.[1])).toEqual([1, 1, 4096, 4096]);
    const [plain] = inside(attentionModel(16, 2, 64, false), 7);
    expect(inside(plain as Uint8Array, 11)).toHaveLength(3);
    expect(textsIn(inside(inside(copyModel([3]), 7)[0] as Uint8Array, 1)[0] as Uint8Array, 4)).toEqual(["Identity"]);
  });
});

it("fits the power of a growth", () => {
  const points = [2048, 8192, 131072].map((n) => [n, 3 * n ** 1.25] as const);
  expect(slopeOf(points)).toBeCloseTo(1.25, 12);
});

const about = {
  ...{ date: "2026-11-22", node: "v20", machine: "a machine, 2 cores", adapter: "an adapter", profile: "subgroups" },
  ...{ dtype: "f32" as const, heads: 2, headDim: 64, largestBinding: 2 ** 27 },
};
const row = {
  ...{ pattern: "light cone", params: { frames: 3 }, grid: [8, 32, 32] as Grid, tokens: 8192, rounds: 3 },
  milliseconds: { own: 200, dense: 4000, peer: 3000 },
  timesOfOwn: { dense: 20, peer: 15 },
  flops: { useful: 0.4e9, visited: 1.6e9, dense: 34.4e9 },
  error: { own: 1e-7, peer: 2e-3, peerOnCpu: 1e-7 },
  mask: { bytes: 2 ** 28, milliseconds: 900 },
};

describe("the report", () => {
  it("shows every part", () => {
    const results: Results = {
      ...about,
      peer: "a peer 1.0",
      kernels: [row],
      growth: [
        {
          ...{ pattern: "window", params: { frames: 3 }, rounds: 3, slope: 1.01, slopeOfFlops: 1.02 },
          rows: [
            {
              ...{ grid: [8, 16, 16], tokens: 2048, milliseconds: 20, millisecondsPerThousandTokens: 9.77 },
              ...{ flops: { useful: 1e8, visited: 3e8 }, error: 1e-7, maskBytes: 2 ** 24 },
            },
          ],
        },
      ],
      masks: [{ grid: [20, 32, 32], tokens: 20480, bytes: 4 * 20480 ** 2, error: "too many\nbindings" }],
      cold: [
        {
          ...{ driver: "lavapipe", adapter: "an adapter", profile: "baseline", load: 50, open: 90, compile: 800 },
          ...{ shader: 2000, run: 90, total: 3030 },
        },
        { driver: "swiftshader", profile: "baseline", error: "ended with exit code 1: no" },
      ],
    };
    expect(`\n${markdown(results)}`).toMatchInlineSnapshot(`
      "
      # Benchmarks

      Written by \`npm run bench\` on 2026-11-22. a machine, 2 cores; Node v20; adapter an adapter.
      mscc, profile subgroups, beside a peer 1.0, in one process on one driver; float32, 2 heads of 64.

      - light cone, 8 x 32 x 32: a peer 1.0 with a dense mask takes 15.0 times as long as mscc
      - window, 2,048 to 2,048 tokens: time grows as tokens to the power of 1.010

      ## Patterns on a ladder of grids

      Medians of rounds in which mscc and its own dense attention and a peer 1.0 (below "peer") ran in turn; ratios are medians over the rounds, above 1 where mscc is faster.
      All read float32 inputs of the layout [token, head, dim] that stay on the device, and each time ends when the output is in the host's memory.
      Errors are the largest differences from float64, over the rows of 48 tokens.
      The peer is given a dense mask for every pattern but dense, which stays on the device too and is not counted; its GFLOP/s are of all pairs.

      | pattern | grid | tokens | mscc ms | mscc dense ms | peer ms | mscc dense / mscc | peer / mscc | useful GFLOP | visited GFLOP | useful GFLOP/s | visited GFLOP/s | peer GFLOP/s | error mscc | error peer | peer's mask | rounds |
      | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
      | light cone | 8 x 32 x 32 | 8,192 | 200 | 4,000 | 3,000 | 20.0 | 15.0 | 0.400 | 1.60 | 2.00 | 8.00 | 11.5 | 1.0e-7 | 2.0e-3 | 256 MiB | 3 |

      The output of a peer 1.0 on this adapter is wrong, by up to 2.0e-3: more than rounding. Its CPU provider, given the same models and inputs, errs by at most 1.0e-7. Its times are shown all the same, as those of a kernel that visits all pairs.

      ## Growth with the number of tokens

      window (frames 3): time grows as tokens to the power of 1.010, what is computed to the power of 1.020; medians of 3 rounds.

      | grid | tokens | ms | ms per 1,000 tokens | useful GFLOP | visited GFLOP | error | a dense mask |
      | --- | --- | --- | --- | --- | --- | --- | --- |
      | 8 x 16 x 16 | 2,048 | 20.0 | 9.77 | 0.100 | 0.300 | 1.0e-7 | 16 MiB |

      ## The peer's dense mask

      A binding of this adapter holds at most 128 MiB; the peer binds a larger mask in several parts, as long as there are bindings left.

      20 x 32 x 32, 20,480 tokens, a mask of 1.6 GiB: \`too many bindings\`

      ## Cold start

      From nothing loaded to the first result of a light cone on 4 x 16 x 16, in a process of its own, without a shader cache. The shader's time is that of the first run without what a second one takes.

      | driver | profile | total | load mscc | open adapter | pattern to WGSL | shader | run |
      | --- | --- | --- | --- | --- | --- | --- | --- |
      | lavapipe | baseline | 3.03 s | 0.0500 s | 0.0900 s | 0.800 s | 2.00 s | 0.0900 s |
      | swiftshader | baseline | failed: ended with exit code 1: no |  |  |  |  |  |
      "
    `);
  });

  it("marks what was not measured, and what was refused", () => {
    const { mask: _, ...rest } = row;
    const alone = { ...rest, milliseconds: { own: 200, dense: 4000 }, timesOfOwn: { dense: 20 }, error: { own: 1e-7 } };
    const results = { ...about, peerAbsent: "npm ci failed", kernels: [alone, { ...alone, peerFault: "no room" }] };
    expect(`\n${markdown(results)}`).toMatchInlineSnapshot(`
      "
      # Benchmarks

      Written by \`npm run bench\` on 2026-11-22. a machine, 2 cores; Node v20; adapter an adapter.
      mscc, profile subgroups, alone, since there is no peer (npm ci failed), in one process on one driver; float32, 2 heads of 64.

      ## Patterns on a ladder of grids

      Medians of rounds in which mscc and its own dense attention ran in turn; ratios are medians over the rounds, above 1 where mscc is faster.
      All read float32 inputs of the layout [token, head, dim] that stay on the device, and each time ends when the output is in the host's memory.
      Errors are the largest differences from float64, over the rows of 48 tokens.

      | pattern | grid | tokens | mscc ms | mscc dense ms | peer ms | mscc dense / mscc | peer / mscc | useful GFLOP | visited GFLOP | useful GFLOP/s | visited GFLOP/s | peer GFLOP/s | error mscc | error peer | peer's mask | rounds |
      | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
      | light cone | 8 x 32 x 32 | 8,192 | 200 | 4,000 | not measured | 20.0 | not measured | 0.400 | 1.60 | 2.00 | 8.00 | not measured | 1.0e-7 | not measured | none | 3 |
      | light cone | 8 x 32 x 32 | 8,192 | 200 | 4,000 | refused | 20.0 | not measured | 0.400 | 1.60 | 2.00 | 8.00 | not measured | 1.0e-7 | not measured | none | 3 |

      light cone on 8 x 32 x 32, refused by the peer: no room
      "
    `);
  });
});
