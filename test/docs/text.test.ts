/** The documents are complete: every message has its line, every function of `Math` its row, every link an end. */
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { messages as cli } from "../../cli/messages.js";
import { messages as compiler } from "../../compiler/diagnostics/messages.js";
import { builtins } from "../../compiler/frontend/builtins.js";
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

test.each(Object.entries(tables))("docs/language.md has a line for every message of the %s", (name, codes) => {
  const [, table = ""] = new RegExp(`<!-- codes: ${name} -->\\n((?:\\|.*\\n)+)`).exec(textOf("docs/language.md")) ?? [];
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
