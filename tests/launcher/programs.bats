#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

load world

@test "missing_tools_without_sudo_name_the_command" {
  new_world
  rm "$world/bin/gcc" "$world/bin/make" "$world/bin/mvn"
  apt 'gcc make maven'
  not_root
  kvmpl run
  expect status "$status" 3
  expect stderr "$err" 'kvmpl: missing: gcc make mvn; install with: sudo apt-get install -y --no-install-recommends gcc make maven'
  expect stdout "$out" ''
  [[ ! -e $world/apt.log ]] || fail 'apt-get was run'
}

@test "each_missing_tool_is_noticed" {
  local tool
  for tool in gcc make mvn; do
    new_world "$tool"
    rm "$world/bin/$tool"
    apt "$tool maven"
    kvmpl KVMPL_NO_INSTALL=1 run
    expect "status without $tool" "$status" 3
    expect_match "stderr without $tool" "$err" "kvmpl: missing: $tool; install with: *apt-get install*"
    rm -r "$world"
  done
}

@test "root_installs_what_is_missing_and_goes_on" {
  new_world
  mv "$world/bin/make" "$world/make"
  apt 'make'
  echo "mv '$world/make' '$world/bin/make'; echo 'Setting up make'" >"$world/apt-brings"
  is_root
  kvmpl run
  expect status "$status" 0
  expect stdout "$out" '{"stub": true}'
  expect_match stderr "$err" 'kvmpl: env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends make*'
}

@test "sudo_without_a_password_is_used" {
  new_world
  mv "$world/bin/make" "$world/make"
  apt 'make'
  echo "mv '$world/make' '$world/bin/make'" >"$world/apt-brings"
  not_root
  stub sudo <<<"echo \"sudo \$*\" >>'$world/sudo.log'; shift; exec \"\$@\""
  kvmpl run
  expect status "$status" 0
  expect_match sudo "$(<"$world/sudo.log")" '*sudo -n env DEBIAN_FRONTEND=noninteractive apt-get install*'
}

@test "unknown_package_updates_the_lists_first" {
  new_world
  rm "$world/bin/make"
  apt ''
  is_root
  kvmpl run
  expect status "$status" 3
  expect apt "$(<"$world/apt.log")" $'apt-get update\napt-get install -y --no-install-recommends make'
}

@test "no_apt_names_what_is_missing" {
  new_world
  rm "$world/bin/make"
  kvmpl run
  expect status "$status" 3
  expect_match stderr "$err" 'kvmpl: missing: make; *'
}
