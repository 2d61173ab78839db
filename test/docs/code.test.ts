/** The code of the documents is true: patterns compile, commands and JavaScript run, what is shown is what comes out. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import * as compile from "../../cli/compile-file.js";
import { folderWith, mscc, root } from "../cli/mscc.js";
import { type Block, type Document, expectText, readDocument, textOf } from "./blocks.js";
import { host } from "./still-device.js";

type Module = { readonly [name: string]: unknown };

/** `npx mscc ...` in the lines of a block. */
const commandsOf = ({ text }: Block) =>
  [...text.matchAll(/^npx mscc (.*)$/gm)].map(([, command = ""]) => command.split(/\s+/));

async function compiles(folder: string, { argument, text }: Block): Promise<void> {
  writeFileSync(join(folder, argument), text);
  const { code, err } = await mscc(folder, ["compile", argument, "--out", ".compiled"]);
  expect([err, code]).toEqual(["", 0]);
}

/** What is said of work that takes longer than a second. */
const PROGRESS = /^(looking for a proof|proving \d+ claims).*\n/gm;

async function outputOf(folder: string, block: Block): Promise<string> {
  const outcomes: string[] = [];
  for (const argv of commandsOf(block)) {
    const env = { ...process.env, MSCC_CACHE: join(folder, "cache") };
    const { code, out, err } = await mscc(folder, argv, { env });
    expect([err.replace(PROGRESS, ""), code]).toEqual(["", block.mark === "refuted" ? 1 : 0]);
    outcomes.push(out);
  }
  return outcomes.join("");
}

/** Needs no adapter: a profile that does not exist is found once all options are known to be options. */
async function takesOptions(folder: string, block: Block): Promise<void> {
  for (const argv of commandsOf(block)) {
    const { code, err } = await mscc(folder, [...argv, "--profile", "none"]);
    expect(err).toContain("error choice-unknown: --profile");
    expect(code).toBe(1);
  }
}

async function moduleOf(folder: string, specifier: string): Promise<Module> {
  if (specifier === "mscc/compile") return compile;
  if (specifier === "mscc/runtime") return host;
  const [here, there] = [join(folder, specifier), join(root, specifier)];
  return (await import(/* @vite-ignore */ pathToFileURL(existsSync(here) ? here : there).href)) as Module;
}

const IMPORT = /^import \{ ([^}]+) \} from "([^"]+)";.*\n/gm;

/**
 * Runs blocks that go on one in another, on a device that does nothing, which the launcher's checks do not notice.
 * @returns what each block prints
 */
async function printedBy(folder: string, blocks: readonly Block[]): Promise<readonly string[]> {
  const names: Record<string, unknown> = { navigator: host.navigator, GPUBufferUsage: host.GPUBufferUsage };
  for (const { text } of blocks) {
    for (const [, list = "", specifier = ""] of text.matchAll(IMPORT)) {
      const module = await moduleOf(folder, specifier);
      for (const name of list.split(", ")) {
        expect(module, `${name} of ${specifier}`).toHaveProperty(name);
        names[name] = module[name];
      }
    }
  }
  const printed = blocks.map(() => "");
  let block = 0;
  names.console = { log: (...values: readonly unknown[]) => (printed[block] += `${values.join(" ")}\n`) };
  names.next = () => block++;
  const body = blocks.map(({ text }) => text.replace(IMPORT, "")).join("\nnext();\n");
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as typeof Function;
  await new AsyncFunction(...Object.keys(names), `"use strict";\n${body}`)(...Object.values(names));
  return printed;
}

/** Blocks of JavaScript, those without imports with the ones before that they go on from. */
function scripts({ blocks }: Document): Block[][] {
  const groups: Block[][] = [];
  for (const block of blocks.filter(({ mark }) => mark === "use")) {
    if (/^import /m.test(block.text) || groups.length === 0) groups.push([block]);
    else groups.at(-1)?.push(block);
  }
  return groups;
}

/** What follows a block is what it gives, where the document shows it. */
function expectShown(document: Document, block: Block, mark: "output" | "printed", got: string): void {
  const next = document.blocks[document.blocks.indexOf(block) + 1];
  if (next?.mark === mark) expectText(document, next, got);
}

async function loopsOf(folder: string, { argument }: Block): Promise<string> {
  const [file = "", name = ""] = argument.split("#");
  const path = existsSync(join(folder, file)) ? join(folder, file) : join(root, file);
  const { plan } = await compile.compileFile(path, name);
  return `${compile.describeLoops(plan).join("\n")}\n`;
}

/** Pictures that the commands of a document drew are those that it shows; with UPDATE=1 they become these. */
function expectPictures(folder: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".svg"))) {
    const [drawn, kept] = [join(folder, name), join(root, "docs", "pictures", name)];
    if (process.env.UPDATE === "1") cpSync(drawn, kept);
    expect(readFileSync(kept, "utf8"), `docs/pictures/${name}: UPDATE=1 draws it anew`).toBe(
      readFileSync(drawn, "utf8"),
    );
  }
}

const MARKS = ["", "file", "cli", "refuted", "output", "gpu", "use", "printed", "loops"];

test.each(["README.md", "docs/guide.md", "docs/language.md", "docs/architecture.md"])("%s", async (path) => {
  const document = readDocument(path);
  const folder = folderWith({});
  const marked = (mark: string) => document.blocks.filter((block) => block.mark === mark);
  expect(document.blocks.map(({ mark }) => mark).filter((mark) => !MARKS.includes(mark))).toEqual([]);
  for (const block of marked("file")) await compiles(folder, block);
  for (const block of [...marked("cli"), ...marked("refuted")])
    expectShown(document, block, "output", await outputOf(folder, block));
  expectPictures(folder);
  for (const block of marked("gpu")) await takesOptions(folder, block);
  for (const block of marked("loops")) expectText(document, block, await loopsOf(folder, block));
  for (const group of scripts(document)) {
    const printed = await printedBy(folder, group);
    for (const [i, block] of group.entries()) expectShown(document, block, "printed", printed[i] as string);
  }
});

/** The rows of the guide's table of windows. */
test("counts of the guide", async () => {
  const { plan } = await compile.compileFile("dsl/variants/local-window.ts", "localWindow");
  const grid = [16, 32, 32];
  const number = (value: number) => value.toLocaleString("en-US");
  const rows = [1, 2, 4, 8, 16].map((radius) => {
    const size = { q: grid, k: grid };
    const counts = compile.countPairs(plan, { size, params: { frames: 4, radius } });
    const { useful, visited, dense, fullTiles, partialTiles } = counts;
    const parts = [(visited / useful).toFixed(1), `${((100 * visited) / dense).toFixed(1)} %`];
    const tiles = `${number(fullTiles)} of ${number(fullTiles + partialTiles)}`;
    return `| ${[radius, number(useful), number(visited), ...parts, tiles].join(" | ")} |\n`;
  });
  expect(textOf("docs/guide.md")).toContain(rows.join(""));
});
