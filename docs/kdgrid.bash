# kdgrid.bash - completion for bash; verbs and options come from the program's own help.
_kdgrid()
{
    local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]}
    if [ "$COMP_CWORD" = 1 ]; then
        COMPREPLY=($(compgen -W "$(kdgrid help 2>/dev/null |
            awk '/^verbs:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }')" -- "$word"))
    elif [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$(kdgrid help "$verb" 2>/dev/null | grep -oE '^ .*--[a-z-]+' |
            grep -oE -- '--[a-z-]+')" -- "$word"))
    else
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}
complete -o filenames -F _kdgrid kdgrid
