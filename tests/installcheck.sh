#!/bin/sh
# SPDX-License-Identifier: MIT
# make installcheck: what is installed serves a third party. Builds a plugin and a program outside the tree
# from what pkg-config tells alone, and runs the installed nuncio. $CC may hold flags, so it is not quoted.
set -u

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
# Neither the caller's umask nor its configuration has a say.
umask 022
unset NUNCIO_CONFIG STATE_DIRECTORY
export HOME="$work" XDG_CONFIG_HOME="$work" XDG_STATE_HOME="$work"
export PKG_CONFIG_PATH="$libdir/pkgconfig" LD_LIBRARY_PATH="$libdir"

fail()
{
    echo "installcheck: $1" >&2
    exit 1
}

for module in nuncio nuncio-plugin; do
    $PKG_CONFIG --exists --print-errors $module || fail "$module.pc"
done
test "$($PKG_CONFIG --variable=plugindir nuncio-plugin)" = "$plugindir" || fail "nuncio-plugin.pc names another plugindir"
test "$($PKG_CONFIG --variable=storedir nuncio-plugin)" = "$plugindir/stores" || fail "nuncio-plugin.pc names another storedir"
test -f "$libdir/nuncio/${plugindir##*/}/stores/sqlite.so" || fail "the SQLite store is not installed"
test -z "$($PKG_CONFIG --libs-only-l nuncio-plugin)" || fail "a plugin must link nothing"
test -z "$(find "$libdir" -name '*.la' -path '*nuncio*')" || fail "libtool's .la files are installed"

mkdir "$work/plugins"
strict="-Wall -Wextra -Werror -Wpedantic"
$CC -std=c99 $strict -shared -fPIC -fvisibility=hidden $($PKG_CONFIG --cflags nuncio-plugin) \
    -o "$work/plugins/acme.so" "$srcdir/tests/consumer/plugin.c" || fail "a plugin does not build"
$CC -std=c99 $strict $($PKG_CONFIG --cflags nuncio) \
    -o "$work/client" "$srcdir/tests/consumer/client.c" $($PKG_CONFIG --libs nuncio) || fail "a program does not build"

cat >"$work/acme.ini" <<END
[nuncio]
plugin_path = $work/plugins
[provider acme]
api_key_env = ACME_KEY
[agent parrot]
provider = acme
id = p1
END
"$work/client" "$work/acme.ini" parrot hello >"$work/out" || fail "a program does not run"
grep -q '^agent parrot plugin acme good$' "$work/out" || fail "the agent is not listed: $(cat "$work/out")"
grep -q 'POST .*/v1/echo' "$work/out" || fail "the plugin's request is not shown: $(cat "$work/out")"

"$bindir/nuncio" --config "$work/acme.ini" plugins >"$work/out" || fail "nuncio plugins fails"
for plugin in acme dumpling enthusiast gennia gumloop_agents gumloop_sessions; do
    grep -q "$plugin" "$work/out" || fail "nuncio plugins does not show $plugin: $(cat "$work/out")"
done
test -f "$docdir/examples/nuncio.ini" || fail "the sample configuration is not installed"
echo "installcheck: good"
