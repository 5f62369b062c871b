#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

load world

@test "files_are_found_on_the_first_run_too" {
  new_world
  sed -i '/^echo/i pwd >"$HOME/pwd"' "$world/jdks/jdk-25/bin/java"
  cd "$world/bin" || return
  kvmpl run a.yaml
  expect 'working directory' "$(<"$world/home/pwd")" "$world/bin"
}

@test "second_run_does_not_build" {
  new_world
  kvmpl run
  expect 'builds of the first' "$(builds)" 1
  rm "$world/bin/gcc" "$world/bin/make"
  touch "$world/mvn-fails"
  kvmpl run
  expect status "$status" 0
  expect builds "$(builds)" 1
  expect stderr "$err" ''
}

@test "changed_added_or_deleted_file_builds_again" {
  new_world
  kvmpl run
  echo two >"$root/vmm/cli/src/Source.java"; kvmpl run; expect 'builds after a change' "$(builds)" 2
  echo two >"$root/pom.xml"; kvmpl run; expect 'builds after a change of pom.xml' "$(builds)" 3
  touch -d '10 years ago' "$root/bindings/src/Old.java"; kvmpl run; expect 'builds after an old file came' "$(builds)" 4
  rm "$root/guest-payloads/src/Source.java"; kvmpl run; expect 'builds after a deletion' "$(builds)" 5
  rm "$root/vmm/cli/target/modules/kvmpl-cli.jar"; kvmpl run; expect 'builds after the loss of a jar' "$(builds)" 6
  echo two >"$root/tests/integration/src/Source.java"; kvmpl run; expect 'builds after a change in tests' "$(builds)" 6
  expect status "$status" 0
}

@test "deleted_file_leaves_no_old_output" {
  new_world
  kvmpl run
  mkdir "$root/guest-payloads/target"
  touch "$root/guest-payloads/target/gone.elf"
  echo two >"$root/vmm/cli/src/Source.java"
  kvmpl run
  [[ -e $root/guest-payloads/target/gone.elf ]] || fail 'a change alone threw output away'
  rm "$root/guest-payloads/src/Source.java"
  kvmpl run
  [[ ! -e $root/guest-payloads/target/gone.elf ]] || fail 'output of a deleted file is still there'
}

# What tar, git and cp make of the times must not cost a build, and where there is no Maven there could be none.
@test "same_files_with_other_times_are_not_built_again" {
  new_world
  kvmpl run
  find "$root" -type f -exec touch -d '2001-02-03 04:05:06' {} +
  rm "$world/bin/mvn" "$world/bin/gcc" "$world/bin/make"
  local time
  for time in first second; do
    kvmpl run
    expect "status of the $time start" "$status" 0
    expect "stderr of the $time start" "$err" ''
  done
}

@test "change_with_an_old_time_starts_over" {
  new_world
  kvmpl run
  mkdir "$root/vmm/cli/target/classes"
  touch "$root/vmm/cli/target/classes/Old.class"
  echo two >"$root/vmm/cli/src/Source.java"
  touch -d '10 years ago' "$root/vmm/cli/src/Source.java"
  kvmpl run
  expect builds "$(builds)" 2
  [[ ! -e $root/vmm/cli/target/classes/Old.class ]] || fail 'Maven was left output that it takes for up to date'
}

@test "change_that_cannot_be_built_and_is_taken_back_costs_nothing" {
  new_world
  kvmpl run
  touch "$world/mvn-fails"
  echo two >"$root/vmm/cli/src/Source.java"
  kvmpl run
  expect 'status of the change' "$status" 1
  kvmpl run
  expect 'status of another try' "$status" 1
  echo one >"$root/vmm/cli/src/Source.java"
  kvmpl run
  expect 'status without the change' "$status" 0
  expect builds "$(builds)" 3
  expect_match java "$(last_java)" "* <-XX:AOTCache=$root/target/kvmpl.aot> *"
}

@test "read_only_checkout_runs_if_it_is_built" {
  new_world
  kvmpl run
  find "$root" -type f -exec touch -d '2001-02-03 04:05:06' {} +
  read_only
  kvmpl run
  expect 'status if it is built' "$status" 0
  expect 'stderr if it is built' "$err" ''
  chmod -R u+w "$root"
  rm -r "$root/target"
  read_only
  kvmpl run
  expect 'status if it is not' "$status" 3
  expect_match 'stderr if it is not' "$err" 'kvmpl: cannot build in *, which cannot be written: *'
  expect 'lines if it is not' "$(wc -l <"$world/err")" 1
  chmod -R u+w "$root"
}

@test "too_few_descriptors_for_a_build_are_one_line" {
  new_world
  (ulimit -n 32; kvmpl run; echo "$status" >"$world/status")
  expect status "$(<"$world/status")" 3
  expect stderr "$(<"$world/err")" \
    'kvmpl: a build needs 256 open files, allowed are 32 here: raise the limit (ulimit -n 256)'
  (ulimit -Sn 32; kvmpl run; echo "$status" >"$world/status")
  expect 'status where the limit can be raised' "$(<"$world/status")" 0
}

@test "failed_build_is_1_and_tried_again" {
  new_world
  touch "$world/mvn-fails"
  kvmpl run
  expect status "$status" 1
  expect stdout "$out" ''
  expect_match stderr "$err" '*ERROR cannot find symbol*'
  [[ ! -e $world/java.log ]] || fail 'the product was run'
  kvmpl run
  expect 'second status' "$status" 1
  expect builds "$(builds)" 2
  rm "$world/mvn-fails"
  kvmpl run
  expect 'third status' "$status" 0
}

@test "failed_rebuild_does_not_run_the_old_product" {
  new_world
  kvmpl run
  touch "$world/mvn-fails"
  echo two >"$root/vmm/cli/src/Source.java"
  kvmpl run
  expect status "$status" 1
  kvmpl run
  expect 'second status' "$status" 1
}

@test "interrupted_build_is_not_complete" {
  new_world
  touch "$world/mvn-waits"
  local pid maven
  (kvmpl run) 3>&- &
  until [[ -s $world/mvn-pid ]]; do sleep 0.05; done
  maven=$(<"$world/mvn-pid")
  pid=$(launcher_pid)
  kill -TERM "$pid"
  wait $! || true
  ! kill -0 "$maven" 2>/dev/null || fail 'Maven is still there'
  [[ ! -e $world/java.log ]] || fail 'the product was run'
  rm "$world/mvn-waits"
  mkdir -p "$root/vmm/cli/target/classes"
  touch "$root/vmm/cli/target/classes/Half.class"
  kvmpl run
  expect status "$status" 0
  expect builds "$(builds)" 2
  [[ ! -e $root/vmm/cli/target/classes/Half.class ]] || fail 'half-written output was kept'
}

@test "concurrent_first_runs_build_once" {
  new_world
  sed -i 's/^echo noise/sleep 0.5; &/' "$world/bin/mvn"
  (kvmpl run; echo "$status" >"$world/first") 3>&- &
  local world2=$world
  env -i PATH="$world/bin" HOME="$world/home" KVMPL_JDK_DIRS="$world/jdks" "$root/kvmpl" run >"$world/out2" 2>&1 </dev/null 3>&- || fail "the second run failed: $(<"$world/out2")"
  wait $! || true
  expect 'first status' "$(<"$world2/first")" 0
  expect builds "$(builds)" 1
}
