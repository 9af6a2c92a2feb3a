import { crc32 } from "node:zlib";

/**
 * WebAssembly of `digest(at, end, to)` over the imported memory: the rounds of xxHash32 (Y. Collet) in 16 lanes of 32
 * bits, 64 bytes a time, that is acc = rotl(acc + word * 0x85EBCA77, 13) * 0x9E3779B1 from 1 to 16; `to` gets the
 * lanes. Text form of one of the four vectors, with $a the accumulator:
 * `(local.set $a (i32x4.mul (v128.or (i32x4.shl (local.tee $t (i32x4.add (local.get $a) (i32x4.mul (v128.load (local.get
 * $at)) (...)))) (i32.const 13)) (i32x4.shr_u (local.get $t) (i32.const 19))) (...)))`.
 */
const digestWasm: string =
  "AGFzbQEAAAABBwFgA39/fwACCAEBZQFtAgAAAwIBAAcKAQZkaWdlc3QAAAqoAwGlAwEEe/0MAQAAAAIAAAADAAAABAAAACED/QwFAAAABgAAAA" +
  "cAAAAIAAAAIQT9DAkAAAAKAAAACwAAAAwAAAAhBf0MDQAAAA4AAAAPAAAAEAAAACEGA0AgACABT0UEQCADIAD9AAQA/Qx3yuuFd8rrhXfK64V3" +
  "yuuF/bUB/a4BIgNBDf2rASADQRP9rQH9UP0MsXk3nrF5N56xeTeesXk3nv21ASEDIAQgAP0ABBD9DHfK64V3yuuFd8rrhXfK64X9tQH9rgEiBE" +
  "EN/asBIARBE/2tAf1Q/QyxeTeesXk3nrF5N56xeTee/bUBIQQgBSAA/QAEIP0Md8rrhXfK64V3yuuFd8rrhf21Af2uASIFQQ39qwEgBUET/a0B" +
  "/VD9DLF5N56xeTeesXk3nrF5N579tQEhBSAGIAD9AAQw/Qx3yuuFd8rrhXfK64V3yuuF/bUB/a4BIgZBDf2rASAGQRP9rQH9UP0MsXk3nrF5N5" +
  "6xeTeesXk3nv21ASEGIABBQGshAAwBCwsgAiAD/QsEACACIAT9CwQQIAIgBf0LBCAgAiAG/QsEMAs=";

/** TypeScript has no types for WebAssembly outside the DOM. */
interface WasmApi {
  Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: { digest: (at: number, end: number, to: number) => void } };
}

const wasm = Reflect.get(globalThis, "WebAssembly") as WasmApi;

const lanesBytes = 64;
/**
 * Of the header, in memory that begins at a page. Copying out of the system's file cache, which holds a file page by page,
 * takes four times as long on AMD processors when a target is 1 to 31 bytes further into its page than the source; this
 * is as far from that as can be. The payload behind it is at a multiple of 64.
 */
const headerStart = 2000;
/** Header of a stored block. */
export const headerBytes = 48;
const payloadStart: number = headerStart + headerBytes;

/** A place for one stored block. */
export interface BlockSlot {
  /** Header, payload and one byte more, which is there if a file is too long. */
  readonly file: Uint8Array;
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
  /** 32 bits over the payload: any change of one word shows, others but for one in 4 billion. */
  checksum(): number;
}

/** A place for a block in memory that the checksum can be computed in: zlib's CRC-32 is five times slower. */
export function createBlockSlot(blockBytes: number): BlockSlot {
  const paddedBytes = Math.ceil(blockBytes / lanesBytes) * lanesBytes;
  const paddedEnd = payloadStart + paddedBytes;
  const lanesStart = paddedEnd + lanesBytes;
  const memory = new wasm.Memory({ initial: Math.ceil((lanesStart + lanesBytes) / 2 ** 16) });
  const module = new wasm.Module(Buffer.from(digestWasm, "base64"));
  const { digest } = new wasm.Instance(module, { e: { m: memory } }).exports;
  const view = (from: number, length: number): Uint8Array => new Uint8Array(memory.buffer, from, length);
  const lanes = view(lanesStart, lanesBytes);
  const padding = view(payloadStart + blockBytes, paddedBytes - blockBytes);
  return {
    file: view(headerStart, headerBytes + blockBytes + 1),
    header: view(headerStart, headerBytes),
    payload: view(payloadStart, blockBytes),
    checksum() {
      padding.fill(0);
      digest(payloadStart, paddedEnd, lanesStart);
      return crc32(lanes);
    },
  };
}
