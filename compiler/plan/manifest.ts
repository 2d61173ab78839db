/** `manifest.json`: all that a launcher must know of a compiled pattern. Plain JSON, versioned by `schema`. */
import type { Axes, PatternParam, PatternTable, TableLabel } from "./pattern.js";
import type { TensorInput } from "./tensor.js";

/**
 * An integer or float expression as JSON, for bounds that the launcher computes: a number, the name of a variable, or
 * `[operator, ...operands]` with the operators of the IR (`add`, `floorDiv`, ...); `["lookup", table, ...indices]`,
 * `["search", table, value, strict]` and `["select", condition, a, b]` likewise.
 */
export type JsonExpression = number | string | readonly [string, ...(JsonExpression | boolean)[]];

/** Something that must hold for the actual grid and params before a launch. */
export interface RangeCheck {
  /** `int32`: every value of the expression fits 32 bits; `nonzero`: 0 is not among its values. */
  readonly kind: "int32" | "nonzero";
  /** The expression as the user wrote it or, for one that the compiler made, as it prints. */
  readonly text: string;
  /** Whether the compiler made it; absent for what the user wrote. */
  readonly isDerived?: true;
  readonly expression: JsonExpression;
}

/**
 * First and last position that a loop visits along each key axis, outer to inner, in one region; over the variables of
 * the plan. With intervals for the queries they bound the keys that a part of a launch reads.
 */
export type KeyHull = readonly { readonly first: JsonExpression; readonly last: JsonExpression }[];

export interface ManifestParam extends PatternParam {
  /** The value that was compiled in with `--set`; absent for a uniform. */
  readonly value?: number;
}

/** A dimension of a table. */
export interface ManifestLabel extends Omit<TableLabel, "extent"> {
  /** The declared extent of a free dimension, over int params; absent where any extent will do. */
  readonly extent?: {
    /** As the user wrote it. */
    readonly text: string;
    readonly expression: JsonExpression;
  };
}

export interface ManifestTable extends Omit<PatternTable, "labels"> {
  readonly labels: readonly ManifestLabel[];
}

export interface UniformField {
  readonly name: string;
  readonly type: "i32" | "u32" | "f32";
  /** Bytes from the start of the uniform block. */
  readonly offset: number;
}

/** Subgroup matrices that are multiplied, M x K by K x N: an entry of a device's `subgroupMatrixConfigs`. */
export interface SubgroupMatrix {
  readonly componentType: "f16" | "f32";
  readonly resultComponentType: "f32";
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** How an element of q, k, v and the output is stored; the LSE and float tables are f32 in any case. */
export type Dtype = "f32" | "f16";

/** The kernel that joins what the splits of a launch give, by their LSEs. */
export interface ManifestMerge {
  /** Name of the WGSL file beside the manifest. */
  readonly file: string;
  readonly entryPoint: string;
  /** Invocations of a workgroup; each joins one element of the output. */
  readonly workgroupSize: number;
  /** Group 0: `uniforms`, `parts` and `part_lse` (what the splits wrote), `output`, `lse`. */
  readonly bindings: ManifestKernel["bindings"];
  /**
   * Names: `rows` (of the dispatch), `splits`, `value_dim`, `extent_<i>` of its box of rows, for i from 1 to 5: heads and
   * up to four axes, the innermost last; `<operand>_offset`, `<operand>_stride_<i>` for i from 0 (batch) to 5 and
   * `<operand>_split_stride` of what is read, and for parts and output `<operand>_stride_dim`.
   */
  readonly uniforms: ManifestKernel["uniforms"];
}

/** In `Manifest.kernels` they stand in order of preference. */
export interface ManifestKernel {
  /** Name of the WGSL file beside the manifest. */
  readonly file: string;
  readonly entryPoint: string;
  readonly profile: string;
  readonly dtype: Dtype;
  readonly headDim: number;
  readonly valueDim: number;
  /** Invocations of a workgroup. */
  readonly workgroupSize: number;
  /** Extents of a query tile, one per query axis; one workgroup computes one tile of one head. */
  readonly queryTile: readonly number[];
  readonly keyTile: readonly number[];
  /** The grids that the tiles were chosen for; absent where they are the default. Any kernel is right on every grid. */
  readonly grids?: readonly { readonly q: readonly number[]; readonly k: readonly number[] }[];
  /** Device features and limits without which the kernel cannot run. */
  readonly features: readonly string[];
  readonly limits: { readonly [limit: string]: number };
  /** Least number of invocations that a subgroup of the device must have. */
  readonly subgroupSize?: number;
  /** What the device's subgroups must be able to multiply. */
  readonly subgroupMatrix?: SubgroupMatrix;
  /**
   * The kernel reads so many elements of a row at a time: q, k, v and output have dim stride 1, and their offsets and
   * all other strides are multiples of this, and so is where their buffers may end. Absent where any layout will do.
   */
  readonly rowAlignment?: number;
  /** Group 0, in order of binding: `uniforms`, `q`, `k`, `v`, `tables` (where the pattern has any), `output`, `lse`. */
  readonly bindings: readonly { readonly name: string; readonly type: "uniform" | "read-only-storage" | "storage" }[];
  /**
   * Bytes and fields of the uniform block. Names: `size_q_<axis>`, `size_k_<axis>`, `origin_q_<axis>`,
   * `origin_k_<axis>`, `extent_q_<axis>`, `extent_k_<axis>`, `heads`, `key_heads`, `first_tile`,
   * `total_tiles` (the end of the dispatch: workgroups whose tile is not below it exit), `splits` (workgroups per tile,
   * which share its key boxes), `tiles_<axis>`, `scale`,
   * `slot_k_<axis>` (slot of the first key position), `wrap_k_<axis>` (the same less the extent of the ring; 2^31 where
   * there is none),
   * `<operand>_offset`, `<operand>_stride_batch|head|<axis>|dim` in elements for q, k, v, output, lse (no dim),
   * `output_split_stride`, `lse_split_stride` from what one split writes to what the next one does,
   * `param_<name>`, `table_<name>_offset`, `table_<name>_extent_<i>` in elements, `head_dim`, `value_dim`,
   * `no_unroll` (always 0, added to loop bounds).
   */
  readonly uniforms: { readonly size: number; readonly fields: readonly UniformField[] };
  /** Without it, a tile is computed by one workgroup. */
  readonly merge?: ManifestMerge;
}

/** A CUDA kernel: a `.cu` file beside the manifest, compiled by nvcc with its launcher, or by NVRTC without. */
export interface ManifestCudaKernel {
  readonly file: string;
  /** The kernel's name in its module; its forward function is `mscc_<symbol>_forward`. */
  readonly symbol: string;
  /** `sm_80` runs on compute capability 8.0 and up, `sm_90a` on 9.0 alone. */
  readonly architecture: "sm_80" | "sm_90a";
  readonly dtype: Dtype | "bf16";
  readonly headDim: number;
  readonly valueDim: number;
  /** Extents of a query tile, one per query axis; one block computes one tile of one head. */
  readonly queryTile: readonly number[];
  readonly keyTile: readonly number[];
  /** Threads of a block. */
  readonly threads: number;
  /** Bytes of dynamic shared memory of a block. */
  readonly sharedMemory: number;
}

/** How many workgroups a launch of a tensor operation needs, from the extents of its axes; numbered through and folded. */
export type TensorDispatch =
  /** One workgroup per `perWorkgroup` elements of the output. */
  | { readonly kind: "elements"; readonly perWorkgroup: number }
  /** One workgroup per element of the index space of `axes`. */
  | { readonly kind: "rows"; readonly axes: readonly string[] }
  /** One workgroup per tile: `batch` outermost, then tiles of `rows` flattened, then of `columns` flattened. */
  | {
      readonly kind: "tiles";
      readonly batch: readonly string[];
      readonly rows: readonly string[];
      readonly columns: readonly string[];
      readonly tile: readonly [rows: number, columns: number];
    };

/** A kernel of a tensor operation; in `TensorManifest.kernels` they stand in order of preference. */
export interface TensorManifestKernel {
  /** Name of the WGSL file beside the manifest. */
  readonly file: string;
  readonly entryPoint: string;
  readonly profile: string;
  readonly dtype: Dtype;
  readonly workgroupSize: number;
  readonly dispatch: TensorDispatch;
  readonly features: readonly string[];
  readonly limits: { readonly [limit: string]: number };
  /** Least number of invocations that a subgroup of the device must have. */
  readonly subgroupSize?: number;
  /** Most of them: of wider subgroups the kernel would use only a part. */
  readonly subgroupMost?: number;
  /** Group 0, in order of binding: `uniforms`, the inputs by name as declared, `output`. */
  readonly bindings: ManifestKernel["bindings"];
  /**
   * Names: `first` (number of the dispatch's first workgroup), `total` (workgroups of the launch: those numbered from it
   * on exit), `count` (elements of the output), `size_<label>` (extents of axes, then of free labels), `<input>_offset`,
   * `<input>_stride_<i>`, `output_offset`, `output_stride_<i>` in elements, `param_<name>`, `no_unroll` (always 0).
   */
  readonly uniforms: ManifestKernel["uniforms"];
}

/** `manifest.json` of a tensor operation. */
export interface TensorManifest {
  readonly schema: 1;
  readonly kind: "tensor";
  readonly mscc: string;
  readonly name: string;
  readonly source: string;
  readonly sentence: string;
  readonly axes: readonly string[];
  readonly params: readonly ManifestParam[];
  readonly inputs: readonly TensorInput[];
  /** The output is f32 whatever the kernel's dtype. */
  readonly isExact: boolean;
  /** Reductions and value as the compiler prints them, in order. */
  readonly text: readonly string[];
  readonly schedule: string;
  /** Range variables of reductions; every extent must be at least 1. */
  readonly ranges: readonly { readonly name: string; readonly text: string; readonly extent: JsonExpression }[];
  /** Over `at.<axis>`, `size.<label>`, ranges and params. */
  readonly checks: readonly RangeCheck[];
  readonly kernels: readonly TensorManifestKernel[];
}

/** What `mscc compile --proved` proved of the kernels before it wrote them. */
export interface ManifestProof {
  /** Name and version. */
  readonly solver: string;
  /** Some of it is proved of real numbers, without the rounding of floats and without NaN. */
  readonly over?: "reals";
  /** Number of claims by kind (`coverage`, `uniqueness`, `tiles`, `score`, `integers`, `tables`), all of them proved. */
  readonly claims: { readonly [kind: string]: number };
}

export interface Manifest {
  readonly schema: 1;
  readonly mscc: string;
  /** Name of the export, of the directory and of the kernel in messages. */
  readonly name: string;
  /** Path of the source relative to its package. */
  readonly source: string;
  /** A sentence that states the pattern. */
  readonly sentence: string;
  /** `attend` and `score` as the compiler prints them. */
  readonly attend: string;
  readonly score?: string;
  readonly axes: Axes;
  readonly params: readonly ManifestParam[];
  readonly tables: readonly ManifestTable[];
  readonly checks: readonly RangeCheck[];
  /** Where the keys of a tile of queries lie, per region of the loops. Absent: anywhere in the operand. */
  readonly hulls?: readonly KeyHull[];
  /** Absent where nothing was proved. */
  readonly proved?: ManifestProof;
  readonly kernels: readonly ManifestKernel[];
  /** In order of preference; absent where none were compiled. */
  readonly cuda?: readonly ManifestCudaKernel[];
}
