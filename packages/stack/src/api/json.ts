/** A JSON value as it comes over the wire. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
