# Shared helpers: messages, the cache, content keys, time keeping. Sourced, never run.
# shellcheck shell=bash

PROGRAM=${PROGRAM:-host-run}
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/kvmpl/hosts
export LC_ALL=C

say() { printf '%s: %s\n' "$PROGRAM" "$*" >&2; }
die() { say "$*"; exit 1; }

# now_ms: wall clock in milliseconds.
now_ms() { local t=$EPOCHREALTIME; echo $((${t/./} / 1000)); }

# seconds MS: milliseconds as "12.3".
seconds() { printf '%d.%d' $(($1 / 1000)) $(($1 % 1000 / 100)); }

have() { command -v "$1" >/dev/null 2>&1; }

# key ITEM...: one content key for the given files, folders and plain words (word:TEXT).
# A file counts with its name and bytes, a folder with those of everything below it.
key() {
  local item
  for item in "$@"; do
    case $item in
      word:*) printf '%s\n' "$item" ;;
      *)
        if [[ -d $item ]]; then
          (cd "$item" && find . -type f -print0 | sort -z | xargs -0r sha256sum)
        else
          printf '%s %s\n' "$(sha256sum <"$item")" "${item##*/}"
        fi ;;
    esac
  done | sha256sum | cut -c1-20
}

# cached PART KEY BUILDER ARGS...: prints the folder CACHE/PART/KEY, made by "BUILDER FOLDER ARGS..." if it is not
# there yet. The folder appears under its name only when complete, so an interrupted build leaves nothing to trust.
cached() {
  local folder=$CACHE/$1/$2 builder=$3 fresh
  shift 3
  if [[ ! -d $folder ]]; then
    mkdir -p "${folder%/*}"
    fresh=$(mktemp -d "$folder.new.XXXXXX")
    if ! "$builder" "$fresh" "$@" >&2; then
      rm -rf "$fresh"
      return 1
    fi
    chmod 755 "$fresh"
    mv -T "$fresh" "$folder" 2>/dev/null || { rm -rf "$fresh"; [[ -d $folder ]]; }
  fi
  touch "$folder"
  echo "$folder"
}

# forget_old PART KEEP: keeps the KEEP most recently used folders of a cache part.
forget_old() {
  local part=$CACHE/$1 old
  [[ -d $part ]] || return 0
  find "$part" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | tail -n +$(($2 + 1)) | cut -d' ' -f2- |
    while IFS= read -r old; do rm -rf "$old"; done
}
