# Which kernel to boot, and its part of the cache: "vmlinuz", the three KVM modules, "release". Sourced, never run.
# shellcheck shell=bash

# kernel_suite VERSION: the Debian suite whose cloud kernel has that version.
kernel_suite() {
  local suite release
  case $1 in
    6.1) echo bookworm ;;
    6.12) echo bookworm-backports ;;
    newest) echo trixie-backports ;;
    *)
      for suite in trixie-backports trixie bookworm-backports bookworm; do
        release=$(deb_names "$suite" "^linux-image-${1//./[.]}([.+-][^/]*)?-cloud-amd64\$") || return
        if [[ -n $release ]]; then echo "$suite"; return; fi
      done
      say "no kernel $1 in Debian bookworm, trixie or their backports"
      return 1 ;;
  esac
}

# kernel_packages SUITE VERSION: the packages that hold the kernel image and its modules. Newer kernels are split:
# linux-image is then empty and names linux-binary and linux-modules packages.
kernel_packages() {
  local suite=$1 version=$2 image
  case $version in
    6.1 | 6.12 | newest)
      image=$(deb_field "$suite" linux-image-cloud-amd64 Depends | grep -oE 'linux-image-[0-9][^ ,]*' | head -n 1) ;;
    *)
      image=$(deb_names "$suite" "^linux-image-${version//./[.]}([.+-][^/]*)?-cloud-amd64\$" | sort -V | tail -n 1) ;;
  esac
  [[ -n $image ]] || { say "no cloud kernel found in $suite"; return 1; }
  echo "$image"
  # Some of these names are provided by another package of the list rather than being packages.
  deb_field "$suite" "$image" Depends | grep -oE 'linux-(binary|modules)-[0-9][^ ,|]*' | sort -u |
    grep -Fxf <(deb_names "$suite" '^linux-(binary|modules)-[0-9]') || true
}

# kernel_fetch FOLDER VERSION: a Debian kernel, unpacked into FOLDER. A whole kernel package is 30-60 MB of which
# four files are needed, so only these stay.
kernel_fetch() {
  local folder=$1 version=$2 suite packages
  suite=$(kernel_suite "$version") || return
  packages=$(kernel_packages "$suite" "$version") || return
  # shellcheck disable=SC2086
  deb_unpack "$folder/all" "$suite" $packages || return
  kernel_pick "$folder" "$folder/all" || return
  mv "$folder/all/packages.txt" "$folder/"
  rm -rf "$folder/all"
}

# kernel_pick FOLDER ROOT [VMLINUZ]: takes the image and the KVM modules from an unpacked tree (or from /).
kernel_pick() {
  local folder=$1 root=$2 image=${3:-} release modules name file
  if [[ -z $image ]]; then
    image=$(find "$root"/boot "$root"/usr/lib/modules "$root"/lib/modules -name 'vmlinuz*' -type f 2>/dev/null | sort -V | tail -n 1)
  fi
  [[ -s $image ]] || { say "no kernel image below $root"; return 1; }
  release=$(kernel_release "$image")
  for modules in "$root/lib/modules/$release" "$root/usr/lib/modules/$release" "${image%/*}"; do
    [[ -n $(find -L "$modules" -name 'kvm.ko*' -print -quit 2>/dev/null) ]] && break
  done
  cp "$image" "$folder/vmlinuz"
  echo "$release" >"$folder/release"
  for name in irqbypass kvm kvm-amd kvm-intel; do
    file=$(find -L "$modules" -name "$name.ko*" -print -quit 2>/dev/null)
    [[ -n $file ]] || file=$(find -L "$modules" -name "${name//-/_}.ko*" -print -quit 2>/dev/null)
    if [[ -z $file ]]; then
      # irqbypass may be built in.
      [[ $name == irqbypass ]] && continue
      say "kernel $release: no module $name below $modules"
      return 1
    fi
    case $file in
      *.xz) xz -dc "$file" ;;
      *.zst) zstd -qdc "$file" ;;
      *.gz) gzip -dc "$file" ;;
      *) cat "$file" ;;
    esac >"$folder/$name.ko"
    # Type data and the build id are for debuggers; relocating them takes most of a module's loading time here.
    objcopy -R .BTF -R .BTF.base -R .note.Linux "$folder/$name.ko" || return
  done
}

# What a guest's kernel may load and unload, each after those that it needs.
# shellcheck disable=SC2034 # used by guest-kernel
KERNEL_MODULES=(dummy ifb veth tun loop nbd brd macvlan llc stp bridge garp mrp 8021q ip6_udp_tunnel udp_tunnel vxlan
  sch_netem cls_bpf overlay)

# kernel_modules_fetch FOLDER VERSION: those of a Debian kernel.
kernel_modules_fetch() {
  local folder=$1 version=$2 suite packages name file
  suite=$(kernel_suite "$version") || return
  packages=$(kernel_packages "$suite" "$version") || return
  # shellcheck disable=SC2086
  deb_unpack "$folder/all" "$suite" $packages || return
  for name in "${KERNEL_MODULES[@]}"; do
    file=$(find "$folder/all" -name "$name.ko*" -print -quit)
    case $file in
      *.xz) xz -dc "$file" ;;
      *.ko) cat "$file" ;;
      *) say "kernel $version: no module $name"; return 1 ;;
    esac >"$folder/$name.ko" || return
  done
  rm -rf "$folder/all"
}

# kernel_modules_part VERSION: prints the cache folder with them.
kernel_modules_part() { cached kernel-modules "debian-$1" kernel_modules_fetch "$1"; }

# kernel_release VMLINUZ: "6.12.95+deb12-cloud-amd64", as the image's own boot header says it.
kernel_release() {
  local at
  at=$(od -An -t u2 -j 526 -N 2 "$1")
  dd if="$1" bs=1 skip=$((at + 512)) count=200 2>/dev/null | tr '\0' '\n' | head -n 1 | cut -d' ' -f1
}

# kernel_part VERSION|PATH: prints the cache folder with the kernel. PATH is a vmlinuz (its modules are looked for in
# lib/modules beside its boot folder, or beside it) or a folder with boot/ and lib/modules/.
kernel_part() {
  local want=$1 root
  if [[ -d $want ]]; then
    cached kernel "$(key "word:$want" "$want/boot")" kernel_pick "$want"
  elif [[ $want == */* ]]; then
    [[ -s $want ]] || { say "no such kernel: $want"; return 1; }
    root=$(realpath "$want")
    root=${root%/*}
    root=${root%/boot}
    cached kernel "$(key "word:$want" "$want")" kernel_pick "${root:-/}" "$want"
  else
    cached kernel "debian-$want" kernel_fetch "$want"
  fi
}
