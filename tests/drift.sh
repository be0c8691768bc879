#!/bin/sh
# SPDX-License-Identifier: MIT
# Code, --help, samples and manuals tell the same: drift/ compares them.
if ! command -v python3 >/dev/null; then
    echo "1..0 # SKIP code and manuals are not compared: install python3"
    exit 0
fi
chmod go-w "$PLUGIN_DIR" "$PLUGIN_DIR"/*.so "$PLUGIN_DIR"/stores "$PLUGIN_DIR"/stores/*.so
exec python3 "$srcdir/tests/drift/drift.py"
