#!/bin/sh
# The kernel test under AddressSanitizer and UndefinedBehaviorSanitizer, in a build folder of its own.
set -eu
cd "$(dirname "$0")"
OUT_DIR=${OUT_DIR:-../../build/kernels-test-sanitized} CXXFLAGS="-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined" \
  ASAN_OPTIONS=detect_leaks=0 sh ./run.sh --quick
