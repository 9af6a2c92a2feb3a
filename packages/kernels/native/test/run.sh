#!/bin/sh
# Builds the kernels without Node and checks them; needs only a C++ compiler. Arguments go to the program: --quick, --bench [threads].
set -eu
cd "$(dirname "$0")"
CXX=${CXX:-g++}
out=${OUT_DIR:-../../build/kernels-test}
mkdir -p "$out"
common="-std=c++20 -O3 -ffp-contract=off -fno-math-errno -Wall -Wno-psabi -pthread ${CXXFLAGS:-}"
avx2="-mavx2 -mfma -mf16c"
vnni="$avx2 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni"
amx="$vnni -mavx512bf16 -mamx-tile -mamx-int8 -mamx-bf16"
# The emulated sets have names of their own, so that both kinds fit into one program.
emulated="-O1 -DLLAMERO_EMULATE -Davx512Kernels=avx512Emulated $avx2"
have="-DHAVE_AVX512 -DHAVE_AMX -DHAVE_EMULATED"
newest=$(ls -t ../src/*.h *.h | head -1)
# object, source, flags: compiled only when older than its source and every header
compile() {
  if [ ! -f "$out/$1" ] || [ "$2" -nt "$out/$1" ] || [ "$newest" -nt "$out/$1" ]; then $CXX $common $3 -c "$2" -o "$out/$1"; fi
}
jobs=""
start() { compile "$@" & jobs="$jobs $!"; }
start generic.o ../src/generic.cpp ""
start avx2.o ../src/avx2.cpp "$avx2"
start avx512.o ../src/avx512.cpp "$vnni"
start amx.o ../src/amx.cpp "$amx"
start amx-bf16.o ../src/amx.cpp "$amx -DamxKernels=amxBf16 -DLLAMERO_INT8_ROWS=0"
start avx512-emulated.o ../src/avx512.cpp "$emulated"
start amx-emulated.o ../src/amx.cpp "$emulated -DamxKernels=amxEmulated"
start amx-bf16-emulated.o ../src/amx.cpp "$emulated -DamxKernels=amxBf16Emulated -DLLAMERO_INT8_ROWS=0"
start bench.o kernels-bench.cpp "$have"
start test.o kernels-test.cpp "$have"
for job in $jobs; do wait "$job"; done
$CXX -pthread ${CXXFLAGS:-} "$out"/*.o -o "$out/kernels-test"
"$out/kernels-test" "$@"
