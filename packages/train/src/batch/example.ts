/** Token ids with a weight each: the smallest thing that a loss is taken on. A document, or a rendered conversation. */
export interface TrainExample {
  ids: Int32Array;
  /** Weight of the loss of predicting `ids[i]` from what is before it; 0 where nothing is learned. `weights[0]` is 0. */
  weights: Float32Array;
}
