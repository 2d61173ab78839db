/** The variants: each sees what its row of the table of patterns says, and is translated without a word. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { createReader, type ReadResult } from "../../compiler/frontend/read.js";
import { evaluator } from "../../compiler/ir/evaluate.js";
import type { AnyAttention } from "../../dsl/index.js";

const folder = join(import.meta.dirname, "../../dsl/variants");
const names = readdirSync(folder).map((file) => file.replace(/\.ts$/, ""));
const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

interface Space {
  readonly t: number;
  readonly y: number;
  readonly x: number;
}

const within = (q: Space, k: Space, reach: number) => Math.abs(q.y - k.y) <= reach && Math.abs(q.x - k.x) <= reach;
const clamp = (value: number, high: number) => Math.max(0, Math.min(value, high));

type Rule = (q: Space, k: Space, params: { readonly [name: string]: number }, size: Space) => boolean;

/** What a query sees, written anew from the definitions. Patterns of one or two axes use a part of the position. */
const rules: { readonly [variant: string]: Rule } = {
  dense: () => true,
  "frame-causal": (q, k) => k.t <= q.t,
  "local-window": (q, k, { frames = 0, radius = 0 }) => q.t - k.t >= 0 && q.t - k.t < frames && within(q, k, radius),
  "light-cone": (q, k, { frames = 0, radius = 0, speed = 0 }) =>
    k.t <= q.t && k.t > q.t - frames && within(q, k, radius + speed * (q.t - k.t)),
  "strided-frames": (q, k, { stride = 1 }) => k.t <= q.t && (q.t - k.t) % stride === 0,
  "i-frames": (q, k, { gop = 1 }) => k.t === q.t || (k.t < q.t && k.t % gop === 0),
  "i-frames-window": (q, k, params) =>
    (rules["i-frames"] as Rule)(q, k, params, q) || (rules["local-window"] as Rule)(q, k, params, q),
  "sinks-window": (q, k, params) =>
    k.t <= q.t && (k.t < (params.sinks as number) || (rules["local-window"] as Rule)(q, k, params, q)),
  "cross-grid": (q, k, { r = 1, reach = 0 }) =>
    k.t <= q.t &&
    Math.abs(2 * q.y - (2 * r * k.y + r - 1)) <= 2 * reach &&
    Math.abs(2 * q.x - (2 * r * k.x + r - 1)) <= 2 * reach,
  disc: (q, k, { frames = 0, radius = 0 }) =>
    k.t <= q.t && k.t > q.t - frames && Math.hypot(q.y - k.y, q.x - k.x) <= radius + 1e-9,
  "shifted-window": (q, k, { frames = 0, radius = 0 }, size) => {
    const seen = (at: number, of: number, extent: number) => {
      const start = clamp(at - radius, extent - (2 * radius + 1));
      return of >= start && of <= start + 2 * radius;
    };
    return k.t <= q.t && k.t > q.t - frames && seen(q.y, k.y, size.y) && seen(q.x, k.x, size.x);
  },
  alibi: (q, k) => k.t <= q.t,
  "document-mask": (q, k) => k.t <= q.t && Math.floor(q.t / 3) === Math.floor(k.t / 3),
  "soft-cap": (q, k) => k.t <= q.t,
  "relative-bias": (q, k, { radius = 0 }) => within(q, k, radius),
  "noise-aware": (q, k) => k.t <= q.t,
};

const EXTENT = 7;
const position = fc.record({ t: fc.nat(EXTENT - 1), y: fc.nat(EXTENT - 1), x: fc.nat(EXTENT - 1) });
const small = fc.integer({ min: 1, max: 3 });
const cases = fc.record({
  q: position,
  k: position,
  params: fc.record(
    Object.fromEntries(
      "frames radius speed stride gop sinks r reach cap alpha".split(" ").map((name) => [name, small]),
    ),
  ),
});

const reader = createReader(names.map((name) => join(folder, `${name}.ts`)));
const documents = Array.from({ length: EXTENT }, (_, i) => Math.floor(i / 3));

test("every variant has its rule", () => {
  expect(names.sort()).toEqual(Object.keys(rules).sort());
});

describe.each(names)("%s", (name) => {
  let read: ReadResult;
  let declared: AnyAttention;
  beforeAll(async () => {
    read = reader.read(join(folder, `${name}.ts`));
    declared = (await import(`../../dsl/variants/${name}.ts`))[camel(name)];
  });

  test("is one documented export that imports from mscc alone", () => {
    expect(read.diagnostics).toEqual([]);
    expect(read.patterns.map((pattern) => pattern.name)).toEqual([camel(name)]);
    expect(read.patterns[0]?.sentence).toMatch(/^[A-Z].*\.$/);
    expect(read.files).toHaveLength(1);
    const imports = readFileSync(join(folder, `${name}.ts`), "utf8").match(/from ".*"/g);
    expect(imports).toEqual(['from "mscc"']);
  });

  test("sees what it says, as declared and as translated", () => {
    const translated = evaluator((read.patterns[0] as ReadResult["patterns"][number]).attend, {
      document: { shape: [EXTENT], data: documents },
    });
    const size = { t: EXTENT, y: EXTENT, x: EXTENT };
    fc.assert(
      fc.property(cases, ({ q, k, params }) => {
        const expected = (rules[name] as Rule)(q, k, params, size);
        // The one-dimensional patterns call their axis i.
        const [atQ, atK] = [
          { ...q, i: q.t },
          { ...k, i: k.t },
        ];
        const document = (i: number) => documents[i];
        const sizes = { q: { ...size, i: EXTENT }, k: { ...size, i: EXTENT } };
        const at = { q: atQ, k: atK, size: sizes, head: 0, batch: 0, ...params, document };
        expect(declared.attend(at as never)).toBe(expected);
        const flat = Object.entries({ q: atQ, k: atK, "size.q": sizes.q, "size.k": sizes.k }).flatMap(([prefix, at]) =>
          Object.entries(at).map(([axis, value]) => [`${prefix}.${axis}`, value] as const),
        );
        expect(translated({ ...params, ...Object.fromEntries(flat) })).toBe(Number(expected));
      }),
      { numRuns: 300 },
    );
  });
});

test("the shifted window keeps the number of keys", async () => {
  const { shiftedWindow } = await import("../../dsl/variants/shifted-window.js");
  const size = { q: { t: 1, y: 6, x: 9 }, k: { t: 1, y: 6, x: 9 } };
  const range = (n: number) => Array.from({ length: n }, (_, i) => i);
  const positions = range(6).flatMap((y) => range(9).map((x) => ({ t: 0, y, x })));
  const seen = positions.map(
    (q) =>
      positions.filter((k) => shiftedWindow.attend({ q, k, size, head: 0, batch: 0, frames: 1, radius: 2 })).length,
  );
  expect(new Set(seen)).toEqual(new Set([25]));
});

test("scores change the logit as they say", async () => {
  const at = { q: { t: 4, y: 2, x: 3, i: 4 }, k: { t: 1, y: 1, x: 5, i: 1 }, head: 2, batch: 0, s: 1.5 };
  const size = { q: { t: 9, y: 9, x: 9, i: 9 }, k: { t: 9, y: 9, x: 9, i: 9 } };
  const [{ alibi }, { softCap }, { relativeBias }, { noiseAware }] = await Promise.all([
    import("../../dsl/variants/alibi.js"),
    import("../../dsl/variants/soft-cap.js"),
    import("../../dsl/variants/relative-bias.js"),
    import("../../dsl/variants/noise-aware.js"),
  ]);
  expect(alibi.score?.({ ...at, size, slope: (head) => head / 4 })).toBe(1.5 - 0.5 * 3);
  expect(softCap.score?.({ ...at, size, cap: 3 })).toBe(3 * Math.tanh(0.5));
  expect(relativeBias.score?.({ ...at, size, radius: 2, bias: (dy, dx) => 10 * dy + dx })).toBe(1.5 + 30);
  expect(noiseAware.score?.({ ...at, size, alpha: 2, noise: (t) => t / 8 })).toBe(1.25);
});
