#!/bin/sh
# SPDX-License-Identifier: MIT
# Completion in bash, zsh and fish. The shells that are here complete for real, with the program of this build.
# What is wanted comes from the sources of the commands, not from the help that the scripts read.
set -u
umask 022

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
count=0

# same NAME WANTED FOUND: words, in any order.
same()
{
    count=$((count + 1))
    wanted=$(printf '%s\n' $2 | sort)
    found=$(printf '%s\n' $3 | sort)
    if test "$wanted" = "$found"; then
        echo "ok $count - $1"
    else
        echo "# wanted: $2"
        echo "# found: $3"
        echo "not ok $count - $1"
    fi
}

skip()
{
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

# The options in the table of a source file: long ones, and with "all" their letters.
options()
{
    sed -n 's/^    {.*, "\([a-z-]*\)", .*/--\1/p' "$srcdir/cli/$1"
    grep -q OPTION_ROW_HELP "$srcdir/cli/$1" && echo --help
    test "${2-}" != all || {
        sed -n "s/^    {'\([A-Za-z]\)',.*/-\1/p" "$srcdir/cli/$1"
        echo -h
    }
}

chmod go-w "$PLUGIN_DIR" "$PLUGIN_DIR"/*.so "$PLUGIN_DIR"/stores "$PLUGIN_DIR"/stores/*.so
mkdir "$work/bin" "$work/home" "$work/files"
ln -s "$NUNCIO" "$work/bin/nuncio"
{
    printf '[nuncio]\nplugin_path = %s\n' "$PLUGIN_DIR"
    cat "$srcdir/etc/sandbox.ini"
} >"$work/files/some.ini"
chmod 600 "$work/files/some.ini"
cd "$work/files" || exit 1
unset NUNCIO_CONFIG XDG_CONFIG_HOME XDG_STATE_HOME STATE_DIRECTORY
export PATH="$work/bin:$PATH" HOME="$work/home" TERM=dumb

commands=$(sed -n 's/^const struct command \([a-z]*\)_command = {/\1/p' "$srcdir"/cli/*.c)
agents=$(sed -n 's/^\[agent \(.*\)\]$/\1/p' some.ini)

# cases SHELL: complete() of that shell prints what may stand in the place of the last argument.
cases()
{
    same "$1: commands" "$commands" "$(complete nuncio '')"
    same "$1: options before the command" "$(options options.c)" "$(complete nuncio --)"
    same "$1: an option by its beginning" "--config --color" "$(complete nuncio --co)"
    same "$1: words for --color" "auto always never" "$(complete nuncio --color '')"
    same "$1: words for --log-level" "error warning info debug" "$(complete nuncio --log-level '')"
    same "$1: files for --config" some.ini "$(complete nuncio --config s)"
    for command in $commands; do
        same "$1: options of $command" "$(options $command.c)" "$(complete nuncio $command --)"
    done
    same "$1: options and letters of send" "$(options send.c all)" "$(complete nuncio send -)"
    same "$1: words for --strategy" "sync async-poll queued" "$(complete nuncio send --strategy '')"
    same "$1: nothing for --timeout" "" "$(complete nuncio send --timeout '')"
    same "$1: files for --attach" some.ini "$(complete nuncio send x -a so)"
    same "$1: agents of --config" "$agents" "$(complete nuncio --config some.ini send '')"
    same "$1: agents by their beginning, after an override" "gumloop-agent gumloop-session" \
        "$(complete nuncio --config some.ini -o nuncio.log_level=error send --json gum)"
    same "$1: no agents where there is no configuration" "" "$(complete nuncio send '')"
    same "$1: no agent for the message" "" "$(complete nuncio --config some.ini send dumpling '')"
    same "$1: no options after --" "" "$(complete nuncio send -- --js)"
    same "$1: nothing for an id" "" "$(complete nuncio wait '')"
    same "$1: words for --state" "new sending queued processing completed failed cancelled unknown" \
        "$(complete nuncio list --state '')"
    same "$1: agents for --agent" "$agents" "$(complete nuncio --config some.ini list --agent '')"
    same "$1: files for --reply" some.ini "$(complete nuncio settle x --ran --reply '')"
    same "$1: commands below a command" "prune check export" "$(complete nuncio journal '')"
    same "$1: options of a command below" "$(options journal_prune.c)" "$(complete nuncio journal prune --)"
    same "$1: nothing for --older-than" "" "$(complete nuncio journal prune --older-than '')"
    same "$1: nothing for an unknown command below" "" "$(complete nuncio journal nonsense -)"
    same "$1: nothing for an unknown command" "" "$(complete nuncio nonsense -)"
}

# ---- bash: readline splits the line at '=' too, unless it is quoted --------------------------------------

cat >"$work/complete.bash" <<'END'
source "$1"
shift
words=()
for word; do
    if [[ $word == *=* ]]; then
        words+=("${word%%=*}" = "${word#*=}")
    else
        words+=("$word")
    fi
done
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
_nuncio nuncio "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
END

if command -v bash >/dev/null; then
    script="$srcdir/completions/nuncio.bash"
    same "bash: the syntax" "" "$(bash -n "$script" 2>&1)"
    same "bash: the function is bound to nuncio" "complete -F _nuncio nuncio" \
        "$(bash -c 'source "$1" && complete -p nuncio' bash "$script" 2>&1)"
    complete()
    {
        bash "$work/complete.bash" "$script" "$@" 2>&1
    }
    cases bash
    same "bash: words for --color=" "auto always" "$(complete nuncio --color=a)"
    same "bash: agents of --config=" "$agents" "$(complete nuncio --config=some.ini send '')"
    # Nothing of the line is run or expanded.
    same "bash: what stands on the line is not run" "" "$(complete nuncio --config '$(touch made)`touch made`' send '')"
    same "bash: nothing was made" some.ini "$(ls)"
else
    skip "bash" "no bash"
fi

# ---- fish: asked itself -----------------------------------------------------------------------------------

if command -v fish >/dev/null; then
    script="$srcdir/completions/nuncio.fish"
    same "fish: the syntax" "" "$(fish --no-execute "$script" 2>&1)"
    # complete -C takes a line; the words here need no quotes.
    complete()
    {
        fish --no-config -c 'source $argv[1]; builtin complete -C "$argv[2]"' "$script" "$*" 2>&1 | cut -f1
    }
    cases fish
    same "fish: words for --color=" "--color=auto --color=always" "$(complete nuncio --color=a)"
else
    skip "fish" "no fish: install fish"
fi

# ---- zsh: an interactive one behind a terminal of zsh's own -----------------------------------------------

cat >"$work/complete.zsh" <<'END'
zmodload zsh/zpty
zpty shell "TERM=dumb ZDOTDIR=${(q)1} ${(q)2} -i"
zpty -w -n shell "$3"$'\t'
# The marks are printed around the list by .zshrc.
zpty -r shell output $'*\C-B*\C-C' && print -r -- ${${${output##*$'\C-B'}%%$'\C-C'*}//$'\r'/}
zpty -d shell
END
cat >"$work/.zshrc" <<'END'
PS1=
autoload -Uz compinit
compinit -u -D
# Prints what would be added instead of adding it.
compadd () {
    local -a hits
    local -A opts
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return
    fi
    zparseopts -E -A opts S: P: p: 
    builtin compadd -A hits "$@"
    found+=(${hits})
    builtin compadd "$@"
}
finish () { print -n -r -- $'\C-B'"${(j: :)${(u)found}}"$'\C-C'; exit }
comppostfuncs=(finish)
zle -C ask complete-word run
run () { found=(); _main_complete; finish }
bindkey '^I' ask
END

if command -v zsh >/dev/null; then
    script="$srcdir/completions/_nuncio"
    same "zsh: the syntax" "" "$(zsh -n "$script" 2>&1)"
    if zsh -fc 'zmodload zsh/zpty' 2>/dev/null; then
        zsh=$(command -v zsh)
        sed -i "1i fpath=('$srcdir/completions' \$fpath)" "$work/.zshrc"
        complete()
        {
            timeout 20 zsh -f "$work/complete.zsh" "$work" "$zsh" "$*" 2>&1 | tr ' ' '\n' | sed '/^$/d; s/=$//'
        }
        cases zsh
    else
        skip "zsh: completion" "zsh has no module zsh/zpty"
    fi
else
    skip "zsh" "no zsh: install zsh"
fi
echo "1..$count"
