#!/bin/sh
# The kernel test under AddressSanitizer and UndefinedBehaviorSanitizer, in a build folder of its own.
set -eu
cd "$(dirname "$0")"
# Checks in line, and of each pointer that lambdas hold, take the compiler many minutes in loops that are unrolled by hand.
quick="--param asan-instrumentation-with-call-threshold=0 -fno-sanitize=null,alignment,object-size"
OUT_DIR=${OUT_DIR:-../../build/kernels-test-sanitized} CXXFLAGS="-g1 -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined $quick" \
  ASAN_OPTIONS=detect_leaks=0 sh ./run.sh --quick
