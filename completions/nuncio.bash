# SPDX-License-Identifier: MIT
# Completion of nuncio in bash, 4.0 or newer. Commands, options and the words that an option takes come from
# nuncio --help and nuncio COMMAND --help, agents from nuncio providers --json; so nothing is listed here.

# _nuncio_read PROGRAM [COMMAND...]: fills the caller's arrays from the help. options["--json"]="" takes no argument,
# options["--timeout"]="DURATION" does; choices["--color"]="auto always never"; commands are words, those below the
# command that is given, and operands are as in the usage line.
_nuncio_read()
{
    local line part words in_commands=
    local option='^  (-[A-Za-z]|  )(, |  )(--[a-z][a-z-]*)?( ?([A-Z][A-Z.=|]*))?( +(.*))?$'
    local choice='^([a-z-]+(, [a-z-]+)*) or ([a-z-]+)([^a-z-].*)?$'
    options=() choices=() commands=() operands=()
    while IFS= read -r line; do
        if [[ $line == Usage:*' [OPTION]... '* ]]; then
            read -r -a operands <<<"${line##*\[OPTION\]... }"
        elif [[ $line == Commands* ]]; then
            in_commands=yes
        elif [[ -z $line ]]; then
            in_commands=
        elif [[ $in_commands && $line =~ ^\ \ ([a-z]+) ]]; then
            commands+=("${BASH_REMATCH[1]}")
        elif [[ $line =~ $option ]]; then
            words=("${BASH_REMATCH[@]}")
            for part in "${words[1]}" "${words[3]}"; do
                [[ $part == -* ]] || continue
                options[$part]=${words[5]}
                [[ ${words[5]} && ${words[7]} =~ $choice ]] || continue
                choices[$part]="${BASH_REMATCH[1]//,/} ${BASH_REMATCH[3]}"
            done
        fi
    done < <("$@" --help 2>/dev/null)
}

# _nuncio_word WORD: the word without its quotes and with the home directory for ~/. Nothing is run or expanded.
_nuncio_word()
{
    local word=$1
    [[ $word == '~/'* ]] && word=$HOME/${word#'~/'}
    word=${word//[\"\'\\]/}
    printf '%s' "$word"
}

# _nuncio_reply WORDS: those of the words that begin with $current.
_nuncio_reply()
{
    local word
    for word in $1; do
        [[ $word == "$current"* ]] && COMPREPLY+=("$word")
    done
}

_nuncio_files()
{
    compopt -o filenames 2>/dev/null
    local file
    while IFS= read -r file; do
        COMPREPLY+=("$file")
    done < <(compgen -f -- "$current")
}

# _nuncio_value KIND: an argument or operand that the help calls so.
_nuncio_value()
{
    case $1 in
    *FILE*)
        _nuncio_files
        ;;
    *AGENT*)
        _nuncio_reply "$("$program" "${globals[@]}" providers --json 2>/dev/null |
            sed -n 's/.*"agent":"\([A-Za-z0-9._-]*\)".*/\1/p')"
        ;;
    esac
}

_nuncio()
{
    local -A options choices
    local -a commands operands globals given
    local program current=$2 waiting= ended= word count=0 i
    COMPREPLY=()
    program=$(_nuncio_word "$1")
    _nuncio_read "$program"

    # What stands before the cursor. Bash takes the '=' of --option=VALUE for a word of its own.
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == = && $waiting ]]; then
            continue
        elif [[ $waiting ]]; then
            [[ ${given[*]} ]] || globals+=("$waiting" "$(_nuncio_word "$word")")
            waiting=
            # -o SECTION.KEY=VALUE comes in pieces too.
            while [[ ${COMP_WORDS[i + 1]} == = || ${COMP_WORDS[i]} == = ]] && ((i + 1 < COMP_CWORD)); do
                i=$((i + 1))
                [[ ${given[*]} ]] || globals[-1]+=$(_nuncio_word "${COMP_WORDS[i]}")
            done
        elif [[ $word == -- && ! $ended ]]; then
            ended=yes
        elif [[ $word == -?* && ! $ended ]]; then
            [[ ${options[$word]} ]] && waiting=$word
        elif [[ ${commands[*]} ]]; then
            [[ " ${commands[*]} " == *" $word "* ]] || return
            given+=("$word")
            _nuncio_read "$program" "${given[@]}"
        else
            count=$((count + 1))
        fi
    done

    [[ $current == = ]] && current=
    if [[ $waiting && ${choices[$waiting]} ]]; then
        _nuncio_reply "${choices[$waiting]}"
    elif [[ $waiting ]]; then
        _nuncio_value "${options[$waiting]}"
    elif [[ $current == -* && ! $ended ]]; then
        _nuncio_reply "${!options[*]}"
    elif [[ ${commands[*]} ]]; then
        _nuncio_reply "${commands[*]}"
    else
        _nuncio_value "${operands[count]}"
    fi
}

complete -F _nuncio nuncio
