#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs each fuzz target on the inputs that tests/fuzz/corpus.py makes of the golden transcripts.
set -u

if ! command -v python3 >/dev/null; then
    echo "1..0 # SKIP the fuzz targets are not run: install python3"
    exit 0
fi
corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT
python3 "$srcdir/tests/fuzz/corpus.py" "$srcdir" "$corpus" || echo "Bail out! corpus.py failed"

count=0
for directory in "$corpus"/*/; do
    directory=${directory%/}
    name=${directory##*/}
    count=$((count + 1))
    if output=$("$builddir/tests/fuzz/$name" "$directory" 2>&1); then
        echo "ok $count - $name: $output"
    else
        echo "$output" | sed 's/^/# /'
        echo "not ok $count - $name"
    fi
done
echo "1..$count"
