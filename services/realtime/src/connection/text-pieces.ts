/** A text that is UTF-8 already, in pieces, which are copied once: into the frame that is written to the client. */
export class TextPieces {
  readonly pieces: readonly Buffer[];
  /** In bytes. */
  readonly length: number;

  constructor(pieces: readonly Buffer[]) {
    this.pieces = pieces;
    this.length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  }
}
