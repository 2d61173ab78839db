// Installs software Vulkan drivers on Debian and Ubuntu with the machine's own package sources, and changes none of those.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adapterLine } from "./drivers.mjs";

/** @typedef {Map<string, string>} Stanza the fields of one package source, names in lower case */

const etc = "/etc/apt";

function osRelease() {
  const text = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const value = (/** @type {string} */ key) => text.match(new RegExp(`^${key}="?([^"\n]*)`, "m"))?.[1] ?? "";
  return { id: value("ID"), codename: value("VERSION_CODENAME") };
}

/** The stanzas of a `.sources` file (deb822). @param {string} text @returns {Stanza[]} */
function stanzasOf(text) {
  const stanzas = text.split(/\n\s*\n/).map((block) => {
    const lines = block.split("\n").filter((line) => !line.startsWith("#"));
    const fields = lines.join("\n").matchAll(/^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)/gm);
    return new Map([...fields].map(([, name, value]) => [(name ?? "").toLowerCase(), (value ?? "").trim()]));
  });
  return stanzas.filter((stanza) => stanza.has("uris"));
}

/** The same for the one-line form, `deb [signed-by=...] uri suite component...`. @param {string} text @returns {Stanza[]} */
function stanzasOfList(text) {
  const lines = text.matchAll(/^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.+)$/gm);
  return [...lines].map(([, options = "", uri = "", suite = "", components = ""]) => {
    const pairs = options
      .split(/\s+/)
      .filter(Boolean)
      .map((option) => option.split("="));
    const named = pairs.map(
      ([name = "", value = ""]) =>
        /** @type {const} */ ([name === "arch" ? "architectures" : name, value.replaceAll(",", " ")]),
    );
    return new Map([["types", "deb"], ["uris", uri], ["suites", suite], ["components", components], ...named]);
  });
}

function sourcesOfThisMachine() {
  const parts = join(etc, "sources.list.d");
  const files = [
    join(etc, "sources.list"),
    ...(existsSync(parts)
      ? readdirSync(parts)
          .sort()
          .map((name) => join(parts, name))
      : []),
  ];
  return files.filter(existsSync).flatMap((file) => {
    if (file.endsWith(".sources")) return stanzasOf(readFileSync(file, "utf8"));
    return file.endsWith(".list") ? stanzasOfList(readFileSync(file, "utf8")) : [];
  });
}

/**
 * Stanzas that offer `suite` beside the source this machine has for `codename`: the same mirror first, then, where that is one
 * day's snapshot (`.../archive/debian/<stamp>/`), the newest one of the same host, then the host's plain `debian/`.
 * @param {string} codename @param {string} suite
 */
function sourcesBeside(codename, suite) {
  const own = sourcesOfThisMachine().find((stanza) => stanza.get("suites")?.split(/\s+/).includes(codename));
  const uri = own?.get("uris")?.split(/\s+/)[0];
  if (own === undefined || uri === undefined) return [];
  const today = `${new Date().toISOString().slice(0, 10).replaceAll("-", "")}T000000Z`;
  const snapshot = /\/archive\/debian\/\d{8}T\d{6}Z\/?$/;
  const uris = snapshot.test(uri)
    ? [uri, uri.replace(snapshot, `/archive/debian/${today}/`), uri.replace(snapshot, "/debian/")]
    : [uri];
  return uris.map((each) => {
    const fields = new Map([...own, ["types", "deb"], ["uris", each], ["suites", suite], ["components", "main"]]);
    if (snapshot.test(each)) fields.set("check-valid-until", "no");
    return `${[...fields].map(([name, value]) => `${name}: ${value}`).join("\n")}\n`;
  });
}

/** @param {string[]} args @param {string} [parts] a folder to read instead of sources.list.d */
function apt(args, parts) {
  const options = [
    "-q",
    "-y",
    "-o",
    "Acquire::Retries=3",
    "-o",
    "DPkg::Lock::Timeout=300",
    "-o",
    "Dpkg::Use-Pty=0",
    "-o",
    "APT::Update::Error-Mode=any",
  ];
  if (parts !== undefined) options.push("-o", `Dir::Etc::sourceparts=${parts}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (let attempt = 1; ; attempt++) {
    const { status, stdout, stderr } = spawnSync("apt-get", [...options, ...args], {
      env,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    if (status === 0) return true;
    if (attempt === 3) {
      console.error(`${stdout}\n${stderr}`.trim().split("\n").slice(-15).join("\n"));
      return false;
    }
    spawnSync("sleep", [String(5 * attempt)]);
  }
}

const install = ["install", "--no-install-recommends"];

/** Runs `action` with a folder of sources that holds the machine's own and one more; the machine's own stay untouched. @param {string} stanza @param {(parts: string) => boolean} action */
function withSource(stanza, action) {
  const parts = mkdtempSync(join(tmpdir(), "mscc-apt-"));
  try {
    const own = join(etc, "sources.list.d");
    for (const name of existsSync(own) ? readdirSync(own) : []) symlinkSync(join(own, name), join(parts, name));
    writeFileSync(join(parts, "mscc-backports.sources"), stanza);
    return action(parts);
  } finally {
    rmSync(parts, { recursive: true });
  }
}

/** Mesa's lavapipe. Debian 12 has Mesa 22.3, too old for Dawn: there it comes from backports. */
function installLavapipe() {
  const { codename } = osRelease();
  if (codename !== "bookworm") return apt([...install, "mesa-vulkan-drivers", "libvulkan1"]);
  const suite = `${codename}-backports`;
  const attempt = (/** @type {string} */ parts) => {
    apt(["update"], parts);
    return apt([...install, "-t", suite, "mesa-vulkan-drivers", "libvulkan1"], parts);
  };
  // A snapshot may be from a day when backports had no Mesa that Dawn takes: only an adapter ends the search.
  return sourcesBeside(codename, suite).some(
    (stanza) => withSource(stanza, attempt) && adapterLine("lavapipe") !== undefined,
  );
}

/** SwiftShader: Debian's chromium package carries it (Ubuntu's does not); its library and ICD file are all that is used. */
const installSwiftshader = () => apt([...install, "chromium", "libvulkan1"]);

/** Why nothing can be installed here, or undefined where it can. */
export function obstacle() {
  const { id } = osRelease();
  if (id !== "debian" && id !== "ubuntu") return "this is neither Debian nor Ubuntu";
  return process.getuid?.() === 0 ? undefined : "installing needs root";
}

/** What a person types where set-up may not install. @param {readonly ("lavapipe" | "swiftshader")[]} drivers */
export function commands(drivers) {
  const { id, codename } = osRelease();
  if (id !== "debian" && id !== "ubuntu") {
    return [
      "Install a Vulkan driver and the Vulkan loader (libvulkan). Mesa 25 or newer has a software driver, lavapipe.",
    ];
  }
  const get = "sudo apt-get install --no-install-recommends";
  const swiftshader = drivers.includes("swiftshader") ? [`${get} chromium libvulkan1`] : [];
  if (!drivers.includes("lavapipe")) return ["sudo apt-get update", ...swiftshader];
  if (codename !== "bookworm") return ["sudo apt-get update", `${get} mesa-vulkan-drivers libvulkan1`, ...swiftshader];
  const suite = `${codename}-backports`;
  const plain = `types: deb\nuris: <your Debian mirror>\nsuites: ${suite}\ncomponents: main\n`;
  return [
    `sudo tee /etc/apt/sources.list.d/backports.sources <<'END'\n${sourcesBeside(codename, suite)[0] ?? plain}END`,
    "sudo apt-get update",
    `${get} -t ${suite} mesa-vulkan-drivers libvulkan1`,
    ...swiftshader,
  ];
}

/** Installs the drivers; false where one could not be. @param {readonly ("lavapipe" | "swiftshader")[]} drivers */
export function installDrivers(drivers) {
  // A failing update may concern a source that is not needed: the installation decides.
  apt(["update"]);
  const installers = { lavapipe: installLavapipe, swiftshader: installSwiftshader };
  return drivers.map((driver) => installers[driver]()).every(Boolean);
}
