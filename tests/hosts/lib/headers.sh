# What modules are built with: a Debian cloud kernel's headers and its build programs. Sourced, never run.
# shellcheck shell=bash

# headers_fetch FOLDER VERSION RELEASE: the headers of that very kernel, unpacked below FOLDER.
headers_fetch() {
  local folder=$1 version=$2 release=$3 suite package packages
  suite=$(kernel_suite "$version") || return
  package=linux-headers-$release
  packages=$(deb_field "$suite" "$package" Depends | grep -oE 'linux-(headers|kbuild)-[0-9][^ ,|]*' | sort -u) || {
    say "no $package in Debian $suite: the mirror has a newer kernel by now; remove $CACHE/kernel/debian-$version"
    return 1
  }
  # shellcheck disable=SC2086
  deb_unpack "$folder" "$suite" "$package" $packages || return
  # The makefile says where the common part is by its absolute path; the type data need a program of their own.
  # shellcheck disable=SC2016
  sed -i 's,/usr/src/,$(dir $(lastword $(MAKEFILE_LIST)))../,' "$folder/usr/src/$package/Makefile" || return
  rm -f "$folder/usr/src/$package/vmlinux"
}

# headers_part VERSION KERNEL: prints the build folder of the kernel in the cache folder KERNEL.
headers_part() {
  local release folder
  release=$(cat "$2/release") || return
  folder=$(cached headers "$release" headers_fetch "$1" "$release") || return
  echo "$folder/usr/src/linux-headers-$release"
}

# module_build FOLDER BUILD SOURCE: SOURCE as a module, in FOLDER.
module_build() {
  local folder=$1 build=$2 source=$3 name log
  name=$(basename "$source" .c)
  cp "$source" "$folder/$name.c"
  printf '%s\n' "obj-m := $name.o" "ccflags-y := -I$(realpath "$HERE/../../guest-payloads/include")" >"$folder/Makefile"
  say "building the module $name"
  log=$(make -C "$build" M="$folder" modules 2>&1) || {
    grep -E 'error|Error|warning' <<<"$log" | sed "s,$folder/,,g" >&2
    say "$source does not compile for the kernel $(basename "$build")"
    return 1
  }
  find "$folder" -mindepth 1 ! -name "$name.ko" -delete
}

# module_part BUILD SOURCE: prints the path of the module.
module_part() {
  local folder
  folder=$(cached guest-module "$(key "word:$1" "$2" "$HERE/lib/headers.sh" "$HERE/../../guest-payloads/include/kvmpl/abi")" module_build "$1" "$2") || return
  echo "$folder/$(basename "$2" .c).ko"
}
