# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Builds what is not built. A stamp beside the output lists every input with its time and size, so that a changed,
# added or deleted file shows in a few milliseconds; it is taken before a build and written after it succeeded.

archive=$root/vmm/target/kvmpl.jsa
product_modules=(bindings guest-payloads vmm)
test_modules=(tests/integration tests/benchmarks)

# inputs SCOPE: one line a file, and the names of the jars, whose loss has to show as well.
inputs() {
  local modules=("${product_modules[@]}")
  [[ $1 == product ]] || modules+=("${test_modules[@]}")
  cd "$root" || return
  find pom.xml .mvn/* "${modules[@]}" -name target -prune -o -name '.*' -prune -o \
    -type f ! -name '*~' -printf '%T@ %s %p\n' | LC_ALL=C sort
}
jars() { cd "$root/vmm/target/modules" 2>/dev/null && echo *.jar; }

stamp_of() { echo "$root/vmm/target/.built-$1"; }

fresh() {
  local stamp
  stamp=$(stamp_of "$1")
  [[ -f $stamp && $(<"$stamp") == "$(inputs "$1"; jars)" ]]
}

# reusable SCOPE: whether the last build ended well and no input of it is gone. If not, its output may hold classes
# cut short by an interrupt, or payloads that have no source any more.
reusable() {
  local stamp
  stamp=$(stamp_of "$1")
  [[ -f $stamp ]] && [[ -z $(comm -23 <(names <"$stamp") <(inputs "$1" | names)) ]]
}
names() { sed -n 's/^[0-9.]* [0-9]* //p' | LC_ALL=C sort; }

# The lock is on the checkout's folder itself. Maven inherits it, so that it lasts as long as anything writes there.
locked=
lock() {
  [[ -z $locked ]] || return 0
  exec 9<"$root"
  flock -n 9 || { say "waiting for another build of this folder"; flock 9; }
  locked=yes
}
unlock() { exec 9<&-; locked=; }

# maven ARGS: runs it with the JDK found. In the background, for a trap to be able to stop it at once.
maven() {
  local child status=0
  (cd "$root" && JAVA_HOME=$jdk exec mvn -B -ntp "$@") </dev/null &
  child=$!
  # shellcheck disable=SC2064
  trap "kill $child 2>/dev/null; wait $child; exit 130" INT
  # shellcheck disable=SC2064
  trap "kill $child 2>/dev/null; wait $child; exit 143" TERM HUP
  wait "$child" || status=$?
  trap - INT TERM HUP
  return "$status"
}

# build product|tests: when this returns, that is built and jdk is set. Says what it does on stderr only.
# Commands started by ./kvmpl test have KVMPL_BUILT set: for them it is.
build() {
  if [[ ${KVMPL_BUILT-} == "$root" ]] || fresh "$1"; then
    if [[ $1 == product ]]; then need jre; else need jdk; fi
    return
  fi
  need jdk gcc make mvn
  lock
  # What two runs that started together both want is built by one of them.
  [[ $1 == product ]] || fresh product || build_scope product
  fresh "$1" || build_scope "$1"
  unlock
}

build_scope() {
  local scope=$1 stamp modules=() target=() before log module
  stamp=$(stamp_of "$scope")
  case $scope in
    product) modules=("${product_modules[@]}"); target=(-pl "bindings,guest-payloads,vmm") ;;
    tests) modules=("${test_modules[@]}") ;;
  esac
  say "building $scope (once) ..."
  if ! reusable "$scope"; then
    for module in "${modules[@]}"; do rm -rf "${root:?}/$module/target"; done
  fi
  rm -f "$stamp"
  # Jars of versions no longer asked for would be on the module path beside the new ones.
  [[ $scope != product ]] || rm -rf "$archive" "$root/vmm/target/modules"
  mkdir -p "$root/vmm/target"
  log=$root/vmm/target/build.log
  before=$(inputs "$scope")
  if ! maven -q -Dstyle.color=never -DskipTests "${target[@]}" package >"$log" 2>&1; then
    cat "$log" >&2
    die 1 "the build failed: see above"
  fi
  { printf '%s\n' "$before"; jars || die 1 "the build made no vmm/target/modules"; } >"$stamp.new"
  mv "$stamp.new" "$stamp"
  [[ $scope != product ]] || make_archive
  say "built in $SECONDS s"
}

# An archive of loaded classes shortens every later start by a quarter. Made by one run whose outcome does not
# matter; a JVM that it does not fit passes over it.
make_archive() {
  timeout --foreground 20 "$jdk/bin/java" "${java_flags[@]}" "-XX:ArchiveClassesAtExit=$archive.new" \
    "${module_flags[@]}" "${main[@]}" run >/dev/null 2>&1 </dev/null || true
  [[ ! -s $archive.new ]] || mv "$archive.new" "$archive"
}
