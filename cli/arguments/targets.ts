/** `--target`: which kinds of kernels of which languages `mscc compile` makes. */
import { CUDA_KINDS, type CudaKind } from "../../backends/cuda/kinds.js";
import { ALL_KINDS, type KernelKind } from "../../backends/wgsl/index.js";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { tell } from "../messages.js";
import { type KindOptions, kindsOf } from "./kinds.js";

export const TARGETS = ["wgsl", "cuda"] as const;
export type TargetName = (typeof TARGETS)[number];

export interface TargetKinds {
  /** Best first. */
  readonly wgsl: readonly KernelKind[];
  readonly cuda: readonly CudaKind[];
}

export interface TargetOptions extends KindOptions {
  readonly target: string;
}

/** What CUDA kernels store where nothing is said. */
const CUDA_DTYPE = "bf16";

const OF = { wgsl: ALL_KINDS, cuda: CUDA_KINDS } as const;
const NAMES = { "--profile": "profile", "--dtype": "dtype" } as const;

const isIn = (list: string | undefined, name: string) => list === undefined || list.split(",").includes(name);

function targetsOf(text: string, problems: Diagnostic[]): TargetName[] {
  return text.split(",").flatMap((given) => {
    const found = TARGETS.find((each) => each === given);
    if (!found) problems.push(tell("choice-unknown", { option: "--target", given, known: TARGETS }));
    return found ? [found] : [];
  });
}

/** Refuses names that no kernel of the targets has. */
function checkNames(options: TargetOptions, targets: readonly TargetName[], problems: Diagnostic[]): void {
  for (const option of ["--profile", "--dtype"] as const) {
    const key = NAMES[option];
    const namesOf = (target: TargetName): string[] => OF[target].map((kind: KernelKind | CudaKind) => kind[key]);
    const known = [...new Set(targets.flatMap(namesOf))];
    for (const given of options[key]?.split(",") ?? []) {
      if (known.includes(given)) continue;
      const other = TARGETS.find((target) => namesOf(target).includes(given));
      const facts = { option, given, known };
      problems.push(other ? tell("target-other", { ...facts, target: other }) : tell("choice-unknown", facts));
    }
  }
}

/** The options without the names that only kernels of the other target have. */
function ofWgsl({ profile, dtype }: TargetOptions): KindOptions {
  const own = (list: string | undefined, key: "profile" | "dtype") =>
    list
      ?.split(",")
      .filter((name) => ALL_KINDS.some((kind) => kind[key] === name))
      .join(",");
  const [profiles, dtypes] = [own(profile, "profile"), own(dtype, "dtype")];
  return {
    ...(profiles === undefined ? {} : { profile: profiles }),
    ...(dtypes === undefined ? {} : { dtype: dtypes }),
  };
}

/** The kinds that the options name; without `--dtype` and `--profile`, float32 in WGSL and bfloat16 in CUDA. */
export function kindsOfTargets(options: TargetOptions, problems: Diagnostic[]): TargetKinds {
  const before = problems.length;
  const targets = targetsOf(options.target, problems);
  checkNames(options, targets, problems);
  if (problems.length > before) return { wgsl: [], cuda: [] };
  const { profile, dtype } = options;
  if (targets.length === 1 && targets[0] === "wgsl") return { wgsl: kindsOf(options, problems), cuda: [] };
  const dtypes = dtype ?? (profile === undefined ? CUDA_DTYPE : undefined);
  const given = ofWgsl(options);
  const hasWgsl = targets.includes("wgsl") && given.profile !== "" && given.dtype !== "";
  const kinds: TargetKinds = {
    wgsl: hasWgsl ? kindsOf(given, problems) : [],
    cuda: targets.includes("cuda")
      ? CUDA_KINDS.filter((kind) => isIn(profile, kind.profile) && isIn(dtypes, kind.dtype))
      : [],
  };
  for (const target of targets.filter((each) => kinds[each].length === 0 && problems.length === before)) {
    const other = [profile && `--profile ${profile}`, dtype && `--dtype ${dtype}`].filter(Boolean).join(" ");
    const known = [...new Set(OF[target].map((kind: KernelKind | CudaKind) => `${kind.profile} (${kind.dtype})`))];
    problems.push(tell("kinds-apart", { given: `--target ${target}`, other, known }));
  }
  return kinds;
}
