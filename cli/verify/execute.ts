/** Executes the user's file, to have the declared functions themselves. Only `mscc verify` does this, and it says so. */
import type { AnyAttention, AnyTensor } from "../../dsl/index.js";
import { userError } from "../messages.js";
import { languageModule } from "../tool.js";

interface Declarations {
  readonly attention: AnyAttention;
  readonly tensor: AnyTensor;
}

const isDeclared = <D extends keyof Declarations>(value: unknown, declares: D): value is Declarations[D] =>
  typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === declares;

/** The declaration that a file exports under a name; "mscc" in it is the running tool. */
export async function executeDeclaration<D extends keyof Declarations>(
  path: string,
  name: string,
  shown: string,
  declares: D,
): Promise<Declarations[D]> {
  const { createJiti } = await import("jiti");
  const jiti = createJiti(import.meta.url, { alias: { mscc: languageModule() }, fsCache: false, moduleCache: false });
  let exported: { readonly [name: string]: unknown };
  try {
    exported = await jiti.import(path);
  } catch (error) {
    throw userError("verify-load", { file: shown, reason: error instanceof Error ? error.message : String(error) });
  }
  const declaration = exported[name];
  if (!isDeclared(declaration, declares)) throw userError("verify-export", { file: shown, name, declares });
  return declaration;
}
