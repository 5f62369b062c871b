#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2030,SC2031,SC2016
# The real thing: builds of this tree, its own modules and the real JVM.

load world

# copy_tree FOLDER: the sources of this tree, readable for nobody else.
copy_tree() {
  mkdir -p "$1"
  (umask 077 && cd "$tree" && find . -name target -prune -o -name .git -prune -o -type f -print0 |
    tar --null -T - -cf - | tar -xf - -C "$1")
}

# version FOLDER: what kvmpl there says of itself where nothing can be built or installed; leaves status and err.
version() {
  status=0
  PATH=$world/bin KVMPL_NO_INSTALL=1 bash "$1/kvmpl" --version >"$world/out" 2>"$world/err" </dev/null || status=$?
  err=$(<"$world/err")
}

# A build with what is odd about folders and machines that people have. It runs no guest.
@test "real_build_in_an_odd_folder" {
  [[ -e $tree/vmm/cli/target/modules ]] || skip 'nothing is built'
  local odd="$world/a folder! it's 100% größe" copy="$world/copy" path
  copy_tree "$odd"
  mkdir "$world/bin"
  status=0
  (umask 077 && "$odd/kvmpl" --version) >"$world/out" 2>"$world/err" </dev/null 3>&- || status=$?
  expect "status of the build ($(<"$world/err"))" "$status" 0
  expect_match 'lines of the build' "$(<"$world/err")" \
    $'kvmpl: building product (once) ...\nkvmpl: * kvmpl-bindings*\nkvmpl: * kvmpl-cli*\nkvmpl: built in * s'
  # As it comes out of a plain tar, in whole seconds, on a machine where it cannot be built.
  mkdir "$copy"
  tar --format=ustar -C "$odd" -cf - . | tar -xf - -C "$copy"
  for path in bash env readlink find sha256sum sort comm sed java; do ln -s "$(type -P "$path")" "$world/bin/$path"; done
  version "$copy"
  expect "status of the copy" "$status" 0
  expect 'stderr of the copy' "$err" ''
  status=0
  (ulimit -n 24 && "$copy/kvmpl" --version) >"$world/out" 2>"$world/err" </dev/null || status=$?
  expect 'status with few descriptors' "$status" 0
  rm "$world/bin"/*
  "$(type -P busybox)" --install -s "$world/bin"
  for path in bash java; do ln -sf "$(type -P "$path")" "$world/bin/$path"; done
  version "$copy"
  expect 'status on BusyBox' "$status" 0
  expect 'stderr on BusyBox' "$err" ''
}

# Whoever may open the device needs to be nobody else.
@test "ordinary_user_runs_what_is_built" {
  [[ -e $tree/vmm/cli/target/modules ]] || skip 'nothing is built'
  [[ $(id -u) == 0 && -c /dev/kvm ]] && type -P setpriv >/dev/null || skip 'needs root, setpriv and /dev/kvm'
  mknod "$world/kvm" c $((16#$(stat -c %t /dev/kvm))) $((16#$(stat -c %T /dev/kvm))) 2>/dev/null || skip 'no mknod'
  chgrp 4242 "$world/kvm"
  chmod 660 "$world/kvm"
  open_to_others
  local user=(setpriv --reuid=65534 --regid=65534) groups
  "${user[@]}" --clear-groups cat "$tree/kvmpl" >/dev/null 2>&1 || skip 'the checkout is not readable for others'
  for groups in --groups=4242 --clear-groups; do
    status=0
    env HOME="$world" KVMPL_DEVICE="$world/kvm" "${user[@]}" "$groups" "$tree/kvmpl" run \
      >"$world/out" 2>"$world/err" </dev/null 3>&- || status=$?
    err=$(<"$world/err")
    if [[ $groups == --groups* ]]; then expect "status ($err)" "$status" 0; fi
  done
  expect 'status outside the group' "$status" 3
  expect 'lines outside the group' "$(wc -l <"$world/err")" 1
}
