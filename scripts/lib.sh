# shellcheck shell=bash
# What the scripts share: sourced, never run. Everything runs from the top of the tree.
set -euo pipefail
export LC_ALL=C.UTF-8  # the decimal point of $EPOCHREALTIME, and messages that can be parsed
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s: %s\n' "${0##*/}" "$*"; }
die() { say "$@" >&2; exit 1; }

# with_clang COMMAND...: the compiler and linker that the prebuilt JavaScriptCore is linked with.
with_clang() { CC=clang-19 CXX=clang++-19 CC_LD=lld-19 CXX_LD=lld-19 "$@"; }

# configure FOLDER OPTION...: a Meson build folder, made once. Made anew if what is asked for here has changed since,
# but a folder that somebody configured by hand is theirs.
configure() {
  local folder=$1 asked="$CXX ${CXX_LD-} ${*:2}"
  if [[ -f $folder/build.ninja ]]; then
    [[ ! -f $folder/.asked || $(<"$folder/.asked") == "$asked" ]] && return
  fi
  say "configuring $folder/"
  rm -rf "$folder"
  meson setup "$folder" ${CXX_LD:+--native-file scripts/clang.ini} "${@:2}"
  printf '%s\n' "$asked" >"$folder/.asked"
}

# switch_on OPTION...: what is not on yet in the release folder. That adds targets and rebuilds nothing.
switch_on() {
  local option lacking=()
  for option; do
    grep -q "\"name\": \"$option\", \"value\": \"enabled\"" build/meson-info/intro-buildoptions.json || lacking+=("-D$option=enabled")
  done
  ((${#lacking[@]} == 0)) || with_clang meson setup --reconfigure build "${lacking[@]}"
}

# The one release folder, for the demo, the tests and the command itself. Tests are switched on later, by scripts/test.
configure_release() {
  with_clang configure build --buildtype=release -Djsc=enabled -Dtools=enabled -Dtests=disabled -Dfuzz=disabled \
    -Dbench=disabled
}
