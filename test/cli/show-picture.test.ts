/** Pictures as SVG: the whole text of a small one, and that larger ones are well-formed, clean and within their frame. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { expect, it } from "vitest";
import { interestOf, layoutOf, partsOf, rectanglesOf } from "../../cli/show/layout.js";
import { escapeText } from "../../cli/show/svg.js";
import { folderWith, mscc, root } from "./mscc.js";

async function pictureOf(name: string, ...options: readonly string[]): Promise<string> {
  const folder = folderWith({});
  const { code } = await mscc(folder, ["show", join(root, "dsl", "variants", `${name}.ts`), ...options, "-o", "p.svg"]);
  expect(code).toBe(0);
  return readFileSync(join(folder, "p.svg"), "utf8");
}

it("of a small grid", async () => {
  const window = ["--grid", "t=2,y=2,x=3", "--set", "frames=2", "--set", "radius=1"];
  expect(await pictureOf("local-window", ...window)).toMatchInlineSnapshot(`
    "<svg xmlns="http://www.w3.org/2000/svg" width="708" height="427" viewBox="0 0 708 427" font-family="system-ui, Helvetica, Arial, sans-serif" role="img">
    <title>localWindow: A token sees the last \`frames\` frames within \`radius\` tokens of its place.</title>
    <rect x="0" y="0" width="708" height="427" fill="#ffffff"/>
    <text x="24" y="38" font-size="20" fill="#1b1f24" font-weight="bold">localWindow</text>
    <text x="24" y="65" font-size="15" fill="#1b1f24">A token sees the last \`frames\` frames within \`radius\` tokens of its place.</text>
    <text x="24" y="93" font-size="13" fill="#59626d">The grid: one panel for each t, y runs down, x runs to the right.</text>
    <text x="58" y="121" font-size="13" fill="#1b1f24" font-weight="bold">t=0</text>
    <text x="150" y="121" font-size="12" fill="#59626d" text-anchor="end">6 seen</text>
    <path d="M58 129h66v44h-66z" fill="#e69f00"/>
    <path d="M80 129v44M102 129v44M58 151h66" stroke="#ffffff" stroke-width="1"/>
    <path d="M59.5 130.5h63v41h-63z" fill="none" stroke="#0072b2" stroke-width="1.2" stroke-dasharray="3 3"/>
    <text x="69" y="186" font-size="11" fill="#59626d" text-anchor="middle">0</text>
    <text x="113" y="186" font-size="11" fill="#59626d" text-anchor="middle">2</text>
    <text x="91" y="186" font-size="11" fill="#59626d" text-anchor="middle">x</text>
    <text x="52" y="144" font-size="11" fill="#59626d" text-anchor="end">0</text>
    <text x="52" y="166" font-size="11" fill="#59626d" text-anchor="end">1</text>
    <text x="172" y="121" font-size="13" fill="#1b1f24" font-weight="bold">t=1</text>
    <text x="264" y="121" font-size="12" fill="#59626d" text-anchor="end">6 seen</text>
    <path d="M172 129h66v44h-66z" fill="#e69f00"/>
    <path d="M194 129v44M216 129v44M172 151h66" stroke="#ffffff" stroke-width="1"/>
    <path d="M173.5 130.5h63v41h-63z" fill="none" stroke="#0072b2" stroke-width="1.2" stroke-dasharray="3 3"/>
    <path d="M172 129h66v44h-66z" fill="none" stroke="#000000" stroke-width="2"/>
    <rect x="194" y="151" width="22" height="22" fill="none" stroke="#000000" stroke-width="5"/><rect x="194" y="151" width="22" height="22" fill="none" stroke="#ffffff" stroke-width="2"/>
    <text x="183" y="186" font-size="11" fill="#59626d" text-anchor="middle">0</text>
    <text x="227" y="186" font-size="11" fill="#59626d" text-anchor="middle">2</text>
    <text x="205" y="186" font-size="11" fill="#59626d" text-anchor="middle">x</text>
    <rect x="24" y="211" width="14" height="14" fill="#eceef1"/><rect x="26" y="213" width="10" height="10" fill="none" stroke="#000000" stroke-width="5"/><rect x="26" y="213" width="10" height="10" fill="none" stroke="#ffffff" stroke-width="2"/>
    <text x="46" y="223" font-size="13" fill="#1b1f24">the query</text>
    <rect x="128.84" y="211" width="14" height="14" fill="#eceef1"/><path d="M128.84 211h14v14h-14z" fill="none" stroke="#000000" stroke-width="2"/>
    <text x="150.84" y="223" font-size="13" fill="#1b1f24">the queries that are computed together with it</text>
    <rect x="483.8" y="211" width="14" height="14" fill="#e69f00"/>
    <text x="505.8" y="223" font-size="13" fill="#1b1f24">keys that it sees</text>
    <rect x="24" y="235" width="14" height="14" fill="#cbe5f6"/><path d="M25.5 236.5h11v11h-11z" fill="none" stroke="#0072b2" stroke-width="1.2" stroke-dasharray="3 3"/>
    <text x="46" y="247" font-size="13" fill="#1b1f24">visited box in which each pair is tested</text>
    <text x="24" y="277" font-size="13" fill="#59626d">grid</text>
    <text x="88" y="277" font-size="13" fill="#1b1f24">t=2, y=2, x=3</text>
    <text x="24" y="297" font-size="13" fill="#59626d">params</text>
    <text x="88" y="297" font-size="13" fill="#1b1f24">frames=2, radius=1</text>
    <text x="24" y="317" font-size="13" fill="#59626d">query</text>
    <text x="88" y="317" font-size="13" fill="#1b1f24">t=1, y=1, x=1</text>
    <text x="24" y="337" font-size="13" fill="#59626d">sees</text>
    <text x="88" y="337" font-size="13" fill="#1b1f24">12 of 12 keys</text>
    <text x="24" y="357" font-size="13" fill="#59626d">tile</text>
    <text x="88" y="357" font-size="13" fill="#1b1f24">t=1, y=0 to 1, x=0 to 2: the queries that are computed together</text>
    <text x="24" y="377" font-size="13" fill="#59626d">visits</text>
    <text x="88" y="377" font-size="13" fill="#1b1f24">12 keys (100.0 %), in 2 boxes of up to 1 x 4 x 8</text>
    <text x="88" y="397" font-size="13" fill="#1b1f24">in all of them each pair is tested</text>
    </svg>
    "
  `);
});

const cone = ["--set", "frames=4", "--set", "radius=1", "--set", "speed=2"];

it.each([
  ["light-cone", "--grid", "t=8,y=24,x=32", ...cone],
  ["light-cone", "--grid", "t=1,y=1,x=1", ...cone],
  ["light-cone", "--grid", "t=50,y=120,x=200", ...cone],
  ["cross-grid", "--set", "r=2", "--set", "reach=2"],
  ["document-mask", "--grid", "i=10000"],
  ["relative-bias", "--set", "radius=2"],
  ["alibi"],
])("of %s is well-formed, clean and within its frame (%s %s)", async (name, ...options) => {
  const svg = await pictureOf(name, ...options);
  const image = new Resvg(svg, { font: { loadSystemFonts: false } });
  const [, width, height] = /<svg [^>]*width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
  expect([image.width, image.height]).toEqual([Math.ceil(Number(width)), Math.ceil(Number(height))]);
  expect(Number(width)).toBeLessThan(1200);
  expect(Number(height)).toBeLessThan(3000);
  expect(svg).not.toMatch(/NaN|undefined|Infinity|\bid=/);
  const rights = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g)].map(
    ([, x, , w]) => Number(x) + Number(w),
  );
  expect(Math.max(...rights)).toBeLessThanOrEqual(Number(width));
});

const room = { columns: 8, rows: 4, panels: 2, blocks: 2, fold: 4 };

it("shows the part of a large grid that matters", () => {
  const [axes, size] = [
    ["t", "y", "x"],
    [9, 10, 20],
  ];
  const all = layoutOf(axes, size, room, { lo: [0, 0, 0], hi: [8, 9, 19], at: [6, 5, 10] });
  expect([all.from, all.extent]).toEqual([
    [5, 3, 6],
    [2, 4, 8],
  ]);
  const few = layoutOf(axes, size, room, { lo: [7, 0, 15], hi: [8, 1, 19], at: [8, 1, 19] });
  expect([few.from, few.panels]).toEqual([
    [7, 0, 12],
    [[7], [8]],
  ]);
  expect(interestOf([3, 4], (i) => i === 5 || i === 7, [2, 2])).toEqual({ lo: [1, 1], hi: [2, 3], at: [2, 2] });
});

it("folds an axis, and parts of boxes with it", () => {
  const folded = layoutOf(["i"], [30], room, { lo: [13], hi: [14], at: [14] });
  expect([folded.from, folded.rows, folded.columns]).toEqual([[4], 4, 4]);
  expect(partsOf(folded, [], { lo: [6], hi: [13], step: [1] })).toEqual([
    { row: 0, column: 2, rows: 1, columns: 2 },
    { row: 1, column: 0, rows: 1, columns: 4 },
    { row: 2, column: 0, rows: 1, columns: 2 },
  ]);
});

it("shows the positions of a lattice one by one", () => {
  const layout = layoutOf(["y", "x"], [4, 8], room, { lo: [0, 0], hi: [3, 7], at: [0, 0] });
  expect(partsOf(layout, [], { lo: [1, 1], hi: [2, 7], step: [1, 3] })).toEqual(
    [1, 4, 7].map((column) => ({ row: 1, column, rows: 2, columns: 1 })),
  );
});

it("merges cells of one kind", () => {
  const cells = ["aab", "aab", "bb "];
  expect(rectanglesOf({ rows: 3, columns: 3 }, (row, column) => cells[row]?.[column]?.trim() || undefined)).toEqual(
    new Map([
      ["a", [{ row: 0, column: 0, rows: 2, columns: 2 }]],
      [
        "b",
        [
          { row: 0, column: 2, rows: 2, columns: 1 },
          { row: 2, column: 0, rows: 1, columns: 2 },
        ],
      ],
    ]),
  );
});

it("escapes what a sentence may hold", () => {
  expect(escapeText('a < b && "c" > d')).toBe("a &lt; b &amp;&amp; &quot;c&quot; &gt; d");
});
