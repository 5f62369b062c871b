# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# The world of one launcher test, for bats: a scratch checkout, a PATH of stubs, a HOME, JDKs that only take notes.

tree=$(readlink -f -- "$BATS_TEST_DIRNAME/../..")

setup() {
  unset JAVA_HOME KVMPL_BUILT KVMPL_JAVA_OPTS KVMPL_JDK_DIRS KVMPL_NO_INSTALL KVMPL_REQUIRE_KVM
  unset JDK_JAVA_OPTIONS JAVA_TOOL_OPTIONS MAVEN_OPTS CDPATH
  world=$BATS_TEST_TMPDIR/world
  mkdir "$world"
}

# stub NAME <<<BODY: an executable of that name, first on the test's PATH.
stub() {
  { echo '#!/bin/bash'; cat; } >"$world/bin/$1"
  chmod +x "$world/bin/$1"
}

# jdk FOLDER VERSION [jre]: a JDK whose java notes its arguments and prints one JSON document.
jdk() {
  mkdir -p "$1/bin"
  printf 'IMPLEMENTOR="nobody"\nJAVA_VERSION="%s"\n' "$2" >"$1/release"
  cat >"$1/bin/java" <<BODY
#!/bin/bash
{ printf '%s' "$1"; printf ' <%s>' "\$@"; echo; } >>"$world/java.log"
for a; do
  [[ \$a != -XX:AOTConfiguration=* || " \$* " != *' -XX:AOTMode=record '* ]] || echo list >"\${a#*=}"
  [[ \$a != -XX:AOTCache=* || " \$* " != *' -XX:AOTMode=create '* ]] || echo archive >"\${a#*=}"
done
echo '{"stub": true}'
exit \${STUB_STATUS:-0}
BODY
  chmod +x "$1/bin/java"
  [[ ${3-} == jre ]] || cp "$1/bin/java" "$1/bin/javac"
}

# new_world [FOLDER]: a checkout with small inputs, JDK 25 in one of the usual folders, 17 as the default java.
new_world() {
  user=()
  root=$world/${1:-checkout}
  mkdir -p "$world/bin" "$world/home" "$world/jdks" "$root/tests"
  cp "$tree/kvmpl" "$root"
  cp -r "$tree/launcher" "$root"
  local module tool
  for module in bindings guest-payloads vmm/kvm vmm/machine vmm/linux vmm/scenario vmm/cli vmm/junit tests/integration tests/benchmarks .mvn; do
    mkdir -p "$root/$module/src"
    echo one >"$root/$module/src/Source.java"
    echo one >"$root/$module/pom.xml"
  done
  echo one >"$root/pom.xml"
  for tool in bash env readlink find sha256sum sort comm sed grep cat rm mv mkdir flock timeout id sleep true; do
    ln -s "$(type -P "$tool")" "$world/bin/$tool"
  done
  stub gcc <<<'exit 0'
  stub make <<<'exit 0'
  stub mvn <<BODY
echo "\${JAVA_HOME-} \$*" >>"$world/mvn.log"
echo noise; echo more noise >&2
[[ ! -e "$world/mvn-waits" ]] || { echo \$\$ >"$world/mvn-pid"; exec sleep 60; }
[[ ! -e "$world/mvn-fails" ]] || { echo 'ERROR cannot find symbol'; exit 1; }
mkdir -p vmm/cli/target/modules && echo jar >vmm/cli/target/modules/kvmpl-cli.jar
[[ ! -e "$world/mvn-tests" ]] || . "$world/mvn-tests"
BODY
  jdk "$world/home/jdk-17" 17.0.15
  ln -s "$world/home/jdk-17/bin/java" "$world/bin/java"
  ln -s "$world/home/jdk-17/bin/javac" "$world/bin/javac"
  jdk "$world/jdks/jdk-25" 25.0.3
}

# kvmpl ARGS: runs it in the test's world; leaves status, out and err. VARIABLE=value arguments first, if any.
kvmpl() {
  local variables=()
  status=0
  while [[ ${1-} == *=* ]]; do variables+=("$1"); shift; done
  "${user[@]}" env -i PATH="$world/bin" HOME="$world/home" KVMPL_JDK_DIRS="$world/jdks" "${variables[@]}" \
    "${launcher:-$root/kvmpl}" "$@" >"$world/out" 2>"$world/err" </dev/null 3>&- || status=$?
  out=$(<"$world/out") err=$(<"$world/err")
}

# apt PACKAGES: an apt-get that knows these, notes what it is asked for and does what is in apt-brings.
apt() {
  stub apt-get <<<"echo \"apt-get \$*\" >>'$world/apt.log'; [[ ! -e '$world/apt-brings' ]] || . '$world/apt-brings'"
  stub apt-cache <<<"[[ ' $1 ' == *\" \$2 \"* ]] && echo '  Candidate: 1.0' || echo '  Candidate: (none)'"
}
not_root() { rm "$world/bin/id"; stub id <<<'echo 1000'; }
is_root() { rm "$world/bin/id"; stub id <<<'echo 0'; }
builds() { if [[ -f $world/mvn.log ]]; then grep -c . "$world/mvn.log"; else echo 0; fi; }
# The call of java that was not the making of an archive.
last_java() { grep -v AOTMode= "$world/java.log" | tail -n 1; }

# read_only: nobody can write in the checkout any more, and kvmpl is run by somebody who is bound by that.
read_only() {
  chmod -R a+rX,a-w "$root"
  [[ $(id -u) == 0 ]] || return 0
  open_to_others
  chmod -R a+rwX "$world"/*.log
  user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
}

# open_to_others: the folders of bats that the world is in can be gone through by anybody.
open_to_others() {
  local folder=$world
  while [[ $folder == "$BATS_RUN_TMPDIR"* ]]; do chmod 755 "$folder"; folder=${folder%/*}; done
}

fail() { printf '%s\n' "$*"; return 1; }
expect() { [[ $2 == "$3" ]] || fail "$1: '$2', expected '$3'"; }
# shellcheck disable=SC2053
expect_match() { [[ $2 == $3 ]] || fail "$1: '$2', expected to match '$3'"; }
# The parent of the stub Maven that waits.
launcher_pid() { sed -n 's/^PPid:[[:space:]]*//p' "/proc/$(<"$world/mvn-pid")/status"; }

# emulator <<<BODY: host-run, its parts for the image replaced by nothing, with BODY in place of an emulator. In it,
# run is the folder with the host's serial lines, tell sends a control line.
emulator() {
  local part hosts=$world/hosts
  mkdir -p "$world/modules" "$world/classes" "$world/jdk/bin"
  cp -r "$tree/tests/hosts" "$hosts"
  for part in install jlink; do printf '#!/bin/sh\n' >"$world/$part" && chmod +x "$world/$part"; done
  mv "$world/install" "$hosts" && mv "$world/jlink" "$world/jdk/bin"
  : >"$hosts/lib/archive.sh"
  echo 'kernel_part() { echo kernel; }' >"$hosts/lib/kernel.sh"
  echo 'runtime_part() { echo runtime; }' >"$hosts/lib/runtime.sh"
  echo 'command_write() { :; }' >"$hosts/lib/command.sh"
  echo 'image_base_part() { echo base; }; image_app_part() { echo app; }; image_run() { :; }' >"$hosts/lib/image.sh"
  {
    echo "tell() { echo \"kvmpl \${nonce:-\$(<\"\$run/root/run/kvmpl/nonce\")} \$*\" >>\"\$run/control\"; }"
    echo "amd_start() { run=\$1; . '$world/emulator'; }"
  } >"$hosts/lib/amd.sh"
  cat >"$world/emulator"
  host=("$hosts/host-run" amd --timeout 2 --java-home "$world/jdk" --modules "$world/modules"
    --classpath "$world/classes" --reports "$world/reports" test)
  status=0
  XDG_CACHE_HOME=$world/cache TMPDIR=$world "${host[@]}" >"$world/out" 2>"$world/err" </dev/null 3>&- || status=$?
  out=$(<"$world/out") err=$(<"$world/err")
}

emulator_again() { rm -rf "${world:?}"; mkdir "$world"; emulator; }

# inside RESULT: what an emulator sends whose reports say that they hold 2 tests and whose last line is RESULT.
inside() {
  cat <<BODY
tell init 1; tell host kvm_amd; tell java 2; tell ended 3
mkdir "\$run/reports"
echo '<testsuite name="J" tests="2" skipped="0" failures="0" errors="0" time="1">' >"\$run/reports/TEST-J.xml"
echo '2 0 0 900' >"\$run/reports/counts"
tell reports-begin; tar -C "\$run/reports" -czf - . | base64 >>"\$run/control"; tell reports-end
tell result $1
BODY
}
