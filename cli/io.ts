/** What a command may touch of the world around it, so that tests run the command line without a process. */
import { resolve } from "node:path";

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Width of a terminal. */
  readonly columns?: number;
}

export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Relative paths start here. */
  readonly cwd: string;
  readonly env?: { readonly [name: string]: string | undefined };
  /** Ends `--watch`. */
  readonly signal?: AbortSignal;
  /** For a command that ends in order when it is interrupted: from this call on an interrupt aborts the signal, a second one ends the process. */
  readonly interrupts?: () => AbortSignal;
}

/** One call of the command line. */
export interface Session {
  readonly io: Io;
  /** The command line as it was given, without `node` and the script. */
  readonly argv: readonly string[];
  /** Sets the exit code of a command that reports its failure itself. */
  readonly exitWith: (code: number) => void;
}

/** Colour only where a person looks, and wants it: https://no-color.org. */
export function wantsColor({ stderr, env = {} }: Pick<Io, "stderr" | "env">, output: Output = stderr): boolean {
  return output.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

export const line = (output: Output, text: string): void => {
  output.write(`${text}\n`);
};

/** A path that opens a file named on the command line, as it was typed where that will do: messages repeat it. */
export const pathOf = (file: string, cwd: string): string => (cwd === process.cwd() ? file : resolve(cwd, file));
