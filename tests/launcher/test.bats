#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2030,SC2031,SC2016
# ./kvmpl test up to where a program among the tests takes over.

load world

none='0 passed, 1 failed, 0 skipped'

@test "test_builds_and_hands_its_arguments_to_the_program" {
  new_world
  sed -i '/^echo/i echo "$KVMPL_BUILT" >"$HOME/built"' "$world/jdks/jdk-25/bin/java"
  kvmpl STUB_STATUS=5 test --tests 'Rmp*' -Da=b
  expect status "$status" 5
  expect builds "$(builds)" 2
  expect_match 'Maven for the product' "$(head -n 1 "$world/mvn.log")" '* -Dmaven.test.skip=true * package'
  expect_match 'Maven for the tests' "$(tail -n 1 "$world/mvn.log")" '* -DskipTests verify'
  expect_match java "$(last_java)" "$world/jdks/jdk-25 <-Dkvmpl.root=$root> * <dev.kvmpl.tests.runner.TestCommand> <--tests> <Rmp\*> <-Da=b>"
  expect 'what commands started by tests find built' "$(<"$world/home/built")" "$root"
  kvmpl test
  expect 'builds after a second' "$(builds)" 2
}

@test "changed_test_of_a_module_builds_the_tests_alone" {
  new_world
  mkdir -p "$root/vmm/kvm/src/test"
  echo one >"$root/vmm/kvm/src/test/UnitTest.java"
  kvmpl test
  echo two >"$root/vmm/kvm/src/test/UnitTest.java"
  kvmpl run
  expect 'builds for the product' "$(builds)" 2
  mkdir -p "$root/vmm/kvm/target/test-classes"
  touch "$root/vmm/kvm/target/test-classes/Gone.class"
  rm "$root/vmm/kvm/src/test/UnitTest.java"
  kvmpl test
  expect 'builds for the tests' "$(builds)" 3
  [[ ! -e $root/vmm/kvm/target/test-classes/Gone.class ]] || fail 'a deleted test is still there'
}

@test "test_counts_a_broken_build_as_a_failure" {
  new_world
  touch "$world/mvn-fails"
  kvmpl test
  expect status "$status" 1
  expect 'last line' "${out##*$'\n'}" "$none"
  rm "$world/mvn-fails"
  kvmpl run
  echo '[[ $* != *verify* ]] || exit 1' >"$world/mvn-tests"
  kvmpl test
  expect 'status of broken tests' "$status" 1
  expect 'last line of broken tests' "${out##*$'\n'}" "$none"
  [[ $(last_java) != *TestCommand* ]] || fail 'tests that cannot be built were run'
}

@test "test_counts_a_missing_tool_as_a_failure" {
  new_world
  kvmpl test
  rm "$world/bin/gcc"
  kvmpl KVMPL_NO_INSTALL=1 test
  expect status "$status" 3
  expect 'last line' "${out##*$'\n'}" "$none"
}

# While tests use what is built here nobody shall build it anew; an emulated host has its own copy.
@test "nothing_is_built_while_tests_run_here" {
  new_world
  sed -i "/^echo/i flock -n '$root' true && echo free >\"\$HOME/lock\" || echo held >\"\$HOME/lock\"" "$world/jdks/jdk-25/bin/java"
  kvmpl test
  expect lock "$(<"$world/home/lock")" held
  kvmpl test --host amd
  expect 'lock with an emulated host' "$(<"$world/home/lock")" free
}
