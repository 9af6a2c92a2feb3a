/** Data for training lives in `./data`; training itself is not built. */
export {};
