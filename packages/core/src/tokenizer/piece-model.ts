/** Cuts one pre-tokenized piece of text into tokens. */
export interface PieceModel {
  readonly vocabSize: number;
  readonly unknownId: number;
  /** Appends the ids of `piece`. */
  encodePiece(piece: string, ids: number[]): void;
  idOf(token: string): number | undefined;
  /** Text that a token stands for, without marks of where words begin or go on; null for one that stands for unknown text. */
  textOf(id: number): string | null;
}
