#!/bin/sh
# Checks the NEON kernels on any machine: cross-compiles and runs under qemu-aarch64 (slow; needs g++-aarch64-linux-gnu and qemu-user).
set -eu
cd "$(dirname "$0")"
CXX=${CXX:-aarch64-linux-gnu-g++}
for tool in "$CXX" qemu-aarch64; do
  command -v "$tool" >/dev/null || { echo "skipped: needs $tool (g++-aarch64-linux-gnu, qemu-user)"; exit 0; }
done
out=${OUT_DIR:-../../build/kernels-test-neon}
mkdir -p "$out"
$CXX -std=c++20 -O3 -ffp-contract=off -fno-math-errno -Wall -Wno-psabi -pthread -static -march=armv8.2-a+dotprod+fp16 \
  ../src/generic.cpp ../src/neon.cpp kernels-test.cpp kernels-bench.cpp -o "$out/kernels-test"
exec qemu-aarch64 -cpu max "$out/kernels-test" "${1:---quick}"
