#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154

load world

@test "shell_scripts_have_no_findings" {
  cd "$tree"
  shellcheck -x kvmpl launcher/*.sh launcher/dist/kvmpl .ci/run tests/release/run native-headers/generate tests/benchmarks/against \
    tests/launcher/run tests/launcher/*.bats tests/launcher/*.bash tests/hosts/host-run tests/hosts/install tests/hosts/guest-kernel tests/hosts/guest-module \
    tests/hosts/lib/*.sh
}
