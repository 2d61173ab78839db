/** Pictures of counterexamples for every number of axes, and numbers and bounds as they are written. */
import { describe, expect, it } from "vitest";
import { numberText } from "../../cli/number-text.js";
import { drawingOf } from "../../cli/prove/drawing.js";
import type { Scene } from "../../cli/prove/scene.js";
import { boundsText, paragraph } from "../../cli/prove/wording.js";

type See = (key: readonly number[]) => boolean;

/** One grid, the query and the key at places of it. */
function sceneOf(grid: Scene["grid"], query: readonly number[], key: readonly number[], ...sees: See[]): Scene {
  const axes = Object.keys(grid);
  const at = (place: readonly number[]) => Object.fromEntries(axes.map((axis, i) => [axis, place[i] as number]));
  return {
    axes: { query: axes, key: axes, shared: true },
    grid,
    keyGrid: grid,
    params: {},
    query: at(query),
    key: at(key),
    launch: {},
    tables: {},
    sees,
  };
}

function drawn(scene: Scene, names: readonly string[] = ["near"]): string {
  const drawing = drawingOf(scene, names);
  if (typeof drawing === "string") return drawing;
  const { caption, lines, legend } = drawing;
  return `\n${[caption, ...lines, ...legend.map((each) => each.join(" "))].join("\n")}\n`;
}

describe("a drawing", () => {
  it("of one axis is a row", () => {
    const scene = sceneOf({ i: 6 }, [2], [3], ([i = 0]) => i < 2 || i === 3);
    expect(drawn(scene)).toMatchInlineSnapshot(`
      "
      The grid: i runs to the right.
      # # Q K . .
      Q the query, which does not see its own place
      K the key
      # other keys that the query sees
      . keys that the query does not see
      "
    `);
  });

  it("of two axes is a panel", () => {
    const scene = sceneOf({ y: 3, x: 4 }, [1, 1], [2, 3], ([y = 0]) => y > 0);
    expect(drawn(scene)).toMatchInlineSnapshot(`
      "
      The grid: y runs down, x runs to the right.
      . . . .
      # Q # #
      # # # K
      Q the query, which sees its own place
      K the key
      # other keys that the query sees
      . keys that the query does not see
      "
    `);
  });

  it("of three axes has panels side by side, for two patterns with what only one of them sees", () => {
    const scene = sceneOf(
      { t: 3, y: 2, x: 3 },
      [1, 0, 1],
      [2, 1, 2],
      ([t = 0, _, x = 0]) => t === 2 || x === 2,
      ([t = 0, y = 0]) => t === 0 && y === 0,
    );
    expect(drawn(scene, ["near", "far"])).toMatchInlineSnapshot(`
      "
      The grid: one panel for each t, y runs down, x runs to the right.
      t=0     t=1     t=2
      - - #   . Q +   + + +
      . . +   . . +   + + K
      Q the query, which sees its own place in neither pattern
      K the key
      # other keys that the query sees in both patterns
      + other keys that the query sees in near only
      - other keys that the query sees in far only
      . keys that the query sees in neither pattern
      "
    `);
  });

  it("of four axes has a block for each position of the outermost", () => {
    const scene = sceneOf({ b: 2, t: 2, y: 1, x: 2 }, [0, 0, 0, 0], [0, 0, 0, 0], ([b = 0, t = 0]) => b === t);
    expect(drawn(scene)).toMatchInlineSnapshot(`
      "
      The grid: one block for each b, one panel for each t, y runs down, x runs to the right.
      b=0
      t=0   t=1
      Q #   . .

      b=1
      t=0   t=1
      . .   # #
      Q the query, whose own place is the key
      # keys that the query sees
      . keys that the query does not see
      "
    `);
  });

  it("has several bands of panels where one would be too wide", () => {
    const scene = sceneOf({ t: 20, x: 1, y: 2 }, [3, 0, 0], [3, 0, 1], () => false);
    expect(drawn(scene).split("\n").slice(2, 7)).toEqual([
      "t=0   t=1   t=2   t=3   t=4   t=5   t=6   t=7   t=8   t=9   t=10   t=11   t=12   t=13   t=14   t=15",
      ". .   . .   . .   Q K   . .   . .   . .   . .   . .   . .   . .    . .    . .    . .    . .    . .",
      "",
      "t=16   t=17   t=18   t=19",
      ". .    . .    . .    . .",
    ]);
  });

  it("is left out where the grid is too large", () => {
    expect(drawn(sceneOf({ y: 21, x: 20 }, [0, 0], [1, 1], () => true))).toBe(
      "The grid has 420 keys, too many to draw.",
    );
    expect(drawn(sceneOf({ x: 64 }, [0], [1], () => true))).toBe("The grid has 64 keys, too many to draw.");
  });

  it("of two grids shows the keys alone", () => {
    const scene = { ...sceneOf({ z: 3 }, [1], [1], ([z = 0]) => z > 0), query: { i: 7 } };
    const axes = { query: ["i"], key: ["z"], shared: false };
    expect(drawn({ ...scene, axes })).toMatchInlineSnapshot(`
      "
      The grid of the keys: z runs to the right.
      . K #
      K the key
      # other keys that the query sees
      . keys that the query does not see
      "
    `);
  });
});

it("numbers are as short as their f32 allows", () => {
  expect([Math.fround(0.1), -3, 1 / 3, Math.fround(1e-7), 2 ** 31 - 1].map(numberText)).toEqual([
    "0.1",
    "-3",
    "0.33333333",
    "1e-7",
    "2147483647",
  ]);
});

it("bounds read as they would be written", () => {
  const bounds = [{}, { min: 0 }, { max: 9 }, { min: 0, max: 9 }];
  expect(bounds.map((each) => boundsText({ name: "r", ...each }))).toEqual([
    "any r",
    "r >= 0",
    "r <= 9",
    "0 <= r <= 9",
  ]);
});

it("a paragraph breaks no bounds", () => {
  const bounds = Array.from({ length: 9 }, (_, i) => `radius${i} >= ${i}`);
  expect(paragraph(`for every grid and all params within their bounds (${bounds.join(", ")})`)).toEqual([
    "for every grid and all params within their bounds (radius0 >= 0, radius1 >= 1, radius2 >= 2,",
    "  radius3 >= 3, radius4 >= 4, radius5 >= 5, radius6 >= 6, radius7 >= 7, radius8 >= 8)",
  ]);
});
