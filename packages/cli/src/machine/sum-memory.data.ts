/**
 * WebAssembly that adds up the i64s in [at, end) of its memory, 128 bytes a round in four vector accumulators:
 * `sum(at: i32, end: i32): i64` and `memory`. Text form of the loop body, repeated for the eight offsets 0 to 112:
 * `(local.set $a (i64x2.add (local.get $a) (v128.load offset=0 (local.get $at))))`.
 */
export const sumMemoryWasm: string =
  "AGFzbQEAAAABBwFgAn9/AX4DAgEABQYBAQGAgAQHEAIGbWVtb3J5AgADc3VtAAAKgwEBgAEBBHsDQCACIAD9AAQA/c4BIAD9AARA/c4BIQIgAyAA/QAE" +
  "EP3OASAA/QAEUP3OASEDIAQgAP0ABCD9zgEgAP0ABGD9zgEhBCAFIAD9AAQw/c4BIAD9AARw/c4BIQUgAEGAAWoiACABSQ0ACyACIAP9zgEgBCAF/c4B" +
  "/c4B/R0ACw==";
