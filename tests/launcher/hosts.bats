#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

load world

@test "host_with_its_nonce_tests_and_reports_passes" {
  emulator <<<"$(inside '0 2 0 0 900 4')"
  expect "status ($err)" "$status" 0
  expect reports "$(ls "$world/reports")" $'TEST-J.xml\ncounts'
  expect_match times "$err" '*seconds: image *, tests *'
}

@test "host_with_failed_tests_fails" {
  emulator <<<"$(inside '1 2 1 0 900 4')"
  expect status "$status" 1
  emulator_again <<<"$(inside '0 2 1 0 900 4')"
  expect 'status where the inside forgives' "$status" 1
  expect_match why "$err" '*1 tests failed, yet the inside ended with status 0*'
}

@test "host_with_another_runs_nonce_fails" {
  emulator <<<"nonce=0123456789abcdef0123456789abcdef; $(inside '0 2 0 0 900 4'); sleep 60"
  expect status "$status" 1
  expect_match why "$err" '*no result within 2 s (the kernel was booting)*'
}

@test "host_without_tests_fails" {
  emulator <<<"$(inside '0 0 0 0 0 4')"
  expect status "$status" 1
  expect_match why "$err" '*no test ran*'
  emulator_again <<<"$(inside '0 2 0 2 0 4')"
  expect 'status where all are skipped' "$status" 1
}

@test "host_whose_reports_hold_other_tests_fails" {
  emulator <<<"$(inside '0 3 0 0 900 4')"
  expect status "$status" 1
  expect_match why "$err" '*inside counted 3 tests, the reports have 2*'
}

@test "host_with_damaged_lines_fails" {
  emulator <<<"$(inside '0 2 0')"
  expect 'status of half a result' "$status" 1
  expect_match why "$err" '*damaged result line*'
  emulator_again <<<"$(inside '0 2 0 0 900 4' | sed 's/base64 >/head -c 20 >/')"
  expect 'status of broken reports' "$status" 1
}

@test "host_that_panics_fails_at_once" {
  emulator <<<'tell init 1; echo "[ 3.1] Kernel panic - not syncing: Attempted to kill init!" >>"$run/console"; sleep 60'
  expect status "$status" 1
  expect_match why "$err" '*kernel panic inside the host (Kernel panic - not syncing: Attempted to kill init!)*'
}

@test "host_that_hangs_fails_and_is_ended" {
  local began=$SECONDS
  emulator <<<'tell init 1; tell java 2; echo $BASHPID >"$run/../pid"; exec sleep 60'
  expect status "$status" 1
  expect_match why "$err" '*no result within 2 s (the command was running); the emulator was ended*'
  if kill -0 "$(<"$world/pid")" 2>/dev/null; then expect emulator running gone; fi
  # It would have gone by itself after a minute.
  if ((SECONDS - began > 30)); then expect seconds $((SECONDS - began)) 'about 2'; fi
}

@test "host_that_loses_its_console_fails" {
  emulator <<<'tell init 1; tell java 2; echo "it broke"'
  expect status "$status" 1
  expect_match why "$err" '*the emulator ended without a result from inside (the command was running); it said: it broke*'
}

@test "host_that_cannot_load_kvm_fails" {
  emulator <<<'tell init 1; tell broken "no /dev/kvm"; sleep 60'
  expect status "$status" 1
  expect_match why "$err" '*could not set up KVM: no /dev/kvm*'
}
