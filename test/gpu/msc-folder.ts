/** A folder with a compiled model that tests only read, and the options and files that go with it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { clipOf, small, weightsOf } from "../cli/msc-small.js";
import { mscc } from "../cli/mscc.js";

/** What the commands need in their working folder. */
export const files = () => ({
  "w.safetensors": weightsOf(small),
  "in.y4m": clipOf(5),
  "large.y4m": clipOf(1, 64, 64),
});

/** Compiles the model before the tests of a file. */
export function compiledModel() {
  const root = mkdtempSync(join(tmpdir(), "mscc-models-"));
  const folder = join(root, "models");
  beforeAll(async () => {
    writeFileSync(join(root, "small.json"), JSON.stringify(small));
    const { code, err } = await mscc(root, ["msc", "build", "small.json"]);
    expect([code, err.replace(/^compiling .*\n/, "")]).toEqual([0, ""]);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const given = ["--models", folder, "--model", "small", "--weights", "w.safetensors"];
  const sampling = (...argv: readonly string[]) => [
    ...["msc", "sample", ...given, "--clip", "in.y4m", "--context", "2", "--steps", "3", ...argv],
  ];
  return { folder, given, sampling };
}

/** The errors, without what Dawn and progress say. */
export const errorsIn = (text: string) => text.slice(text.indexOf("error ")).replace(/\n\n\d+ errors?\n$/, "");

export const bytesIn = (folder: string, file: string) => new Uint8Array(readFileSync(join(folder, file)));
