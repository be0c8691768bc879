#!/bin/sh
# SPDX-License-Identifier: MIT
# Each public header compiles alone, and all of them together, as C99, C11 and C++, without a warning.
set -u

count=0

# check NAME SOURCE COMPILER...: compiles the source text.
check()
{
    name=$1
    source=$2
    shift 2
    count=$((count + 1))
    if errors=$(printf '%s\nint main(void) { return 0; }\n' "$source" |
        "$@" -Wall -Wextra -Wpedantic -Wshadow -Werror -I"$srcdir/include" -fsyntax-only - 2>&1); then
        echo "ok $count - $name"
    else
        printf '%s\n' "$errors" | sed 's/^/# /'
        echo "not ok $count - $name"
    fi
}

# check_all NAME SOURCE: in every language. $CC may hold flags, so it is not quoted.
check_all()
{
    check "$1 as C99" "$2" $CC -std=c99 -xc
    check "$1 as C11" "$2" $CC -std=c11 -xc
    if test -n "${CXX-}"; then
        check "$1 as C++" "$2" $CXX -std=c++11 -xc++
    else
        count=$((count + 1))
        echo "ok $count - $1 as C++ # SKIP no C++ compiler: install g++"
    fi
}

together=
for header in "$srcdir"/include/nuncio/*.h; do
    name=nuncio/${header##*/}
    include="#include <$name>"
    check_all "$name" "$include"
    together="$together$include
"
done
check_all "all headers together" "$together"
echo "1..$count"
