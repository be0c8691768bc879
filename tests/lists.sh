#!/bin/sh
# SPDX-License-Identifier: MIT
# What is written twice must agree: the lists of files in the Makemodule.am's and the files that exist, the
# version of the ABI in the header and in the build.
set -u
cd "$srcdir" || exit 1

count=0
ok()
{
    count=$((count + 1))
    echo "ok $count - $1"
}
not_ok()
{
    count=$((count + 1))
    echo "# $2"
    echo "not ok $count - $1"
}

# listed LIST SUFFIX FILE...: each file is named in the list, where SUFFIX stands for ".c": "=" for itself, ""
# for a program, ".la" for a plugin.
listed()
{
    list=$1
    suffix=$2
    shift 2
    missing=
    for file; do
        test -f "$file" || continue
        name=$file
        test "$suffix" = = || name=${file%.c}$suffix
        grep -qE "(^|[[:space:]])$name([[:space:]]|\$)" "$list" || missing="$missing $name"
    done
    name="$list lists ${1%/*}/*.${1##*.}"
    if test -z "$missing"; then
        ok "$name"
    else
        not_ok "$name" "missing:$missing"
    fi
}

listed core/Makemodule.am = core/*.[ch]
listed cli/Makemodule.am = cli/*.[ch]
listed sandbox/Makemodule.am = sandbox/*.[ch]
listed include/Makemodule.am = include/nuncio/*.h
listed etc/Makemodule.am = etc/*.ini
listed doc/Makemodule.am = doc/*.[1-8]
listed completions/Makemodule.am = completions/nuncio.* completions/_nuncio
listed plugins/Makemodule.am .la plugins/providers/*.c
listed plugins/Makemodule.am = plugins/stores/*.[ch]
listed tests/Makemodule.am "" tests/unit/test_*.c
listed tests/Makemodule.am = tests/unit/*.h
listed tests/Makemodule.am = tests/mocks/*.h
listed tests/Makemodule.am .la tests/mocks/*.c
listed tests/hostile/Makemodule.am = tests/hostile/*.py
listed tests/fuzz/Makemodule.am = tests/fuzz/*.[ch]
listed tests/fuzz/Makemodule.am = plugins/providers/*.c

header=$(sed -n 's/^#define NUNCIO_ABI_MAJOR *\([0-9]*\).*/\1/p' include/nuncio/plugin.h)
build=$(sed -n 's/^AC_SUBST(\[abi_major\], \[\([0-9]*\)\])$/\1/p' configure.ac)
if test -n "$header" && test "$header" = "$build"; then
    ok "the major version of the ABI"
else
    not_ok "the major version of the ABI" "plugin.h says '$header', configure.ac '$build'"
fi
echo "1..$count"
