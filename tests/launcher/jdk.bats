#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

load world

@test "default_java_17_uses_25_from_the_folders" {
  new_world
  kvmpl run
  expect status "$status" 0
  expect_match java "$(last_java)" "$world/jdks/jdk-25 *"
  expect_match maven "$(<"$world/mvn.log")" "$world/jdks/jdk-25 *"
}

@test "java_home_17_is_passed_over" {
  new_world
  kvmpl JAVA_HOME="$world/home/jdk-17" run
  expect status "$status" 0
  expect_match java "$(last_java)" "$world/jdks/jdk-25 *"
}

@test "java_home_25_comes_first" {
  new_world
  jdk "$world/mine" 26
  kvmpl JAVA_HOME="$world/mine" run
  expect_match java "$(last_java)" "$world/mine *"
}

@test "path_comes_before_the_folders_through_links" {
  new_world
  jdk "$world/on-path" 25.0.1
  ln -sf "$world/on-path/bin/java" "$world/bin/java"
  kvmpl run
  expect_match java "$(last_java)" "$world/on-path *"
}

@test "jre_is_no_jdk_for_a_build_but_runs_what_is_built" {
  new_world
  jdk "$world/jre" 25.0.3 jre
  kvmpl JAVA_HOME="$world/jre" run
  expect_match 'java of the first run' "$(last_java)" "$world/jdks/jdk-25 *"
  kvmpl JAVA_HOME="$world/jre" run
  expect_match 'java of the second run' "$(last_java)" "$world/jre *"
}

@test "jdk_without_release_file_is_asked" {
  new_world
  rm -r "$world/jdks/jdk-25"
  jdk "$world/jdks/odd" 0
  rm "$world/jdks/odd/release"
  sed -i "2i [[ \$1 != -version ]] || { echo 'openjdk version \"25-ea\" 2025-09-16' >&2; exit; }" "$world/jdks/odd/bin/java"
  kvmpl run
  expect status "$status" 0
  expect_match java "$(last_java)" "$world/jdks/odd *"
}

@test "no_jdk_anywhere_is_one_line_and_3" {
  new_world
  rm -r "$world/jdks/jdk-25"
  apt 'gcc make maven'
  kvmpl run
  expect status "$status" 3
  expect_match stderr "${err##*$'\n'}" 'kvmpl: no JDK 25 or later here*JAVA_HOME*'
  expect 'lines of kvmpl' "$(grep -c 'no JDK' "$world/err")" 1
  expect stdout "$out" ''
  expect builds "$(builds)" 0
  kvmpl KVMPL_NO_INSTALL=1 run
  expect 'status without leave to install' "$status" 3
  expect 'lines without leave to install' "$(wc -l <"$world/err")" 1
}

@test "jdk_that_apt_knows_is_installed" {
  new_world
  mv "$world/jdks/jdk-25" "$world/later"
  apt 'openjdk-25-jdk-headless'
  echo "mv '$world/later' '$world/jdks/jdk-25'" >"$world/apt-brings"
  is_root
  kvmpl run
  expect status "$status" 0
  expect apt "$(<"$world/apt.log")" 'apt-get install -y --no-install-recommends openjdk-25-jdk-headless'
}
