/** Kinds of kernels on the command line: `--profile` and `--dtype`, over the backend's one table of kinds. */
import { CUDA_KINDS } from "../../backends/cuda/kinds.js";
import { ALL_KINDS, type KernelKind, KINDS, type Profile, TRIAL_KINDS } from "../../backends/wgsl/index.js";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Dtype } from "../../compiler/plan/manifest.js";
import { tell } from "../messages.js";

const unique = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];

export const PROFILES: readonly Profile[] = unique(ALL_KINDS.map(({ profile }) => profile));
export const DTYPES: readonly Dtype[] = unique(KINDS.map(({ dtype }): Dtype => dtype));

export interface KindOptions {
  readonly profile?: string;
  readonly dtype?: string;
}

/** Names that kernels of CUDA have, and none of WGSL. */
const OF_CUDA: { readonly [option: string]: readonly string[] } = {
  "--profile": CUDA_KINDS.map(({ profile }) => profile),
  "--dtype": CUDA_KINDS.map(({ dtype }) => dtype),
};

/** What of a comma-separated list is known; the rest is refused. */
function listOf<T extends string>(
  option: "--profile" | "--dtype",
  text: string,
  known: readonly T[],
  problems: Diagnostic[],
): readonly T[] {
  return text.split(",").flatMap((given) => {
    const found = known.find((each) => each === given);
    if (found !== undefined) return [found];
    const isOfCuda = OF_CUDA[option]?.includes(given);
    problems.push(
      isOfCuda
        ? tell("target-other", { option, given, target: "cuda", known })
        : tell("choice-unknown", { option, given, known }),
    );
    return [];
  });
}

/**
 * The kinds that the options name, best first. Without `--dtype` those of f32, or whatever the named profiles store;
 * without `--profile` all profiles but those on trial.
 */
export function kindsOf({ profile, dtype }: KindOptions, problems: Diagnostic[]): readonly KernelKind[] {
  const before = problems.length;
  const profiles = profile === undefined ? PROFILES : listOf("--profile", profile, PROFILES, problems);
  const otherwise: readonly Dtype[] = profile === undefined ? ["f32"] : DTYPES;
  const dtypes = dtype === undefined ? otherwise : listOf("--dtype", dtype, DTYPES, problems);
  const all = profile === undefined ? KINDS : ALL_KINDS;
  const kinds = all.filter((kind) => profiles.includes(kind.profile) && dtypes.includes(kind.dtype));
  if (problems.length > before || profile === undefined || dtype === undefined) return kinds;
  const isIdle = (each: string) => kinds.every((kind) => kind.profile !== each && kind.dtype !== each);
  const known = unique(ALL_KINDS.map((kind) => `${kind.profile} (${kind.dtype})`));
  const idle = profiles.filter(isIdle);
  for (const each of idle)
    problems.push(tell("kinds-apart", { given: `--profile ${each}`, other: `--dtype ${dtype}`, known }));
  for (const each of idle.length > 0 ? [] : dtypes.filter(isIdle)) {
    problems.push(tell("kinds-apart", { given: `--dtype ${each}`, other: `--profile ${profile}`, known }));
  }
  return kinds;
}

/** What a command asks for that runs one kernel. */
export interface KindChoice {
  readonly dtype: Dtype;
  /** Forced; by default the best that the device runs. */
  readonly profile?: Profile;
}

/** One dtype and, where it is named, one profile. */
export function kindChoice({ profile, dtype }: KindOptions, problems: Diagnostic[]): KindChoice {
  for (const [option, given] of [["--profile", profile] as const, ["--dtype", dtype] as const]) {
    if (given?.includes(",")) problems.push(tell("choice-one", { option, given }));
  }
  const options = { ...(profile === undefined ? {} : { profile }), ...(dtype === undefined ? {} : { dtype }) };
  const [kind] = kindsOf(options, problems);
  return { dtype: kind?.dtype ?? "f32", ...(kind && profile !== undefined ? { profile: kind.profile } : {}) };
}

/** Whether Dawn must offer what it keeps for trials. */
export const isOnTrial = ({ profile }: KindChoice): boolean => TRIAL_KINDS.some((kind) => kind.profile === profile);

/** What `--help` says of `--profile` where one kernel runs. */
export const FORCED_PROFILE = `kernel to run, and no other: ${PROFILES.join(", ")}; by default the best that the adapter runs`;
/** The same of `--dtype`. */
export const ONE_DTYPE = `how q, k, v and the output are stored: ${DTYPES.join(", ")}; softmax and sums are float32 (default: f32)`;
