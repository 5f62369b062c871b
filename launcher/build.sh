# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Builds what is not built. A stamp beside the output lists every input with its checksum, so that a changed,
# added or deleted file shows and a copy, an archive or a checkout of the same files does not; it is taken before a
# build and written after it succeeded. A second list, of the files' times, spares reading them all at each start.

archive=$root/target/kvmpl.aot
product_modules=(bindings guest-payloads vmm/kvm vmm/machine vmm/linux vmm/scenario vmm/cli)
test_modules=(vmm/junit tests/integration tests/benchmarks)

# list SCOPE HOW...: what find's action HOW says of each input, a line each.
list() (
  local modules=("${product_modules[@]}") not=(-name target)
  if [[ $1 == product ]]; then not+=(-o -path '*/src/test'); else modules+=("${test_modules[@]}"); fi
  cd "$root" || return
  find pom.xml .mvn/* "${modules[@]}" \( "${not[@]}" -o -name '.*' \) -prune -o -type f ! -name '*~' "${@:2}" |
    LC_ALL=C sort
)
inputs() { list "$1" -exec sha256sum {} +; }
# Not every find can tell: then the stamp alone decides.
times() { list "$1" -printf '%T@ %s %p\n' 2>/dev/null; jars; }
names() { sed -n 's/^[0-9a-f]\{64\}  //p' | LC_ALL=C sort; }
# The names of the jars, whose loss has to show as well.
jars() (cd "$root/vmm/cli/target/modules" 2>/dev/null && echo *.jar)

stamp_of() { echo "$root/target/.built-$1"; }

fresh() {
  local stamp now
  stamp=$(stamp_of "$1")
  [[ -f $stamp ]] || return
  now=$(times "$1") || now=
  [[ ! $now || ! -f $stamp-times || $(<"$stamp-times") != "$now" ]] || return 0
  [[ $(<"$stamp") == "$(inputs "$1"; jars)" ]] || return
  # The same files with other times. In a folder that cannot be written they are read again the next time.
  { printf '%s\n' "$now" >"$stamp-times"; } 2>/dev/null || true
}

# reusable SCOPE: whether the last build ended well, no input of it is gone, and each that has changed is newer than
# it. If not, its output may hold classes cut short by an interrupt, payloads that have no source any more, or what
# Maven and make, which go by times, would take for up to date.
reusable() {
  local stamp name
  stamp=$(stamp_of "$1")
  [[ -f $stamp && ! -e $stamp-unfinished ]] || return
  [[ -z $(comm -23 <(names <"$stamp") <(inputs "$1" | names)) ]] || return
  while IFS= read -r name; do
    [[ $root/$name -nt $stamp ]] || return
  done < <(comm -13 <(LC_ALL=C sort "$stamp") <(inputs "$1" | LC_ALL=C sort) | names)
}

# The lock is on the checkout's folder itself. Maven inherits it, so that it lasts as long as anything writes there.
locked=
lock() {
  [[ -z $locked ]] || return 0
  exec 9<"$root"
  flock -n 9 || { say "waiting for another build of this folder"; flock 9; }
  locked=yes
}
unlock() { exec 9<&-; locked=; }

# maven LOG ARGS: runs it with the JDK found; says meanwhile where it is. In the background, for a trap to be able to
# stop it at once.
maven() {
  local log=$1 child status=0; shift
  : >"$log"
  (cd "$root" && JAVA_HOME=$jdk LC_ALL=C.UTF-8 exec mvn -B -ntp -Dstyle.color=never "$@") >"$log" 2>&1 </dev/null &
  child=$!
  # shellcheck disable=SC2064
  trap "kill $child 2>/dev/null; wait $child; exit 130" INT
  # shellcheck disable=SC2064
  trap "kill $child 2>/dev/null; wait $child; exit 143" TERM HUP
  progress "$child" <"$log"
  wait "$child" || status=$?
  trap - INT TERM HUP
  return "$status"
}

# progress PID: the module that Maven is at, from its log on stdin: one changing line on a terminal, else a line each.
progress() {
  local part line='' at=''
  while true; do
    if IFS= read -r part; then
      line+=$part
      if [[ $line =~ ^\[INFO\]\ Building\ ([^ ]+)\ .*\[([0-9]+/[0-9]+)\]$ ]]; then
        at="[${BASH_REMATCH[2]}] ${BASH_REMATCH[1]}"
        [[ -t 2 ]] || say "$SECONDS s: $at"
      fi
      line=
      continue
    fi
    line+=$part # the start of a line of which the rest is still to come
    [[ ! -t 2 ]] || printf '\r\e[Kkvmpl: %d s: %s' "$SECONDS" "$at" >&2
    kill -0 "$1" 2>/dev/null || break
    sleep 0.2
  done
  [[ ! -t 2 ]] || printf '\r\e[K' >&2
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
  local scope=$1 stamp outputs goals before log=$root/target/build.log output
  stamp=$(stamp_of "$scope")
  case $scope in
    product)
      outputs=("${product_modules[@]/%//target}")
      goals=(-Dmaven.test.skip=true -pl "$(IFS=,; echo "${product_modules[*]}")" package) ;;
    tests)
      outputs=("${test_modules[@]/%//target}" "${product_modules[@]/%//target/test-classes}")
      goals=(-DskipTests verify) ;;
  esac
  [[ -w $root ]] || die 3 "cannot build in $root, which cannot be written: build in a copy of it"
  allow_files
  say "building $scope (once) ..."
  # Jars of versions no longer asked for would be on the module path beside the new ones.
  [[ $scope != product ]] || set_aside
  if ! reusable "$scope"; then
    for output in "${outputs[@]}"; do clean "$root/$output"; done
  fi
  mkdir -p "$root/target"
  : >"$stamp-unfinished"
  before=$(inputs "$scope")
  if ! maven "$log" "${goals[@]}"; then
    # Errors, and warnings, which may be what fails it; and what make says.
    grep -av '^\[INFO\]' "$log" >&2 || true
    [[ $scope != product ]] || put_back
    die 1 "the build failed: see above, and all that Maven said in $log"
  fi
  rm -rf "$aside"
  { printf '%s\n' "$before"; jars || die 1 "the build made no vmm/cli/target/modules"; } >"$stamp.new"
  mv "$stamp.new" "$stamp"
  rm -f "$stamp-times" "$stamp-unfinished"
  [[ $scope != product ]] || make_archive
  say "built in $SECONDS s"
}

# Maven and the compiler keep their jars open, each in a descriptor.
files_of_a_build=256
allow_files() {
  local allowed
  allowed=$(ulimit -Sn)
  [[ $allowed == unlimited ]] || ((allowed >= files_of_a_build)) || ulimit -Sn "$files_of_a_build" 2>/dev/null ||
    die 3 "a build needs $files_of_a_build open files, allowed are $allowed here: raise the limit (ulimit -n $files_of_a_build)"
}

# clean FOLDER: empties it, but for what is about builds that ended well.
clean() {
  [[ ! -d $1 ]] || find "$1" -mindepth 1 -maxdepth 1 ! -name '.b*' -exec rm -rf {} +
}

# What the last build has made stays until the next one is complete: whoever takes a change back has it again.
aside=$root/target/.before
set_aside() {
  rm -rf "$aside"
  mkdir -p "$aside"
  [[ ! -d $root/vmm/cli/target/modules ]] || mv "$root/vmm/cli/target/modules" "$aside"
  [[ ! -e $archive ]] || mv "$archive" "$aside"
}
put_back() {
  rm -rf "$root/vmm/cli/target/modules"
  [[ ! -d $aside/modules ]] || mv "$aside/modules" "$root/vmm/cli/target"
  [[ ! -e $aside/${archive##*/} ]] || mv "$aside/${archive##*/}" "$archive"
}

# A cache of loaded and linked classes (JEP 483) shortens every later start by a third. Made by one run whose outcome does
# not matter; a JVM that it does not fit passes over it, but not one that finds the same modules in another place. In a
# folder whose name is not ASCII a JVM takes its own classes for somebody else's ("sealing violation").
archived_in=$root/target/.built-archive-in
has_archive() { [[ -s $archive && -f $archived_in && $(<"$archived_in") == "$root" ]]; }
make_archive() {
  local LC_ALL=C
  [[ $root != *[!\ -~]* ]] || return 0
  make_cache "$jdk" "$archive.new" "$root/docs/examples" "${java_flags[@]}" "${module_flags[@]}"
  [[ -s $archive.new ]] || return 0
  printf '%s\n' "$root" >"$archived_in"
  mv "$archive.new" "$archive"
}

# make_cache RUNTIME FILE EXAMPLES OPTIONS: by what a run of an example loads, with a file of JSON; of one that fails early,
# for want of a KVM, less is in it.
make_cache() {
  local java=$1/bin/java file=$2 example=$3/restricted.yaml; shift 3
  timeout --foreground 20 "$java" "$@" -XX:AOTMode=record "-XX:AOTConfiguration=$file.list" "${main[@]}" run "$example" \
    --trace "$file.trace" >/dev/null 2>&1 </dev/null || true
  [[ ! -s $file.list ]] ||
    timeout --foreground 60 "$java" "$@" -XX:AOTMode=create "-XX:AOTConfiguration=$file.list" "-XX:AOTCache=$file" "${main[@]}" \
      >/dev/null 2>&1 </dev/null || true
  rm -f "$file.list" "$file.trace"
}
