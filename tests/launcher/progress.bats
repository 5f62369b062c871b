#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2030,SC2031,SC2016
# What a build says while it lasts, and of what it failed.

load world

# maven_says <<<BODY: what Maven's stub does besides.
maven_says() { cat >"$world/mvn-tests"; }

two_modules="echo '[INFO] Building kvmpl-bindings 0.1.0-SNAPSHOT                        [1/2]'
echo '[INFO] --------------------------------[ jar ]---------------------------------'
printf '[INFO] Building '; sleep 0.5; echo 'kvmpl-cli 0.1.0-SNAPSHOT                  [2/2]'
sleep 0.5"

@test "build_says_each_module_in_a_line" {
  new_world
  maven_says <<<"$two_modules"
  kvmpl run --json
  expect status "$status" 0
  expect_match stderr "$err" \
    $'kvmpl: building product (once) ...\nkvmpl: * s: \[1/2] kvmpl-bindings\nkvmpl: * s: \[2/2] kvmpl-cli\nkvmpl: built in * s'
  expect lines "$(wc -l <"$world/err")" 4
  expect stdout "$out" '{"stub": true}'
}

@test "build_on_a_terminal_says_it_in_one_changing_line" {
  new_world
  maven_says <<<"$two_modules"
  # Nothing but stderr is a terminal: what script shows is what was written to it.
  env -i PATH="$world/bin" HOME="$world/home" KVMPL_JDK_DIRS="$world/jdks" SHELL="$world/bin/bash" \
    "$(type -P script)" -qec "'$root/kvmpl' run >'$world/stdout'" /dev/null >"$world/screen" </dev/null 3>&-
  expect stdout "$(<"$world/stdout")" '{"stub": true}'
  expect lines "$(wc -l <"$world/screen")" 2
  expect_match screen "$(<"$world/screen")" \
    $'kvmpl: building product (once) ...\r\n*\r\e\[Kkvmpl: * s: \[1/2] kvmpl-bindings\r\e\[K*\r\e\[Kkvmpl: * s: \[2/2] kvmpl-cli\r\e\[K*\r\e\[Kkvmpl: built in * s\r'
}

@test "failed_build_shows_errors_and_warnings_and_names_the_log" {
  new_world
  maven_says <<'BODY'
echo '[INFO] Compiling'
echo '[WARNING] Source.java:[3,4] [rawtypes] found raw type: List'
echo '    missing type arguments'
echo '[ERROR] warnings found and -Werror specified'
echo "policy.c:7:3: error: expected ';'"
exit 1
BODY
  kvmpl run
  expect status "$status" 1
  [[ $err == *'[WARNING] Source.java:[3,4] [rawtypes] found raw type: List'$'\n''    missing type arguments'* ]] ||
    fail "no warning: $err"
  [[ $err == *'[ERROR] warnings found and -Werror specified'* ]] || fail "no error: $err"
  [[ $err == *"policy.c:7:3: error: expected ';'"* ]] || fail "nothing of make's: $err"
  [[ $err != *'[INFO]'* ]] || fail "more than that: $err"
  expect_match 'last line' "${err##*$'\n'}" "kvmpl: the build failed: * $root/target/build.log"
  [[ $(<"$root/target/build.log") == *'[INFO] Compiling'* ]] || fail 'the log is not whole'
}
