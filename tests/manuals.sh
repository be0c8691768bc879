#!/bin/sh
# SPDX-License-Identifier: MIT
# The manuals are clean, and their examples compile and do what is said. $CC may hold flags, so it is not quoted.
set -u
umask 022

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
count=0

# check NAME COMMAND...: what the command prints on a failure is shown.
check()
{
    name=$1
    shift
    count=$((count + 1))
    if output=$("$@" 2>&1); then
        echo "ok $count - $name"
    else
        printf '%s\n' "$output" | sed 's/^/# /'
        echo "not ok $count - $name"
    fi
}

skip()
{
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

# In their own directory the manuals find each other.
lint()
{
    (cd "$srcdir/doc" && output=$(mandoc -Tlint "$1") && test -z "$output" || { printf '%s\n' "$output" && false; })
}

# The example is the one literal display that is not indented.
example()
{
    sed -n '/^\.Bd -literal$/,/^\.Ed$/p' "$1" | sed '1d; $d; s/\\e/\\/g'
}

for page in "$srcdir"/doc/*.[1-8]; do
    page=${page##*/}
    if command -v mandoc >/dev/null; then
        check "$page is clean" lint "$page"
    else
        skip "$page is clean" "no mandoc: install mandoc"
    fi
done

example "$srcdir/doc/nuncio-plugin.7" >"$work/acme.c"
example "$srcdir/doc/libnuncio.3" >"$work/program.c"
strict="-Wall -Wextra -Wpedantic -Werror -I$srcdir/include"
check "doc/acme.c is the example of nuncio-plugin(7)" cmp "$work/acme.c" "$srcdir/doc/acme.c"
mkdir "$work/plugins"
check "the example of nuncio-plugin(7) compiles as C99" \
    $CC -std=c99 $strict -fPIC -shared -fvisibility=hidden "$work/acme.c" -o "$work/plugins/acme.so"
check "the example of libnuncio(3) compiles as C99" \
    $CC -std=c99 $strict -c "$work/program.c" -o "$work/program.o"

# nuncio refuses plugins that others could have replaced; a build with umask 002 leaves them so.
chmod go-w "$PLUGIN_DIR" "$PLUGIN_DIR"/*.so "$PLUGIN_DIR"/stores "$PLUGIN_DIR"/stores/*.so

# The configuration below the example, with a key.
cat >"$work/nuncio.ini" <<END
[nuncio]
plugin_path = $work/plugins
END
sed -n '/^\[provider acme\]$/,/^\.Ed$/p' "$srcdir/doc/nuncio-plugin.7" | sed '$d' >>"$work/nuncio.ini"
export ACME_API_KEY=secret-of-acme
for command in "plugins" "providers" "check" "send --explain helper" "send --dry-run helper Hello"; do
    check "nuncio $command with the example" "$NUNCIO" --config "$work/nuncio.ini" $command
done

# says NAME TEXT COMMAND...: its output has the text.
says()
{
    text=$1
    shift
    "$@" >"$work/out" 2>&1 && grep -qF -e "$text" "$work/out" || { cat "$work/out" && false; }
}
check "the example has a strategy" says "async-poll: " "$NUNCIO" --config "$work/nuncio.ini" send --explain helper
check "the example names its agent in the path" says "POST /v1/agents/a1/runs" \
    "$NUNCIO" --config "$work/nuncio.ini" send --dry-run helper Hello
check "the example hides its key" says "Authorization: Bearer ***" \
    "$NUNCIO" --config "$work/nuncio.ini" send --dry-run helper Hello

# Each configuration in nuncio.ini(5) and nuncio(1), as it stands.
touch "$work/gennia.key" "$work/example-ca.pem" && chmod 600 "$work/gennia.key"
for page in nuncio.ini.5 nuncio.1; do
    awk -v out="$work/$page" '/^\.Bd -literal -offset indent$/ { inside = 1; next }
        /^\.Ed$/ { inside = 0; close(file) } inside && /^\[provider/ && !begun { begun = 1; file = out "." ++n ".ini" }
        !inside { begun = 0 } inside && begun { print > file }' "$srcdir/doc/$page"
    for ini in "$work/$page".*.ini; do
        sed -i "1i [nuncio]\nplugin_path = $PLUGIN_DIR" "$ini"
        check "a configuration of $page: $(sed -n 's/^\[provider \(.*\)\]/\1/p' "$ini")" \
            "$NUNCIO" --config "$ini" providers
    done
done
echo "1..$count"
