#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

load world

@test "stdout_is_the_products_alone_on_the_first_run" {
  new_world
  kvmpl run --json
  expect stdout "$out" '{"stub": true}'
  expect_match stderr "$err" 'kvmpl: building product (once) ...*'
}

@test "status_and_arguments_pass_through" {
  new_world
  kvmpl STUB_STATUS=4 run 'a file.yaml' --json ''
  expect status "$status" 4
  expect_match java "$(last_java)" '* <-m> <dev.kvmpl.cli/dev.kvmpl.cli.Main> <run> <a file.yaml> <--json> <>'
  kvmpl doctor
  expect_match java "$(last_java)" '* <dev.kvmpl.cli/dev.kvmpl.cli.Main> <doctor>'
  kvmpl
  expect_match java "$(last_java)" '* <dev.kvmpl.cli/dev.kvmpl.cli.Main>'
}

@test "java_options_come_after_the_defaults" {
  new_world
  kvmpl KVMPL_JAVA_OPTS='-Xmx1g -Dx=y' run
  expect_match java "$(last_java)" '* <-Xmx64m> * <-Xmx1g> <-Dx=y> * <run>'
}

@test "what_the_jvm_says_is_on_stderr" {
  new_world
  kvmpl run
  expect_match java "$(last_java)" '* <-XX:+DisplayVMOutputToStderr> *'
}

@test "java_gets_the_same_locale_whatever_the_users" {
  local locale
  new_world
  kvmpl run
  printf '#!/bin/bash\necho "$LC_ALL"\n' >"$world/jdks/jdk-25/bin/java"
  for locale in C POSIX ar_EG.UTF-8 de_DE.ISO-8859-1 ''; do
    kvmpl LC_ALL="$locale" LANG=tr_TR.UTF-8 run
    expect "locale for '$locale'" "$out" C.UTF-8
  done
}

@test "too_little_address_space_is_one_line_and_3" {
  new_world
  kvmpl run
  (ulimit -v 900000; kvmpl run; expect status "$status" 3; expect_match stderr "$err" 'kvmpl: no room for Java: ulimit -v is 900000, *')
  (ulimit -v 1000000; kvmpl run; expect status "$status" 0)
}

# What java opens must not be taken for one of them.
@test "closed_descriptors_stay_useless" {
  new_world
  kvmpl run
  cat >"$world/jdks/jdk-25/bin/java" <<BODY
#!/bin/bash
for n in 0 1 2; do readlink "/proc/\$\$/fd/\$n" >>"$world/fds"; done
! echo x
BODY
  env -i PATH="$world/bin" HOME="$world/home" KVMPL_JDK_DIRS="$world/jdks" "$root/kvmpl" run <&- >&- 2>&-
  expect 'writing fails' $? 0
  expect descriptors "$(<"$world/fds")" $'/dev/null\n/dev/null\n/dev/null'
}

@test "only_bindings_may_call_native_code" {
  new_world
  kvmpl run
  expect_match java "$(last_java)" '* <--enable-native-access=dev.kvmpl.bindings> <-m> *'
}

@test "archive_is_made_once_a_build" {
  new_world
  kvmpl run
  kvmpl run
  expect 'archives made' "$(grep -c AOTMode=create "$world/java.log")" 1
  expect_match java "$(last_java)" "* <-XX:AOTCache=$root/target/kvmpl.aot> *"
  echo two >"$root/vmm/cli/src/Source.java"
  kvmpl run
  expect 'archives made' "$(grep -c AOTMode=create "$world/java.log")" 2
}

@test "archive_is_not_made_where_the_jvm_confuses_it" {
  new_world 'größe'
  kvmpl run
  expect status "$status" 0
  expect_match java "$(<"$world/java.log")" "* <-m> <dev.kvmpl.cli/dev.kvmpl.cli.Main> <run>"
  expect 'starts of java' "$(wc -l <"$world/java.log")" 1
}

@test "archive_that_cannot_be_made_is_done_without" {
  new_world
  sed -i 's/echo archive >/exit 7; : /' "$world/jdks/jdk-25/bin/java"
  kvmpl run
  expect status "$status" 0
  expect_match stderr "$err" $'kvmpl: building product (once) ...\nkvmpl: built in *s'
  [[ $(last_java) != *AOTCache* ]] || fail 'an archive that is not there was named'
}

# The product's own modules and the real JVM: an archive that does not fit changes nothing and is not talked about.
@test "unfit_archive_is_passed_over_silently" {
  [[ -e $tree/vmm/cli/target/modules ]] || skip 'nothing is built'
  new_world
  local real archive
  real=$(unset world; . "$tree/launcher/setup.sh"; find_jdk java; echo "$jdk")
  rm -r "$world/jdks/jdk-25"
  ln -s "$real" "$world/jdks/real"
  stub mvn <<<"mkdir -p vmm/cli/target; cp -r '$tree/vmm/cli/target/modules' vmm/cli/target/"
  ln -s "$(type -P cp)" "$world/bin/cp"
  kvmpl --version
  archive=$root/target/kvmpl.aot
  [[ -s $archive ]] || fail 'no archive was made'
  kvmpl --version
  expect 'status with the archive' "$status" 0
  expect 'stderr with the archive' "$err" ''
  local expected=$out
  head -c 100000 "$archive" >"$world/short"
  echo garbage >"$world/garbage"
  touch "$root"/vmm/cli/target/modules/*.jar
  cp "$archive" "$world/older-than-jars"
  local kind
  for kind in short garbage older-than-jars; do
    cp "$world/$kind" "$archive"
    kvmpl --version
    expect "status with $kind" "$status" 0
    expect "stderr with $kind" "$err" ''
    expect "stdout with $kind" "$out" "$expected"
  done
}

@test "works_from_elsewhere_through_a_link_with_spaces" {
  new_world 'a folder with  spaces'
  mkdir "$world/other place"
  ln -s "$root/kvmpl" "$world/other place/vm"
  ln -s "../other place/vm" "$world/bin/link"
  cd "$world/other place" || return
  launcher=./vm kvmpl run
  expect status "$status" 0
  expect_match java "$(last_java)" "* <--module-path> <$root/vmm/cli/target/modules> *"
  touch "$world/mvn-fails"
  cd / || return
  launcher="$world/bin/link" kvmpl run
  expect 'status through two links' "$status" 0
  expect 'stderr through two links' "$err" ''
}

@test "bench_builds_the_tests_and_runs_jmh" {
  new_world
  kvmpl bench -prof gc
  expect status "$status" 0
  expect_match java "$(last_java)" \
    "* <-cp> <$root/tests/benchmarks/target/classpath/\*> * <dev.kvmpl.benchmarks.command.BenchCommand> <-prof> <gc>"
  expect builds "$(builds)" 2
  kvmpl bench
  expect 'builds after a second' "$(builds)" 2
}
