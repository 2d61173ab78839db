// Writes generated/ from dsl/variants with the built command line, which proves every kernel first, and generated/msc from the
// presets of the model; with --check it only says what would differ, and fails on it.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = join("dist", "cli", "command-line.js");
const committed = join(root, "generated");

/** Options of `mscc compile` that the committed kernels are made with. */
const options = ["--target", "wgsl,cuda", "--proved", "--time-limit", "30"];

/** Proofs found before are not sought again: they are known by the content of their claims. */
const env = { ...process.env, MSCC_CACHE: process.env.MSCC_CACHE ?? join(root, ".cache", "proofs") };

/** Runs commands in this one process; the errors. @param {string[][]} commands */
async function runAll(commands) {
  if (!existsSync(join(root, cli))) throw new Error(`${cli} does not exist: run npm run build first`);
  const { run } = await import(pathToFileURL(join(root, cli)).href);
  const errors = [];
  for (const argv of commands) {
    let text = "";
    const output = { write: (/** @type {string} */ part) => (text += part) };
    const io = { stdout: output, stderr: output, cwd: root, env };
    if ((await run(argv, io)) !== 0) errors.push(`mscc ${argv.slice(0, 2).join(" ")}:\n${text}`);
  }
  return errors;
}

/** @param {string} folder */
function filesOf(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    statSync(join(folder, file)).isFile(),
  );
}

/** How many claims the manifests say are proved. @param {string} out */
function claimsIn(out) {
  const manifests = filesOf(out).filter((file) => file.endsWith("manifest.json"));
  const counts = manifests.flatMap((file) => {
    const { proved } = JSON.parse(readFileSync(join(out, file), "utf8"));
    return /** @type {number[]} */ (Object.values(proved.claims));
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

/** One line per file that is not the same in both folders. @param {string} fresh */
function differences(fresh) {
  const [now, then] = [new Set(filesOf(fresh)), new Set(filesOf(committed))];
  return [...new Set([...now, ...then])].sort().flatMap((file) => {
    if (!then.has(file)) return [`missing: generated/${file}`];
    if (!now.has(file)) return [`no longer generated: generated/${file}`];
    const same = readFileSync(join(fresh, file)).equals(readFileSync(join(committed, file)));
    return same ? [] : [`differs: generated/${file}`];
  });
}

const files = filesOf(join(root, "dsl", "variants"))
  .filter((file) => file.endsWith(".ts"))
  .sort()
  .map((file) => join("dsl", "variants", file));
const fresh = mkdtempSync(join(tmpdir(), "mscc-generated-"));
try {
  const start = performance.now();
  const errors = await runAll([
    ...files.map((file) => ["compile", file, ...options, "--out", fresh]),
    ["msc", "build", "--out", join(fresh, "msc")],
  ]);
  if (errors.length > 0) throw new Error(errors.join("\n"));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${files.length} variant files: ${claimsIn(fresh)} claims about their kernels proved, in ${seconds} s`);
  if (process.argv.includes("--check")) {
    const lines = differences(fresh);
    if (lines.length > 0) throw new Error(`${lines.join("\n")}\nRun npm run generate and commit the change.`);
    console.log(`generated/ is what ${files.length} variant files and the presets of the model compile to`);
  } else {
    rmSync(committed, { recursive: true, force: true });
    cpSync(fresh, committed, { recursive: true });
    console.log(
      `generated/: ${filesOf(committed).length} files from ${files.length} variant files and the presets of the model`,
    );
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true });
}
