/** Parameters of a pattern: numbers that a caller chooses when the kernel runs. */

/** Bounds and default of a parameter. The bounds are promises: the analysis uses them, the launcher checks them. */
export interface ParamOptions {
  /** Smallest allowed value, inclusive. */
  readonly min?: number;
  /** Largest allowed value, inclusive. */
  readonly max?: number;
  /** Value where the caller gives none. */
  readonly default?: number;
}

/** An integer parameter. */
export interface IntParam extends ParamOptions {
  readonly kind: "int";
}

/** A 32-bit floating-point parameter. */
export interface FloatParam extends ParamOptions {
  readonly kind: "float";
}

export type Param = IntParam | FloatParam;
export type Params = { readonly [name: string]: Param };

/** Declares an integer parameter: `int({ min: 1, max: 64, default: 3 })`. Values are int32. */
export function int(options: ParamOptions = {}): IntParam {
  return { kind: "int", ...options };
}

/** Declares a floating-point parameter: `float({ min: 0, default: 0.5 })`. Kernels read it as f32. */
export function float(options: ParamOptions = {}): FloatParam {
  return { kind: "float", ...options };
}
