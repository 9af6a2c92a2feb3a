#!/bin/sh
# Builds the training kernels without Node and checks them, those of AVX-512 and AMX emulated; needs a C++ compiler on x86-64.
set -eu
cd "$(dirname "$0")"
[ "$(uname -m)" = x86_64 ] || { echo "skipped: needs an x86-64 machine"; exit 0; }
CXX=${CXX:-g++}
out=${OUT_DIR:-../../build/train-test}
mkdir -p "$out"
common="-std=c++20 -O1 -ffp-contract=off -fno-math-errno -Wall -Wno-psabi ${CXXFLAGS:-}"
avx2="-mavx2 -mfma -mf16c"
$CXX $common -c ../src/train-generic.cpp -o "$out/generic.o" & generic=$!
$CXX $common $avx2 -c ../src/train-avx2.cpp -o "$out/avx2.o" & avx2Job=$!
$CXX $common $avx2 -DLLAMERO_EMULATE -c ../src/train-avx512.cpp -o "$out/avx512.o" & wide=$!
$CXX $common $avx2 -DLLAMERO_EMULATE -c ../src/train-amx.cpp -o "$out/amx.o" & matrix=$!
$CXX $common -c train-test.cpp -o "$out/test.o"
for job in $generic $avx2Job $wide $matrix; do wait "$job"; done
$CXX ${CXXFLAGS:-} "$out"/*.o -o "$out/train-test"
exec "$out/train-test"
