# Sourced by the activate scripts, in sh, dash, bash or zsh: culpa_activate NAME CHECKOUT PREFIX, and culpa_deactivate.
# Everything that is changed is remembered, and put back by culpa_deactivate.

culpa_activate() {
    [ -z "${ZSH_VERSION-}" ] || emulate -L sh
    set -- "$1" "$(_culpa_absolute "$2")" "$(_culpa_absolute "$3")"
    _culpa_env=$3/$1
    _culpa_below= # the environment, of somebody else, that this one is a thin one on top of
    if [ -f "$_culpa_env/culpa.parent" ]; then _culpa_below=$(cat "$_culpa_env/culpa.parent"); fi
    if [ -n "${CULPA_ENV-}" ] && ! [ "$CULPA_ENV" -ef "$_culpa_below" ]; then
        _culpa_env=$(_culpa_absolute "${CULPA_ENV%/}")
        _culpa_below=$_culpa_env # nothing on top: culpa comes from the checkout
    fi
    if ! _culpa_check "$1" "$2" "$3"; then
        unset _culpa_env _culpa_below
        return 1
    fi
    if command -v culpa_deactivate >/dev/null 2>&1; then culpa_deactivate; fi
    for _culpa_name in PATH VIRTUAL_ENV CONDA_PREFIX PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE; do
        eval "_culpa_old_$_culpa_name=\${$_culpa_name-} _culpa_had_$_culpa_name=\${$_culpa_name+yes}"
    done
    unset PYTHONHOME _culpa_name
    if [ -n "$_culpa_below" ]; then
        PATH=$_culpa_below/bin:$PATH
        PYTHONDONTWRITEBYTECODE=1 # nothing is written into an environment that somebody else provides
        export PYTHONDONTWRITEBYTECODE
    fi
    if [ "$_culpa_below" = "$_culpa_env" ]; then
        PATH=$2/setup/direct:$PATH
        PYTHONPATH=$2/src${PYTHONPATH:+:$PYTHONPATH}
        export PYTHONPATH
    else
        PATH=$_culpa_env/bin:$PATH
    fi
    export PATH
    [ -d "$_culpa_env/conda-meta" ] || { VIRTUAL_ENV=$_culpa_env && export VIRTUAL_ENV; }
    _culpa_conda=${_culpa_below:-$_culpa_env}
    if [ -d "$_culpa_conda/conda-meta" ]; then
        CONDA_PREFIX=$_culpa_conda
        export CONDA_PREFIX
        _culpa_source "$_culpa_conda/etc/conda/activate.d"
    fi
    unset _culpa_env _culpa_below
    hash -r 2>/dev/null || :

    culpa_deactivate() {
        [ -z "${ZSH_VERSION-}" ] || emulate -L sh
        if [ -d "$_culpa_conda/conda-meta" ]; then _culpa_source "$_culpa_conda/etc/conda/deactivate.d"; fi
        for _culpa_name in PATH VIRTUAL_ENV CONDA_PREFIX PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE; do
            if eval "[ -n \"\$_culpa_had_$_culpa_name\" ]"; then
                eval "$_culpa_name=\$_culpa_old_$_culpa_name; export $_culpa_name"
            else
                unset "$_culpa_name"
            fi
            unset "_culpa_old_$_culpa_name" "_culpa_had_$_culpa_name"
        done
        unset _culpa_conda _culpa_name
        unset -f culpa_deactivate
        hash -r 2>/dev/null || :
    }
}

_culpa_check() { # says what is wrong and what to do; fails where culpa could not run
    if [ "$_culpa_below" = "$_culpa_env" ]; then
        if ! "$_culpa_env/bin/python" -I -B "$2/setup/lacking.py" "$1" "$2" "$_culpa_env"; then
            echo "culpa: CULPA_ENV is $_culpa_env, whose bin/python cannot run culpa (Python 3.11 or newer)" >&2
            return 1
        fi
    elif [ -e "$3/$1.incomplete" ] || [ ! -x "$_culpa_env/bin/python" ]; then
        if [ -e "$3/$1.incomplete" ]; then _culpa_state="an unfinished set-up of the"; else _culpa_state="no"; fi
        echo "culpa: there is $_culpa_state $1 environment in $3; to build it:" >&2
        echo "  python3 $(_culpa_quoted "$2/setup/install_$1_env.py") --prefix $(_culpa_quoted "$3")" >&2
        unset _culpa_state
        return 1
    fi
}

_culpa_absolute() { # a path that is right after the next cd too
    case $1 in
        /*) printf '%s\n' "$1" ;;
        *) printf '%s\n' "$PWD/$1" ;;
    esac
}

_culpa_quoted() { # a word as one can paste it
    printf "'%s'\n" "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")"
}

_culpa_source() { # the scripts that conda packages leave for their activation and deactivation
    [ -d "$1" ] || return 0
    for _culpa_script in "$1"/*.sh; do
        if [ -r "$_culpa_script" ]; then . "$_culpa_script"; fi
    done
    unset _culpa_script
}
