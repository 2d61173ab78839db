#!/bin/sh
# Builds, checks and times the CUDA kernels: sh run.sh [part ...] [--quick]; PYTHON names another python3.
here=$(cd "$(dirname "$0")" && pwd)
exec "${PYTHON:-python3}" "$here/cuda.py" "$@"
