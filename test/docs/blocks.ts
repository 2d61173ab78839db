/** Code blocks of the documents, with the words behind their language that say how a test uses them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { root } from "../cli/mscc.js";

/**
 * A fenced block. Marks: `file=name` a source that must compile; `cli` commands that are run, `refuted` those
 * that end with exit code 1, `output` what they print;
 * `gpu` commands whose options are checked; `use` JavaScript that is run, `printed` what it prints; `loops=file#name`
 * the derived loops of a pattern.
 */
export interface Block {
  readonly language: string;
  readonly mark: string;
  /** What stands behind `=`; "" where there is no such thing. */
  readonly argument: string;
  readonly text: string;
  /** As it stands in the document. */
  readonly whole: string;
}

export interface Document {
  readonly path: string;
  readonly blocks: readonly Block[];
}

export const textOf = (path: string): string => readFileSync(join(root, path), "utf8");

export function readDocument(path: string): Document {
  const found = textOf(path).matchAll(/^```(\w+)(?: ([\w-]+)(?:=(\S+))?)?\n([\s\S]*?)^```$/gm);
  const blocks = [...found].map(([whole, language = "", mark = "", argument = "", text = ""]) => {
    return { language, mark, argument, text, whole };
  });
  return { path, blocks };
}

const withoutTimes = (text: string) => text.replace(/\b\d+ ms\b/g, "N ms").replace(/("milliseconds": )\d+/g, "$1N");

/** What a block says is so; with UPDATE=1 it is written into the document instead. Times may differ. */
export function expectText({ path }: Document, block: Block, got: string): void {
  if (process.env.UPDATE === "1" && withoutTimes(got) !== withoutTimes(block.text)) {
    const head = block.whole.slice(0, block.whole.indexOf("\n") + 1);
    writeFileSync(
      join(root, path),
      textOf(path).replace(block.whole, () => `${head}${got}\`\`\``),
    );
    return;
  }
  expect(withoutTimes(got), `${path}: write what is so with UPDATE=1 npx vitest run test/docs`).toBe(
    withoutTimes(block.text),
  );
}
