/** The part of gifenc that is used; the package has no types. */
declare module "gifenc" {
  /** Red, green and blue from 0 to 255. */
  export type Palette = (readonly number[])[];
  type Format = "rgb565" | "rgb444";
  interface Writer {
    /** The first frame needs a palette, which is that of the others without one; `delay` is in milliseconds. */
    writeFrame(
      index: Uint8Array,
      width: number,
      height: number,
      options: { readonly palette?: Palette; readonly delay?: number; readonly repeat?: number },
    ): void;
    finish(): void;
    bytes(): Uint8Array<ArrayBuffer>;
  }
  export interface Gifenc {
    GIFEncoder(): Writer;
    /** Takes the whole buffer behind the pixels. */
    quantize(rgba: Uint8Array, colours: number, options: { readonly format: Format }): Palette;
  }
  const gifenc: Gifenc;

  export { gifenc as default };
}
