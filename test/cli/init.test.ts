/** `mscc init`: what it writes is checked, compiled, type-checked and verified; nothing that is there is overwritten. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { builtMain, filesBelow, folderWith, mscc, root } from "./mscc.js";

const FILES = [".gitignore", "README.md", "package.json", "patterns.ts", "tsconfig.json"];

async function project() {
  const folder = folderWith({});
  const { code, out, err } = await mscc(folder, ["init", "My patterns"]);
  expect([err, code]).toEqual(["", 0]);
  return { out, cwd: folder, folder: join(folder, "My patterns") };
}

/** The scripts of package.json, as npm runs them but for `mscc` itself. */
const scriptsIn = (folder: string): { readonly [name: string]: string } =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).scripts;

const argvOf = (script = "") => script.split(" ").slice(1);

/** As npm installs the package, as far as imports see it. */
function install(folder: string): void {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "mscc"));
}

describe("a project", () => {
  it("is written, and the next steps are shown", async () => {
    const { folder, out } = await project();
    expect(Object.keys(filesBelow(folder))).toEqual(FILES);
    expect(out).toMatch(/^written to .*My patterns: package\.json, patterns\.ts, /);
    expect(out).toContain("next:\n  cd My patterns\n  npm install\n  npm run check\n");
    const own = `file:${relative(folder, root)}`;
    expect(out).toContain(`package.json takes mscc from ${own}, where this one came from\n`);
    expect(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))).toMatchObject({
      name: "my-patterns",
      type: "module",
      private: true,
      devDependencies: { mscc: own },
    });
  });

  it("is written into the folder in hand, if that is empty", async () => {
    const folder = folderWith({});
    mkdirSync(join(folder, ".git"));
    const { code, out } = await mscc(folder, ["init"]);
    expect(code).toBe(0);
    expect(out).toContain("next:\n  npm install\n");
    expect(readdirSync(folder).sort()).toEqual([".git", ...FILES].sort());
  });

  it("has scripts that work, and a README that names them all", async () => {
    const { folder } = await project();
    const scripts = scriptsIn(folder);
    const checked = await mscc(folder, argvOf(scripts.check));
    expect(checked).toMatchObject({ code: 0, err: "", out: "patterns.ts: no errors in lightCone\n" });
    for (const name of ["explain", "show", "compile"]) {
      const { code, err } = await mscc(folder, argvOf(scripts[name]));
      // On a busy machine it says what takes longer than a second.
      expect([name, err.replace(/^counting .*\n/, ""), code]).toEqual([name, "", 0]);
    }
    expect(readdirSync(join(folder, "generated", "lightCone"))).toContain("lightCone.d64-v64.f32.baseline.wgsl");
    const readme = readFileSync(join(folder, "README.md"), "utf8");
    for (const name of Object.keys(scripts)) expect(readme).toContain(`npm run ${name}`);
  });

  it("has types that check", async () => {
    const { folder } = await project();
    install(folder);
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { stdout, status } = spawnSync(process.execPath, [tsc, "-p", "."], { cwd: folder, encoding: "utf8" });
    expect([stdout, status]).toEqual(["", 0]);
    const { devDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies;
    expect(devDependencies.typescript).toBe(`^${own.typescript}`);
  });

  it("is verified as far as a machine without an adapter goes: its pattern can be executed", async () => {
    const { folder } = await project();
    install(folder);
    const use = 'import { lightCone } from "./patterns.ts";\nconst at = (t) => ({ t, y: 0, x: 0 });\n';
    const call = "lightCone.attend({ q: at(2), k: at(1), frames: 4, radius: 2, speed: 1 })";
    writeFileSync(join(folder, "use.mjs"), `${use}console.log(${call});\n`);
    const jiti = join(root, "node_modules", "jiti", "lib", "jiti-cli.mjs");
    const { stdout, stderr } = spawnSync(process.execPath, [jiti, "use.mjs"], { cwd: folder, encoding: "utf8" });
    expect([stderr, stdout]).toEqual(["", "true\n"]);
  });
});

describe("nothing is overwritten", () => {
  it("in a folder that holds something", async () => {
    const folder = folderWith({ "mine/notes.txt": "mine" });
    const { code, out, err } = await mscc(folder, ["init", "mine"]);
    expect(err).toContain("error init-not-empty: 'mine' is not empty, and nothing in it is overwritten");
    expect([out, code]).toEqual(["", 1]);
    expect(filesBelow(folder)).toEqual({ "mine/notes.txt": "mine" });
  });

  it("where a file has the name", async () => {
    const folder = folderWith({ mine: "mine" });
    const { code, err } = await mscc(folder, ["init", "mine"]);
    expect(err).toContain("error init-not-folder: 'mine' is a file, and a project needs a folder");
    expect(code).toBe(1);
  });

  it("by the built program either", () => {
    const folder = folderWith({ "notes.txt": "mine" });
    const { status } = spawnSync(process.execPath, [builtMain, "init"], { cwd: folder });
    expect(status).toBe(1);
    expect(filesBelow(folder)).toEqual({ "notes.txt": "mine" });
  });
});
