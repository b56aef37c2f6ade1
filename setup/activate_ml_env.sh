# Source this in sh, dash, bash or zsh:  . setup/activate_ml_env.sh   (and undo it with: culpa_deactivate)
#   CULPA_ENV   an existing environment to use, such as one in CVMFS: nothing is written into it
#   CULPA_ENVS  where install_ml_env.py --prefix built it, if not in envs/ of the checkout
if [ -n "${BASH_VERSION-}" ]; then
    _culpa_root=$(CDPATH='' cd -- "$(dirname -- "$BASH_SOURCE")/.." >/dev/null && pwd) # cd may be one's own, and print
elif [ -n "${ZSH_VERSION-}" ]; then
    eval '_culpa_root=${${(%):-%x}:A:h:h}' # no cd: chpwd may print
else
    _culpa_root=${CULPA_ROOT:-$PWD} # these shells do not tell a sourced script where it lies
fi
if [ -f "$_culpa_root/setup/activate.sh" ]; then
    . "$_culpa_root/setup/activate.sh" && culpa_activate ml "$_culpa_root" "${CULPA_ENVS:-$_culpa_root/envs}"
else
    echo "culpa: go to the checkout of culpa before you source this, or set CULPA_ROOT to it" >&2
    false
fi
