/** The documents are complete: every message has its line, every function of `Math` its row, every link an end. */
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { messages as cli } from "../../cli/messages.js";
import { messages as compiler } from "../../compiler/diagnostics/messages.js";
import { builtins } from "../../compiler/frontend/builtins.js";
import { configCodes } from "../../models/msc/config-messages.js";
import { mscCodes } from "../../models/msc/messages.js";
import { networkCodes } from "../../models/msc/network-messages.js";
import { stateCodes } from "../../models/msc/state.js";
import { videoCodes } from "../../models/video/messages.js";
import { ownCodes as ofAttention } from "../../runtime/launcher/attention-messages.js";
import { codes as ofKernels } from "../../runtime/launcher/messages.js";
import { ownCodes as ofTensors } from "../../runtime/launcher/tensor/messages.js";
import { hostCodes as host } from "../../runtime/messages.js";
import { root } from "../cli/mscc.js";
import { textOf } from "./blocks.js";

const tables: { readonly [name: string]: readonly string[] } = {
  compiler: Object.keys(compiler),
  cli: Object.keys(cli),
  launcher: [...ofKernels, ...ofAttention, ...ofTensors],
  host,
};

const ofModels: { readonly [name: string]: readonly string[] } = {
  config: configCodes,
  model: networkCodes,
  msc: mscCodes,
  video: videoCodes,
  state: stateCodes,
};

const all = [
  ...Object.entries(tables).map(([name, codes]) => ["docs/language.md", name, codes] as const),
  ...Object.entries(ofModels).map(([name, codes]) => ["docs/msc.md", name, codes] as const),
];

test.each(all)("%s has a line for every message of the %s", (path, name, codes) => {
  const [, table = ""] = new RegExp(`<!-- codes: ${name} -->\\n((?:\\|.*\\n)+)`).exec(textOf(path)) ?? [];
  const listed = [...table.matchAll(/^\| `([\w-]+)` \| \S/gm)].map(([, code]) => code);
  expect(listed.sort()).toEqual([...codes].sort());
});

test("docs/language.md names every function of Math", () => {
  const [, section = ""] = /\n## Math\n([\s\S]*?)\n## /.exec(textOf("docs/language.md")) ?? [];
  expect(Object.keys(builtins).filter((name) => !new RegExp(`\`${name}[\`(]`).test(section))).toEqual([]);
});

const DOCUMENTS = [
  "README.md",
  "CHANGELOG.md",
  "docs/guide.md",
  "docs/language.md",
  "docs/cuda.md",
  "docs/msc.md",
  "docs/architecture.md",
];

/** As GitHub makes them. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replace(/ /g, "-");

const anchorsOf = (path: string) =>
  [...textOf(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));

test.each(DOCUMENTS)("links of %s lead somewhere", (path) => {
  const links = [...textOf(path).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  const broken = links.filter(([, file = "", anchor]) => {
    const target = file === "" ? path : normalize(join(dirname(path), file));
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});
