# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# What kvmpl needs from the machine: finding it, and installing what is missing where that is allowed.

say() { printf 'kvmpl: %s\n' "$*" >&2; }
die() { local status=$1; shift; say "$@"; exit "$status"; }

oldest_jdk=25
jdk= # its home, set by need jdk and need jre

# java_version HOME: sets version to the major version there, or 0. The release file spares starting a JVM.
java_version() {
  local line
  version=
  if [[ -r $1/release ]]; then
    while IFS= read -r line; do
      [[ $line != JAVA_VERSION=* ]] || version=${line#*=}
    done <"$1/release"
  else
    version=$("$1/bin/java" -version 2>&1 </dev/null | sed -n 's/.* version \("[^"]*"\).*/\1/p') || true
  fi
  version=${version//\"/} version=${version#1.} version=${version%%[!0-9]*}
  version=${version:-0}
}

# find_jdk java|javac: sets jdk to the first home with that program and a version that will do: JAVA_HOME, then
# what is on PATH, then the usual folders (or those in KVMPL_JDK_DIRS, separated by colons, instead).
find_jdk() {
  local program=$1 home name found folders folder version
  local homes=("${JAVA_HOME-}")
  for name in java javac; do
    found=$(type -P "$name") && found=$(readlink -f -- "$found") && homes+=("${found%/bin/*}")
  done
  if [[ ${KVMPL_JDK_DIRS-} ]]; then
    IFS=: read -r -a folders <<<"$KVMPL_JDK_DIRS"
    for folder in "${folders[@]}"; do homes+=("$folder"/*); done
  else
    homes+=(/usr/lib/jvm/* /usr/java/* /usr/local/*jdk* /opt/*jdk* /opt/java/* /opt/*/*jdk*)
    homes+=("${HOME-}"/.sdkman/candidates/java/* "${HOME-}"/.jdks/* "${HOME-}"/.asdf/installs/java/*)
  fi
  for home in "${homes[@]}"; do
    [[ $home && -x $home/bin/java && -x $home/bin/$program ]] || continue
    java_version "$home"
    if ((version >= oldest_jdk)); then jdk=$home; return; fi
  done
  return 1
}

# have NEED: whether the machine has it.
have() {
  case $1 in
    jre) find_jdk java ;;
    jdk) find_jdk javac ;;
    browser) type -P chromium >/dev/null || type -P chromium-browser >/dev/null || type -P google-chrome >/dev/null ;;
    libc) [[ -e /usr/include/stdio.h && -e /usr/include/linux/kvm.h ]] ;;
    *) type -P "$1" >/dev/null ;;
  esac
}

package_of() {
  case $1 in
    browser) echo chromium ;;
    busybox) echo busybox-static ;;
    gpg) echo gnupg ;; # with its agent, which makes keys
    jre | jdk) echo "openjdk-$oldest_jdk-jdk-headless" ;;
    mvn) echo maven ;;
    libc) echo libc6-dev ;;
    *) echo "$1" ;;
  esac
}

may_install() {
  [[ -z ${KVMPL_NO_INSTALL-} ]] && { [[ $(id -u) == 0 ]] || sudo -n true 2>/dev/null; }
}

# apt_get ARGS: runs it with the rights it needs; its output goes to stderr, and it may not ask.
apt_get() {
  local command=(env DEBIAN_FRONTEND=noninteractive apt-get "$@")
  [[ $(id -u) == 0 ]] || command=(sudo -n "${command[@]}")
  say "${command[*]}"
  "${command[@]}" >&2 </dev/null
}

apt_knows() { [[ $(LC_ALL=C apt-cache policy "$1" 2>/dev/null) == *Candidate:\ [0-9]* ]]; }

# need NEED...: all of them are there when this returns.
need() {
  local name missing=() packages=() install=() may='' sudo='sudo '
  for name; do have "$name" || missing+=("$name"); done
  ((${#missing[@]})) || return 0
  if ! type -P apt-get >/dev/null || ! type -P apt-cache >/dev/null; then
    die 3 "missing: ${missing[*]}; install with this system's packages (a JDK: $oldest_jdk or later), then run this again"
  fi
  ! may_install || may=yes
  for name in "${missing[@]}"; do packages+=("$(package_of "$name")"); done
  for name in "${packages[@]}"; do
    if ! apt_knows "$name" && [[ $may ]]; then apt_get update || true; break; fi
  done
  for name in "${packages[@]}"; do
    if [[ $name != openjdk-* ]] || apt_knows "$name"; then
      install+=("$name")
    else
      say "no JDK $oldest_jdk or later here, and apt knows no $name: unpack any vendor's JDK $oldest_jdk in /opt or ~/.jdks, or set JAVA_HOME to one"
    fi
  done
  if ((${#install[@]})); then
    install=(install -y --no-install-recommends "${install[@]}")
    if [[ $may ]]; then
      apt_get "${install[@]}" || say "that failed: see above"
    else
      [[ $(id -u) != 0 ]] || sudo=
      say "missing: ${missing[*]}; install with: ${sudo}apt-get ${install[*]}"
    fi
  fi
  for name in "${missing[@]}"; do
    if ! [[ $may ]] || ! have "$name"; then exit 3; fi
  done
}
