# SPDX-License-Identifier: MIT
# Completion of nuncio in fish. Commands, options and the words that an option takes come from nuncio --help and
# nuncio COMMAND --help, agents from nuncio providers --json; so nothing is listed here.

# The options of a command, or of nuncio itself: names, argument and help, with tabs between them.
function __nuncio_options
    nuncio $argv --help 2>/dev/null | string match -r '^  (?:-[A-Za-z]|  )(?:, |  ).*$' \
        | string replace -rf '^  (-[A-Za-z]|  )(?:, |  )(--[a-z][a-z-]*)?(?: ?([A-Z][A-Z.=|]*))?(?: +(.*))?$' \
        '$1 $2\t$3\t$4'
end

# The commands below a command, or those of nuncio itself.
function __nuncio_commands
    nuncio $argv --help 2>/dev/null | string replace -rf '^  ([a-z]+) +(?:\[?[A-Z][^ ]*,? )* *(.*)$' '$1\t$2'
end

# Prints the argument that an option takes and its help; fails where it takes none.
function __nuncio_argument -a option
    for line in (__nuncio_options $argv[2..])
        set -l fields (string split \t -- $line)
        if contains -- $option (string split -n ' ' -- $fields[1]); and test -n "$fields[2]"
            printf '%s\n' $fields[2] "$fields[3]"
            return 0
        end
    end
    return 1
end

# __nuncio_value PREFIX CURRENT ARGUMENT [HELP]: what an argument or operand may be.
function __nuncio_value -a prefix current argument help
    set -l choice (string match -r '^([a-z-]+(?:, [a-z-]+)*) or ([a-z-]+)(?:[^a-z-].*)?$' -- "$help")
    if set -q choice[3]
        printf "$prefix%s\n" (string split ', ' -- $choice[2]) $choice[3]
    else if string match -q '*FILE*' -- $argument
        for path in (__fish_complete_path "$current")
            printf '%s%s\n' "$prefix" $path
        end
    else if string match -q '*AGENT*' -- $argument
        nuncio $__nuncio_globals providers --json 2>/dev/null \
            | string replace -rf '.*"agent":"([A-Za-z0-9._-]*)".*' '$1'
    end
end

function __nuncio_complete
    set -l tokens (commandline -opc)
    set -l current (commandline -ct)
    set -l command
    set -l open yes # a command may follow
    set -l ended
    set -l waiting
    set -l operand 0
    set -g __nuncio_globals
    for token in $tokens[2..]
        # fish keeps ~/ and does not tell quotes.
        set token (string replace -r '^~/' "$HOME/" -- (string unescape -- $token; or printf '%s' $token))
        if test -n "$waiting"
            test -z "$command"; and set -a __nuncio_globals $waiting $token
            set waiting
        else if test -z "$ended" -a "$token" = --
            set ended yes
        else if test -z "$ended"; and string match -qr '^-.' -- $token
            if __nuncio_argument $token $command >/dev/null
                set waiting $token
            else if test -z "$command"; and string match -q -- '--*=*' $token
                set -a __nuncio_globals $token
            end
        else if test -n "$open"
            set -a command $token
            set -l below (__nuncio_commands $command)
            set -q below[1]; or set open
        else
            set operand (math $operand + 1)
        end
    end

    if test -n "$waiting"
        __nuncio_value '' "$current" (__nuncio_argument $waiting $command)
    else if test -z "$ended"; and string match -qr '^--[a-z-]+=' -- $current
        set -l parts (string split -m 1 = -- $current)
        __nuncio_value "$parts[1]=" "$parts[2]" (__nuncio_argument $parts[1] $command)
    else if test -z "$ended"; and string match -q -- '-*' $current
        for line in (__nuncio_options $command)
            set -l fields (string split \t -- $line)
            for name in (string split -n ' ' -- $fields[1])
                printf '%s\t%s\n' $name "$fields[3]"
            end
        end
    else if test -n "$open"
        __nuncio_commands $command
    else
        set -l usage (nuncio $command --help 2>/dev/null \
            | string replace -rf '^Usage: .*\[OPTION\]\.\.\. (?!.*\[OPTION\])' '')
        set -l operands (string split ' ' -- $usage)
        set -l place (math $operand + 1)
        __nuncio_value '' "$current" "$operands[$place]"
    end
    set -e __nuncio_globals
end

complete -c nuncio -f -a '(__nuncio_complete)'
