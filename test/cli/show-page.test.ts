/** Pages: complete in themselves, and what their sliders show is what a new analysis with these values gives. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { drawerOf, type PageData } from "../../cli/show/page-data.js";
import { settled } from "../../cli/show/sliders.js";
import { formatNpy } from "../../runtime/npy.js";
import { folderWith, mscc, root } from "./mscc.js";

const variant = (name: string) => join(root, "dsl", "variants", `${name}.ts`);

/** The page of a variant, and the data in it. */
async function pageOf(name: string, options: readonly string[], files: { readonly [name: string]: Uint8Array } = {}) {
  const folder = folderWith(files);
  const { code, out, err } = await mscc(folder, ["show", variant(name), ...options, "-o", "picture.html"]);
  expect([err, code]).toEqual(["", 0]);
  expect(out).toMatch(/^picture\.html: the query sees [\d,]+ of [\d,]+ keys?\n$/);
  const text = readFileSync(join(folder, "picture.html"), "utf8");
  const [, json = ""] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(text) ?? [];
  return { text, data: JSON.parse(json) as PageData };
}

/** What `mscc show --format json` says of the same choices. */
async function fresh(name: string, options: readonly string[]) {
  const { code, out, err } = await mscc(root, ["show", variant(name), ...options, "--format", "json"]);
  expect([err, code]).toEqual(["", 0]);
  return JSON.parse(out) as {
    readonly counts: unknown;
    readonly boxes: readonly unknown[];
    readonly keys: readonly unknown[];
  };
}

const cone = ["--grid", "t=5,y=9,x=14", "--set", "frames=3", "--set", "radius=1", "--set", "speed=1"];

it("has a slider for every axis of the query and every param", async () => {
  const { data, text } = await pageOf("light-cone", cone);
  expect(data.sliders.map(({ kind, name, min, max, value }) => [kind, name, min, max, value])).toEqual([
    ["query", "t", 0, 4, 3],
    ["query", "y", 0, 8, 4],
    ["query", "x", 0, 13, 7],
    ["param", "frames", 1, 14, 3],
    ["param", "radius", 0, 14, 1],
    ["param", "speed", 0, 14, 1],
  ]);
  expect(text.match(/<input type="range"/g)?.length).toBe(6);
  expect(text).toContain('<label><b>query t</b><input type="range" id="slider-0" min="0" max="4" step="1" value="3">');
});

it("shows what the command shows for the same values", async () => {
  const { data } = await pageOf("light-cone", cone);
  const draw = drawerOf(data);
  for (const [t, y, x, frames, radius, speed] of [
    [3, 4, 7, 3, 1, 1],
    [0, 0, 0, 1, 0, 0],
    [4, 8, 13, 14, 0, 2],
    [2, 5, 1, 2, 14, 0],
  ]) {
    const drawn = draw([t, y, x, frames, radius, speed] as number[]);
    if (drawn.kind !== "picture") throw new Error("the values are refused");
    const set = ["--set", `frames=${frames}`, "--set", `radius=${radius}`, "--set", `speed=${speed}`];
    const want = await fresh("light-cone", ["--grid", "t=5,y=9,x=14", "--query", `t=${t},y=${y},x=${x}`, ...set]);
    expect(drawn.shown.view.counts).toEqual(want.counts);
    expect(drawn.shown.view.boxes.length).toBe(want.boxes.length);
    expect(drawn.shown.view.counts.seen).toBe(want.keys.length);
    expect(drawn.svg).toContain(`>t=${t}, y=${y}, x=${x}</text>`);
  }
});

it("draws tables anew where their extents follow a param, and reads heads", async () => {
  const bias = drawerOf((await pageOf("relative-bias", ["--grid", "y=7,x=9", "--set", "radius=1"])).data);
  for (const [radius, seen] of [
    [0, 1],
    [1, 9],
    [2, 25],
    [9, 63],
  ] as const) {
    const drawn = bias([3, 4, radius]);
    expect(drawn.kind === "picture" && drawn.shown.view.counts.seen).toBe(seen);
  }
  const alibi = (await pageOf("alibi", ["--grid", "i=40"])).data;
  expect(alibi.sliders.at(-1)).toMatchObject({ kind: "head", min: 0, max: 7, value: 0 });
  const draw = drawerOf(alibi);
  const weights = [0, 7].map((head) => {
    const drawn = draw([20, head]);
    return drawn.kind === "picture" ? drawn.shown.view.weight[10] : 0;
  });
  expect(new Set(weights).size).toBe(2);
});

it("carries tables that were given, whose extents fix a param", async () => {
  const npy = formatNpy({ shape: [3, 3], data: Float32Array.from({ length: 9 }, (_, i) => i) });
  const options = ["--grid", "y=7,x=9", "--set", "radius=1", "--table", "bias=bias.npy"];
  const { data } = await pageOf("relative-bias", options, { "bias.npy": npy });
  expect(data.sliders.map(({ name }) => name)).toEqual(["y", "x"]);
  const drawn = drawerOf(data)([3, 4]);
  if (drawn.kind !== "picture") throw new Error("the values are refused");
  const { seen, weight } = drawn.shown.view;
  expect([...weight.keys()].filter((key) => seen[key]).map((key) => Math.log(weight[key] as number))).toEqual(
    [0, -1, -2, -3, -4, -5, -6, -7, -8].map((logit) => expect.closeTo(logit, 3)),
  );
});

it("says what the launcher would refuse", async () => {
  const { data } = await pageOf("light-cone", cone);
  expect(drawerOf(data)([3, 4, 7, 3, 1, 2 ** 30])).toEqual({
    kind: "refused",
    problems: expect.arrayContaining([expect.stringContaining("'speed * age' could reach -4294967296")]),
  });
});

it("gives numbers with few digits inside the range, and the first one as it is", () => {
  const float = { kind: "param", name: "cap", min: 0.001, max: 60, whole: false, value: 30.12345 } as const;
  expect([30.12345, 12.34567, 0.0001, 99].map((value) => settled(float, value))).toEqual([30.12345, 12.3, 0.001, 60]);
  expect(settled({ ...float, whole: true, value: 1 }, 7.4)).toBe(7);
});

it("asks for nothing from outside, and nothing in it ends its scripts early", async () => {
  const { text } = await pageOf("light-cone", cone);
  expect(text.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(
    /https?:|<link|@import|url\(|\bfetch\(|import\(/,
  );
  expect(text.match(/<\/script>/g)?.length).toBe(2);
  expect(text).toContain("default-src 'none'");
  expect(text).toContain(
    "<title>lightCone: A token sees its past light cone: reach grows by `speed` tokens per frame of age.</title>",
  );
});

interface FakeElement {
  value: string;
  textContent: string;
  innerHTML: string;
  readonly addEventListener: (event: string, listener: () => void) => void;
}

it("runs as a script that draws when a slider moves", async () => {
  const { text, data } = await pageOf("light-cone", cone);
  const entry = fileURLToPath(new URL("../../cli/show/viewer.ts", import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "iife",
    platform: "neutral",
    write: false,
    logLevel: "error",
  });
  const script = outputFiles[0]?.text ?? "";
  expect(script).not.toMatch(/^import |\brequire\(|node:|\bprocess\b|\bBuffer\b/m);
  const elements = new Map<string, FakeElement>();
  const listeners = new Map<string, () => void>();
  const element = (id: string, value = ""): void => {
    const addEventListener = (_: string, listener: () => void) => void listeners.set(id, listener);
    elements.set(id, { value, textContent: "", innerHTML: "", addEventListener });
  };
  for (const [i, { value }] of data.sliders.entries()) {
    element(`slider-${i}`, String(value));
    element(`value-${i}`);
  }
  for (const id of ["picture", "refused", "data"]) element(id);
  const of = (id: string) => elements.get(id) as FakeElement;
  const sliders = data.sliders.map((slider) => ({ ...slider, max: 2 ** 31 - 1 }));
  of("data").textContent = JSON.stringify({ ...data, sliders });
  runInNewContext(script, { document: { getElementById: of }, requestAnimationFrame: (work: () => void) => work() });
  const [, drawn = ""] = /<div id="picture">\n([\s\S]*?)<\/div>/.exec(text) ?? [];
  expect(of("picture").innerHTML).toBe(drawn);
  of("slider-0").value = "1";
  listeners.get("slider-0")?.();
  expect(of("value-0").textContent).toBe("1");
  expect(of("picture").innerHTML).toContain(">t=1, y=4, x=7</text>");
  of("slider-5").value = String(2 ** 30);
  listeners.get("slider-5")?.();
  expect(of("refused").textContent).toMatch(
    /^A launch would be refused: 'speed \* age' could reach -4294967296 on this grid/,
  );
  expect(of("picture").innerHTML).toBe("");
});
