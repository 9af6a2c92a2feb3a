#!/bin/sh
# Usage: sh bench/peers/node-llama-cpp.sh FOLDER. Installs node-llama-cpp; its install script, which may compile, is left out.
set -eu
mkdir -p "$1"
cd "$1"
[ -f package.json ] || npm init -y > /dev/null
npm install --ignore-scripts node-llama-cpp@3.22.1
