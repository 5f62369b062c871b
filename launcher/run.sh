# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Runs what is built: the product, its tests, its benchmarks.

# A short-lived program: no time spent on a big heap, parallel collection or C2. The last flags keep what the JVM itself
# says off stdout, SIGQUIT's thread dump too, and say nothing about a cache of classes that does not fit, nor about a
# thread that cannot be had, which kvmpl says. Reflection, by which picocli makes a path of an argument, makes no classes
# for that (JEP 416).
java_flags=(
  -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx64m -XX:-UsePerfData -XX:+DisplayVMOutputToStderr
  -XX:ReservedCodeCacheSize=32m -XX:CompressedClassSpaceSize=32m
  -Djdk.reflect.useNativeAccessorOnly=true
  '-Xlog:disable' '-Xlog:all=warning,cds*=off,aot*=off,os+thread=off:stderr'
)
module_flags=(
  --module-path "$root/vmm/cli/target/modules"
  --enable-native-access=dev.kvmpl.bindings
)
# In tests nothing else may make native calls; where people wait for a start, the JVM takes the modules' graph from its
# cache, which it does not if that is said.
strict_flags=(--illegal-native-access=deny)
main=(-m dev.kvmpl.cli/dev.kvmpl.cli.Main)
read -r -a user_flags <<<"${KVMPL_JAVA_OPTS-}"

# With less address space than this Java breaks down at some point, or says on stdout why it does not start. So that this is
# enough, the C library shall not reserve 64 MiB of it for each thread.
least_kib=1000000

# run_java ARGS: in the one locale that every C library has and in which names of files are UTF-8.
run_java() { exec env LC_ALL=C.UTF-8 "$jdk/bin/java" "-Dkvmpl.root=$root" "$@"; }

# run --host makes an emulated host, with a Java runtime of its own, which takes a whole JDK.
run_product() {
  [[ $root != *:* ]] || die 3 "cannot run from a folder with a colon in its path: $root"
  local room archived=()
  room=$(ulimit -v)
  [[ $room == unlimited ]] || ((room >= least_kib)) ||
    die 3 "no room for Java: ulimit -v is $room, allow at least $least_kib"
  build product
  local -x MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-1}
  [[ " $* " != *' --host'* ]] || need jdk
  ! has_archive || archived=("-XX:AOTCache=$archive")
  run_java "${java_flags[@]}" "${archived[@]}" "${user_flags[@]}" "${module_flags[@]}" "${main[@]}" "$@"
}

# Which tests run, where, and what is said of them is the business of a program among the tests.
run_tests() {
  trap '(($? == 0)) || printf "\n%s\n" "0 passed, 1 failed, 0 skipped"' EXIT
  need jdk gcc make mvn libc
  [[ -z ${CI-} ]] || need browser gdb # elsewhere a test that has none is skipped
  build tests
  # For as long as they run here: nobody builds what they use. An emulated host has a copy.
  [[ " $* " == *' --host'* ]] || lock
  trap - EXIT
  # For ./kvmpl in a test: all is built, and there is no waiting for that lock.
  KVMPL_BUILT=$root run_java -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
    -cp "$root/tests/integration/target/classpath/*" "${module_flags[@]}" "${strict_flags[@]}" --add-modules dev.kvmpl.cli \
    dev.kvmpl.tests.runner.TestCommand "$@"
}

run_bench() {
  local argument
  for argument; do
    [[ $argument != --help ]] || { cat "$root/tests/benchmarks/src/main/resources/dev/kvmpl/benchmarks/help.txt"; return; }
  done
  build tests
  # JMH still uses sun.misc.Unsafe, and the JVM would warn of it.
  run_java --sun-misc-unsafe-memory-access=allow "${user_flags[@]}" \
    -cp "$root/tests/benchmarks/target/classpath/*" "${module_flags[@]}" "${strict_flags[@]}" --add-modules dev.kvmpl.cli \
    dev.kvmpl.benchmarks.command.BenchCommand "$@"
}
