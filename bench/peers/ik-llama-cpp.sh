#!/bin/sh
# Usage: sh bench/peers/ik-llama-cpp.sh FOLDER. Installs ik-llama-cpp-python, which brings its binaries where it has them.
set -eu
mkdir -p "$1"
cd "$1"
python3 -m venv venv
venv/bin/pip install -q ik-llama-cpp-python==0.1.5
