#!/bin/sh
# SPDX-License-Identifier: MIT
# What each binary exports and asks for. $NM holds flags, so it is not quoted.
set -u

count=0
# same NAME WANTED FOUND
same()
{
    count=$((count + 1))
    if test "$2" = "$3"; then
        echo "ok $count - $1"
    else
        printf 'wanted:\n%s\nfound:\n%s\n' "$2" "$3" | sed 's/^/# /'
        echo "not ok $count - $1"
    fi
}

defined()
{
    $NM -D --defined-only "$1" | awk '{ print $NF }' | sort
}

undefined()
{
    $NM -D --undefined-only "$1" | awk '{ print $NF }' | sort
}

# A declaration may continue on the next line, its name stands on the first.
declared=$(sed -n 's/^NUNCIO_API .*[ *]\(nuncio_[a-z0-9_]*\)(.*/\1/p' "$srcdir/include/nuncio/nuncio.h" | sort)
same "libnuncio exports what nuncio.h declares, and nothing else" \
    "$declared" "$(defined "$builddir/core/.libs/libnuncio.so")"

same "nuncio exports nothing that could take the place of a plugin's own" "" \
    "$(defined "$NUNCIO" | grep '^nuncio_')"

for plugin in "$PLUGIN_DIR"/*.so; do
    name=${plugin##*/}
    same "$name exports one symbol" nuncio_plugin_v1 "$(defined "$plugin")"
    same "$name needs nothing of nuncio" "" "$(undefined "$plugin" | grep '^nuncio_')"
done
for store in "$PLUGIN_DIR"/stores/*.so; do
    name=stores/${store##*/}
    same "$name exports one symbol" nuncio_store_v1 "$(defined "$store")"
    same "$name needs nothing of nuncio" "" "$(undefined "$store" | grep '^nuncio_')"
done
echo "1..$count"
