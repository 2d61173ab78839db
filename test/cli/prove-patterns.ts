/** Patterns to ask `mscc prove` about, and a way to ask with a cache of one's own. */
import { folderWith, mscc } from "./mscc.js";

export const windows = `import { attention, int } from "mscc";

const params = { frames: int({ min: 1 }), radius: int({ min: 0 }) };
const axes = ["t", "y", "x"] as const;

export const near = attention({
  axes,
  params,
  attend: ({ q, k, frames, radius }) =>
    k.t <= q.t && q.t - k.t < frames && Math.abs(q.y - k.y) <= radius && Math.abs(q.x - k.x) <= radius,
});

/** Forgets that the future is hidden. */
export const forgetful = attention({
  axes,
  params,
  attend: ({ q, k, frames, radius }) =>
    q.t - k.t < frames && Math.abs(q.y - k.y) <= radius && Math.abs(q.x - k.x) <= radius,
});

export const future = attention({ axes, attend: ({ q, k }) => k.t > q.t });
export const nothing = attention({ axes, attend: ({ q, k }) => k.t > q.t && q.t > k.t });
`;

const coarse = `import { attention, int } from "mscc";

/** Fine rows see the coarse rows that cover them, but for the last one. */
export const rows = attention({
  axes: { query: ["t", "y"], key: ["t", "z"] },
  params: { r: int({ min: 1 }) },
  attend: ({ q, k, r, size }) => k.t <= q.t && Math.floor(q.y / r) === k.z && q.y < size.q.y - 1,
});
`;

const sequences = `import { attention, float, int, table } from "mscc";

export const steep = attention({
  axes: ["i"],
  params: { alpha: float({ min: 0 }) },
  attend: ({ q, k, alpha }) => (q.i - k.i) * alpha <= 1.5,
});
export const flat = attention({
  axes: ["i"],
  params: { alpha: float({ min: 0 }) },
  attend: ({ q, k, alpha }) => (q.i - k.i) * alpha <= 2.5,
});
export const last = attention({ axes: ["i"], attend: ({ q, k }) => q.i - k.i <= 1 });
export const decay = attention({ axes: ["i"], attend: ({ q, k }) => Math.exp(q.i - k.i) <= 3 });
export const documents = attention({
  axes: ["i"],
  params: { alpha: float({ min: 0, default: 1 }) },
  tables: { document: table.int("i", { min: 0, sorted: true }), bias: table("distance") },
  attend: ({ q, k, document }) => document(q.i) === document(k.i),
  score: ({ s, q, k, alpha, bias }) => s + alpha * bias(Math.abs(q.i - k.i)),
});
export const blocks = attention({
  axes: ["i"],
  params: { alpha: int({ min: 1 }) },
  tables: { document: table("i") },
  attend: ({ q, k, alpha, document }) => document(q.i) === document(k.i) && q.i - k.i < alpha,
});
export const wide = attention({
  axes: ["i"],
  params: { alpha: float({ max: -1 }) },
  attend: ({ q, k, alpha }) => (q.i - k.i) * alpha <= 1.5,
});
export const stated = attention({
  axes: ["i"],
  params: { alpha: int({ min: 1 }) },
  tables: { pair: table("pair", { max: 1, extents: ({ alpha }) => [alpha] }), document: table.int("i") },
  attend: ({ q, k, alpha, pair, document }) => document(q.i) === document(k.i) && pair(q.i % alpha) > 0,
});
export const restated = attention({
  axes: ["i"],
  params: { alpha: int({ min: 1 }) },
  tables: { pair: table("pair", { extents: ({ alpha }) => [alpha + 1] }) },
  attend: ({ q, alpha, pair }) => pair(q.i % alpha) > 0,
});
`;

const heads = `import { attention, table } from "mscc";

export const perHead = attention({
  axes: ["t", "x"],
  tables: { reach: table.int("head", { min: 0, max: 8 }), seen: table.int("t", "x", { min: 0, max: 1 }) },
  attend: ({ q, k, head, batch, reach, seen }) =>
    Math.abs(q.x - k.x) <= reach(head) && seen(k.t, k.x) === 1 && batch % 2 === 1,
});
`;

/** By the names under which the tests know them. */
export const files = { "p.ts": windows, "more/coarse.ts": coarse, "s.ts": sequences, "heads.ts": heads };

/** The times of a run differ. */
const timeless = (text: string) => text.replace(/\b\d+ ms\b/g, "N ms").replace(/("milliseconds": )\d+/g, "$1N");

/** `mscc prove ...argv` in a folder with these files; proofs are kept there. */
export async function prove(argv: readonly string[], folder = folderWith(files)) {
  const env = { ...process.env, MSCC_CACHE: `${folder}/cache` };
  const { code, out, err } = await mscc(folder, ["prove", ...argv], { env });
  return { code, err, out: timeless(out) };
}
