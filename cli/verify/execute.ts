/** Executes the user's file, to have the declared functions themselves. Only `mscc verify` does this, and it says so. */
import type { AnyAttention } from "../../dsl/index.js";
import { userError } from "../messages.js";
import { languageModule } from "../tool.js";

const isAttention = (value: unknown): value is AnyAttention =>
  typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "attention";

/** The declaration that a file exports under a name; "mscc" in it is the running tool. */
export async function executeDeclaration(path: string, name: string, shown: string): Promise<AnyAttention> {
  const { createJiti } = await import("jiti");
  const jiti = createJiti(import.meta.url, { alias: { mscc: languageModule() }, fsCache: false, moduleCache: false });
  let exported: { readonly [name: string]: unknown };
  try {
    exported = await jiti.import(path);
  } catch (error) {
    throw userError("verify-load", { file: shown, reason: error instanceof Error ? error.message : String(error) });
  }
  const declaration = exported[name];
  if (!isAttention(declaration)) throw userError("verify-export", { file: shown, name });
  return declaration;
}
