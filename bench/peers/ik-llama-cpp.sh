#!/bin/sh
# Usage: sh bench/peers/ik-llama-cpp.sh FOLDER. Installs ik-llama-cpp-python, which compiles ik_llama.cpp.
set -eu
mkdir -p "$1"
cd "$1"
python3 -m venv venv
CMAKE_ARGS="-DGGML_NATIVE=ON" venv/bin/pip install ik-llama-cpp-python
