/** Small patterns on which planted faults show: each needs a part of the analysis that few others need. */
import type { TileShapes } from "../../../compiler/plan/plan.js";
import { HEAD } from "../../frontend/sources.js";

interface Small {
  readonly axes: string;
  /** Over `q`, `k`, `size`, the params and the tables of every declaration. */
  readonly attend: string;
  readonly tiles: TileShapes;
  /** Over the same names and `s`; by default `s`. */
  readonly score?: string;
}

const line = (attend: string, query = 4, key = 4): Small => ({
  axes: '["i"]',
  attend,
  tiles: { query: [query], key: [key] },
});

const plane = (attend: string, extents: readonly number[] = [4, 4]): Small => ({
  axes: '["t", "x"]',
  attend,
  tiles: { query: extents, key: extents },
});

export const patterns = {
  weighed: { ...line("k.i <= q.i"), score: "s - 0.5 * (q.i - k.i) / m" },
  past: line("k.i <= q.i"),
  far: line("q.i - k.i >= m"),
  band: line("q.i - k.i >= 0 && q.i - k.i < m"),
  around: line("Math.abs(q.i - k.i) <= n"),
  others: line("k.i !== q.i"),
  negated: line("!(k.i < q.i || k.i > q.i + n)"),
  interior: line("k.i < size.k.i - 1"),
  ratio: line("3 * k.i <= 2 * q.i"),
  double: line("2 * k.i >= q.i"),
  multiple: line("m * k.i >= q.i"),
  scaled: line("k.i <= 8 + c * q.i"),
  limit: line("k.i + c >= q.i && c * q.i <= 8"),
  away: line("Math.abs(q.i - k.i + c) >= 2"),
  root: line("(q.i - k.i) ** 2 <= n"),
  blocks: line("Math.floor(k.i / m) <= Math.floor(q.i / m)"),
  halves: line("Math.trunc((k.i - q.i) / 2) >= 0"),
  backwards: line("Math.floor(k.i / -2) >= -q.i"),
  quotient: line("Math.floor(k.i / (c - 3)) <= q.i"),
  negativeQuotient: line("Math.floor((q.i - k.i + c) / down) <= 3"),
  negativeTruncation: line("Math.trunc((q.i - k.i + c) / down) <= 3"),
  shifted: line("k.i >> few <= q.i"),
  unsigned: line("(q.i - k.i) >>> few <= n"),
  bits: line("(k.i & 3) <= q.i"),
  products: line("(bounded(q.i) - 1) * (k.i - 5) <= n"),
  documents: line("rising(q.i) === rising(k.i)"),
  reaches: line("Math.abs(q.i - k.i) <= bounded(k.i)"),
  unsorted: line("bounded(k.i) <= q.i"),
  wild: line("Math.max(wild(k.i), k.i) + k.i <= q.i"),
  inwards: line("k.i >= Math.max(0, Math.min(q.i - n, size.k.i - (2 * n + 1)))"),
  clamped: line("Math.min(k.i, n) >= q.i"),
  larger: line("Math.max(k.i, n) >= q.i"),
  lesser: line("Math.min(k.i, k.i - n) <= q.i"),
  chosen: line("k.i <= (k.i < n ? q.i : q.i + n)"),
  either: line("q.i < n ? k.i <= n : k.i >= q.i"),
  own: line("k.i === q.i || (k.i <= q.i && k.i % 3 === 0)"),
  self: line("k.i === q.i || k.i + n < q.i"),
  ahead: line("k.i === q.i || k.i > q.i + m || (q.i - k.i >= m && q.i - k.i <= n)"),
  sinks: line("q.i - k.i >= 0 && (k.i < n || q.i - k.i < m)"),
  threefold: line("k.i <= n || Math.abs(q.i - k.i) <= m || q.i <= n"),
  lattice: line("k.i <= q.i && (q.i - k.i) % m === 0", 1),
  strides: line("k.i <= q.i && (q.i - k.i) % 3 === 0"),
  places: line("k.i % 5 === 2"),
  downward: line("k.i % down === 0"),
  modulus: line("k.i % (c - 3) <= q.i"),
  remainders: line("k.i % 5 <= n"),
  choices: line("k.i % 5 < n || q.i % 5 < n"),
  signs: line("k.i <= q.i || c % m >= 0"),
  smaller: line("k.i <= q.i || Math.min(n, c) + n >= 0"),
  signed: line("k.i <= q.i || n * c >= 0"),
  lonely: line("k.i < q.i || size.k.i > 1", 1, 1),
  inside: line("k.i >= n && k.i >= q.i - m && k.i <= 3 * n && k.i <= q.i + m"),
  twoGrids: { ...line("k.i + q.i < size.k.i"), axes: '{ query: ["i"], key: ["i"] }' },
  cone: plane("q.t - k.t >= 0 && q.t - k.t < m && Math.abs(q.x - k.x) <= n + few * (q.t - k.t)", [1, 4]),
  diamond: plane("Math.abs(q.t - k.t) + Math.abs(q.x - k.x) <= n", [1, 4]),
  taxi: plane("n * Math.abs(q.t - k.t) + Math.abs(q.x - k.x) <= m", [1, 4]),
  planeSinks: plane("k.t <= q.t && (k.x < n || Math.abs(q.t - k.t) <= m)", [1, 4]),
  slope: plane("k.t <= q.t && k.x <= q.x + k.t"),
  future: plane("k.t >= q.t && k.x <= q.t"),
  wake: plane("k.t <= q.t && k.x >= q.x + n * (q.t - k.t)"),
  drifting: plane("k.t - q.t <= n && k.x <= q.x + k.t - q.t"),
  between: plane("2 * k.x >= q.x + n && 3 * k.x <= q.t + m"),
  bothWays: plane("q.t - k.t >= n && q.t - 2 * k.t <= m"),
  cloud: plane("wild(k.t) + k.x <= q.x"),
} satisfies { readonly [name: string]: Small };

export type PatternName = keyof typeof patterns;

/** The declaration of a pattern: natural `n`, positive `m`, any `c`, a `few`, negative `down`, and three tables. */
export function sourceOf(name: PatternName): string {
  const { axes, attend, score = "s" }: Small = patterns[name];
  const along = axes.includes('"i"') ? "i" : "t";
  return `${HEAD}export const ${name} = attention({
  axes: ${axes},
  params: { n: int({ min: 0 }), m: int({ min: 1 }), c: int(), few: int({ min: 0, max: 8 }), down: int({ max: -1 }) },
  tables: {
    rising: table.int("${along}", { sorted: true }),
    bounded: table.int("${along}", { min: 0, max: 3 }),
    wild: table.int("${along}"),
  },
  attend: ({ q, k, size, n, m, c, few, down, rising, bounded, wild }) => ${attend},
  score: ({ s, q, k, size, n, m, c, few, down, rising, bounded, wild }) => ${score},
});
`;
}
