/** Pictures in characters: whole drawings of variants on small grids, colours, and parts of large grids. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { folderWith, mscc, recorder, root } from "./mscc.js";

const scales = `import { attention } from "mscc";

/** A token sees the even columns of its scale and of the one before. */
export const scales = attention({
  axes: ["s", "t", "y", "x"],
  attend: ({ q, k }) => q.s >= k.s && q.s - k.s <= 1 && k.x % 2 === 0,
});
`;

const variant = (name: string) => join("dsl", "variants", `${name}.ts`);

async function shown(name: string, ...options: readonly string[]): Promise<string> {
  const { code, out, err } = await mscc(root, ["show", variant(name), ...options]);
  expect([err, code]).toEqual(["", 0]);
  return `\n${out}`;
}

it("of a light cone has frames side by side", async () => {
  const cone = ["--grid", "t=4,y=7,x=12", "--set", "frames=3", "--set", "radius=0", "--set", "speed=1"];
  expect(await shown("light-cone", ...cone)).toMatchInlineSnapshot(`
    "
    lightCone: A token sees its past light cone: reach grows by \`speed\` tokens per frame of age.

      grid    t=4, y=7, x=12
      params  frames=3, radius=0, speed=1
      query   t=2, y=3, x=6
      sees    35 of 336 keys
      tile    t=2, y=0 to 3, x=0 to 7: the queries that are computed together
      visits  137 keys (40.8 %), in 9 boxes of up to 1 x 4 x 8
              in all of them each pair is tested

    The grid: one panel for each t, y runs down, x runs to the right.

       t=0                         t=1                         t=2
       - - - - - - - - - - . .     - - - - - - - - - . . .    [- - - - - - - -]. . . .
       - - - - + + + + + - . .     - - - - - - - - - . . .    [- - - - - - - -]. . . .
       - - - - + + + + + - . .     - - - - - + + + - . . .    [- - - - - - - -]. . . .
       - - - - + + + + + - . .     - - - - - + + + - . . .    [- - - - - - Q -]. . . .
       - - - - + + + + + - . .     - - - - - + + + - . . .     . . . . . . . . . . . .
       - - - - + + + + + - . .     . . . . . . . . . . . .     . . . . . . . . . . . .
       . . . . . . . . . . . .     . . . . . . . . . . . .     . . . . . . . . . . . .

       t=3
       . . . . . . . . . . . .
       . . . . . . . . . . . .
       . . . . . . . . . . . .
       . . . . . . . . . . . .
       . . . . . . . . . . . .
       . . . . . . . . . . . .
       . . . . . . . . . . . .

      Q    the query, which sees its own place
      [ ]  the queries that are computed together with it: its tile
      +    keys that it sees, in a box where each pair is tested
      -    keys that its tile visits, and that it does not see
      .    keys that are not visited
    "
  `);
});

it("of strided frames leaves frames out", async () => {
  expect(await shown("strided-frames", "--grid", "t=5,y=4,x=8", "--set", "stride=2")).toMatchInlineSnapshot(`
    "
    stridedFrames: A token sees its own frame and every \`stride\`-th frame before it, whole.

      grid    t=5, y=4, x=8
      params  stride=2
      query   t=3, y=2, x=4
      sees    64 of 160 keys
      tile    t=3, y=0 to 3, x=0 to 7: the queries that are computed together
      visits  64 keys (40.0 %), in 2 boxes of up to 1 x 4 x 8
              in all of them every pair attends, so that no mask is evaluated

    The grid: one panel for each t, y runs down, x runs to the right.

       t=0                 t=1                 t=2                 t=3                 t=4
       . . . . . . . .     # # # # # # # #     . . . . . . . .    [# # # # # # # #]    . . . . . . . .
       . . . . . . . .     # # # # # # # #     . . . . . . . .    [# # # # # # # #]    . . . . . . . .
       . . . . . . . .     # # # # # # # #     . . . . . . . .    [# # # # Q # # #]    . . . . . . . .
       . . . . . . . .     # # # # # # # #     . . . . . . . .    [# # # # # # # #]    . . . . . . . .

      Q    the query, which sees its own place
      [ ]  the queries that are computed together with it: its tile
      #    keys that it sees, in a box where every pair attends: no mask is evaluated
      .    keys that are not visited
    "
  `);
});

it("of I-frames and a window has boxes of both kinds", async () => {
  const window = ["--set", "gop=2", "--set", "frames=2", "--set", "radius=1"];
  expect(await shown("i-frames-window", "--grid", "t=4,y=4,x=8", ...window)).toMatchInlineSnapshot(`
    "
    iFramesWindow: A token sees its own frame, the earlier I-frames, and the last \`frames\` frames within \`radius\` tokens of its place.

      grid    t=4, y=4, x=8
      params  gop=2, frames=2, radius=1
      query   t=2, y=2, x=4
      sees    73 of 128 keys
      tile    t=2, y=0 to 3, x=0 to 7: the queries that are computed together
      visits  96 keys (75.0 %), in 3 boxes of up to 1 x 4 x 8
              in 2 every pair attends, so that no mask is evaluated; in 1 each pair is tested

    The grid: one panel for each t, y runs down, x runs to the right.

       t=0                 t=1                 t=2                 t=3
       # # # # # # # #     - - - - - - - -    [# # # # # # # #]    . . . . . . . .
       # # # # # # # #     - - - + + + - -    [# # # # # # # #]    . . . . . . . .
       # # # # # # # #     - - - + + + - -    [# # # # Q # # #]    . . . . . . . .
       # # # # # # # #     - - - + + + - -    [# # # # # # # #]    . . . . . . . .

      Q    the query, which sees its own place
      [ ]  the queries that are computed together with it: its tile
      #    keys that it sees, in a box where every pair attends: no mask is evaluated
      +    keys that it sees, in a box where each pair is tested
      -    keys that its tile visits, and that it does not see
      .    keys that are not visited
    "
  `);
});

it("of two grids has the query in a grid of its own", async () => {
  const grids = ["--grid", "t=2,y=8,x=12", "--key-grid", "t=2,y=4,x=6"];
  expect(await shown("cross-grid", ...grids, "--set", "r=2", "--set", "reach=2")).toMatchInlineSnapshot(`
    "
    crossGrid: A token of the fine grid sees, in its past, the cells of the grid \`r\` times coarser whose centres lie within \`reach\` tokens.

      grid    t=2, y=8, x=12 of the queries
              t=2, y=4, x=6 of the keys
      params  r=2, reach=2
      query   t=1, y=4, x=6
      sees    8 of 48 keys
      tile    t=1, y=4 to 7, x=0 to 7: the queries that are computed together
      visits  30 keys (62.5 %), in 2 boxes of up to 1 x 4 x 8
              in all of them each pair is tested

    The grid of the queries at t=1: y runs down, x runs to the right.

       t=1
       o o o o o o o o o o o o
       o o o o o o o o o o o o
       o o o o o o o o o o o o
       o o o o o o o o o o o o
      [o o o o o o Q o]o o o o
      [o o o o o o o o]o o o o
      [o o o o o o o o]o o o o
      [o o o o o o o o]o o o o

      Q    the query
      [ ]  the queries that are computed together with it: its tile
      o    other queries

    The grid of the keys: one panel for each t, y runs down, x runs to the right.

      t=0           t=1
      . . . . . .   . . . . . .
      - - + + - .   - - + + - .
      - - + + - .   - - + + - .
      - - - - - .   - - - - - .

      +  keys that it sees, in a box where each pair is tested
      -  keys that its tile visits, and that it does not see
      .  keys that are not visited
    "
  `);
});

it("of one axis is folded, with a table that was drawn", async () => {
  expect(await shown("document-mask", "--grid", "i=80")).toMatchInlineSnapshot(`
    "
    documentMask: A token sees itself and the earlier tokens of its own document.

      grid    i=80
      query   i=55
      sees    8 of 80 keys
      tile    i=32 to 63: the queries that are computed together
      visits  40 keys (50.0 %), in 2 boxes of up to 32
              in all of them each pair is tested

    The values of table document are drawn at random, within what it promises.

    The grid: i runs to the right, 32 to a row.

       0  . . . . . . . . . . . . . . . . . . . . . . . . - - - - - - - -
      32 [- - - - - - - - - - - - - - - - + + + + + + + Q - - - - - - - -]
      64  . . . . . . . . . . . . . . . .

      Q    the query, which sees its own place
      [ ]  the queries that are computed together with it: its tile
      +    keys that it sees, in a box where each pair is tested
      -    keys that its tile visits, and that it does not see
      .    keys that are not visited
    "
  `);
});

it("of a score has weights, and the boxes apart", async () => {
  expect(await shown("alibi", "--grid", "i=64", "--query", "i=40", "--head", "2")).toMatchInlineSnapshot(`
    "
    alibi: A token sees itself and every earlier one, and its logit falls with their distance by the slope of the head.

      grid    i=64
      head    2
      query   i=40
      sees    41 of 64 keys
      tile    i=32 to 63: the queries that are computed together
      visits  64 keys (100.0 %), in 2 boxes of up to 32
              in 1 every pair attends, so that no mask is evaluated; in 1 each pair is tested

    The values of table slope are drawn at random, within what it promises.

    The grid: i runs to the right, 32 to a row.

       0  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
      32 [1 1 1 1 1 1 2 4 Q - - - - - - - - - - - - - - - - - - - - - - -]

      Q       the query, which sees its own place
      [ ]     the queries that are computed together with it: its tile
      1 to 9  keys that it sees; the larger, the more weight where the dot product is 0
      -       keys that its tile visits, and that it does not see

    The boxes that its tile visits:

       0  = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = =
      32 [~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~]

      =    keys in a box where every pair attends: no mask is evaluated
      ~    keys in a box where each pair is tested
      [ ]  the queries that are computed together with it: its tile
    "
  `);
});

it("of a score that gives every key one weight says so", async () => {
  expect(await shown("soft-cap", "--grid", "t=2,y=2,x=4")).toMatchInlineSnapshot(`
    "
    softCap: A token sees its own frame whole and every earlier one, with logits kept between \`-cap\` and \`cap\`.

      grid    t=2, y=2, x=4
      params  cap=30
      query   t=1, y=1, x=2
      sees    16 of 16 keys
      tile    t=1, y=0 to 1, x=0 to 3: the queries that are computed together
      visits  16 keys (100.0 %), in 2 boxes of up to 1 x 4 x 8
              in all of them each pair is tested

    The score gives every key that the query sees the same weight where the dot product is 0.

    The grid: one panel for each t, y runs down, x runs to the right.

       t=0         t=1
       + + + +    [+ + + +]
       + + + +    [+ + Q +]

      Q    the query, which sees its own place
      [ ]  the queries that are computed together with it: its tile
      +    keys that it sees, in a box where each pair is tested
    "
  `);
});

it("is coloured on a terminal alone", async () => {
  const stdout = recorder(true);
  const argv = ["show", variant("alibi"), "--grid", "i=4"];
  expect(await mscc(root, argv, { stdout, env: {} })).toMatchObject({ code: 0 });
  expect(stdout.text()).toContain("\u001b[1malibi\u001b[0m: ");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of a terminal are meant
  const plain = stdout.text().replace(/\u001b\[[\d;]*m/g, "");
  expect(plain).toBe((await mscc(root, argv)).out);
});

it("keeps within 100 columns, and says what it leaves out", async () => {
  const grid = ["--grid", "t=40,y=60,x=200", "--set", "frames=3", "--set", "speed=1"];
  const narrow = await shown("light-cone", ...grid, "--set", "radius=2");
  expect(narrow).toContain(
    "Only a part of the grid is drawn: t=24 to 28 of 40, y=19 to 42 of 60, x=88 to 112 of 200. All numbers are of the whole grid.",
  );
  expect(narrow).toContain("sees    155 of 480,000 keys");
  const wide = await shown("light-cone", ...grid, "--set", "radius=50");
  expect(wide).toContain("t=24 to 28 of 40, y=18 to 41 of 60, x=76 to 123 of 200.");
  for (const text of [narrow, wide]) {
    const drawn = text.split("\n").filter((line) => /[Q#.+-] [.#+-]/.test(line));
    expect(Math.max(...drawn.map((line) => line.length))).toBeLessThanOrEqual(100);
  }
});

it("of four axes has blocks of panels", async () => {
  const folder = folderWith({ "p.ts": scales });
  const { out } = await mscc(folder, ["show", "p.ts", "--grid", "s=2,t=2,y=2,x=4"]);
  expect(`\n${out}`).toMatchInlineSnapshot(`
    "
    scales: A token sees the even columns of its scale and of the one before.

      grid    s=2, t=2, y=2, x=4
      query   s=1, t=1, y=1, x=2
      sees    16 of 32 keys
      tile    s=1, t=1, y=0 to 1, x=0 to 3: the queries that are computed together
      visits  16 keys (50.0 %), in 4 boxes of up to 1 x 1 x 4 x 8
              in all of them each pair is tested

    The grid: one block for each s, one panel for each t, y runs down, x runs to the right.

      s=0
       t=0         t=1
       + . + .     + . + .
       + . + .     + . + .

      s=1
       t=0         t=1
       + . + .    [+ . + .]
       + . + .    [+ . Q .]

      Q    the query, which sees its own place
      [ ]  the queries that are computed together with it: its tile
      +    keys that it sees, in a box where each pair is tested
      .    keys that are not visited
    "
  `);
});
