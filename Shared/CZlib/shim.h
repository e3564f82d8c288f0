#pragma once
#include <zlib.h>

// The init functions are macros, which Swift does not import.
static inline int bangban_deflate_init_raw(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
}
static inline int bangban_deflate_init_gzip(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, MAX_WBITS + 16, 9, Z_DEFAULT_STRATEGY);
}
static inline int bangban_inflate_init_raw(z_stream *stream) { return inflateInit2(stream, -MAX_WBITS); }
