/** Every variant in every medium, on grids of awkward sizes. */
import { expect, it } from "vitest";
import { manifestOf } from "../../backends/artefact/manifest.js";
import { problemsOf } from "../../cli/show/checks.js";
import { defaultQuery } from "../../cli/show/defaults.js";
import { drawerOf, type PageData, pageDataOf } from "../../cli/show/page-data.js";
import { pictureOf } from "../../cli/show/picture.js";
import { shownOf } from "../../cli/show/shown.js";
import { tablesOf } from "../../cli/show/tables.js";
import { textOf } from "../../cli/show/text.js";
import type { Setting } from "../../cli/show/view.js";
import { variants } from "../conformance/variants.js";

const values: { readonly [param: string]: number } = {
  frames: 3,
  radius: 2,
  speed: 1,
  gop: 3,
  stride: 2,
  sinks: 1,
  r: 2,
  reach: 3,
};
/** By number of axes. */
const grids = [
  [],
  [[1], [37], [700]],
  [
    [1, 1],
    [5, 19],
    [33, 7],
  ],
  [
    [1, 1, 1],
    [5, 7, 11],
    [2, 1, 33],
    [9, 4, 8],
  ],
];

it.each([...variants.values()])("$name can be drawn", ({ plan }) => {
  const checked = manifestOf(plan, [], "0.0.0");
  const { axes, params } = plan.pattern;
  for (const q of grids[axes.query.length] as number[][]) {
    const k = axes.shared ? q : q.map((extent, i) => (i === 0 ? extent : Math.ceil(extent / 2)));
    const own = Object.fromEntries(params.map(({ name, default: value }) => [name, values[name] ?? value ?? 1]));
    const setting: Setting = { size: { q, k }, query: defaultQuery(q), params: own, head: 0 };
    const tables = tablesOf(plan, setting, {});
    expect(problemsOf(plan, setting, tables, checked)).toEqual([]);
    const shown = shownOf(plan, setting, tables, []);
    const text = textOf(shown, (each) => each).join("\n");
    const svg = pictureOf(shown);
    expect(`${text}${svg}`).not.toMatch(/NaN|undefined|Infinity/);
    const data = JSON.parse(JSON.stringify(pageDataOf(plan, setting, {}, checked))) as PageData;
    expect(drawerOf(data)(data.sliders.map(({ value }) => value))).toMatchObject({ kind: "picture", svg });
  }
});
