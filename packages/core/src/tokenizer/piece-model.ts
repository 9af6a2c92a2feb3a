/** Cuts one pre-tokenized piece of text into tokens. */
export interface PieceModel {
  readonly vocabSize: number;
  readonly unknownId: number;
  /** Appends the ids of `piece`. */
  encodePiece(piece: string, ids: number[]): void;
  idOf(token: string): number | undefined;
}
