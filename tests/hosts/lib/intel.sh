# The Intel host: Bochs with VMX and EPT, booted by GRUB from a CD image. Sourced, never run.
# shellcheck shell=bash

BOCHS_PACKAGES="bochs bochsbios vgabios libc6 libgcc-s1 libstdc++6 libreadline8t64 libtinfo6 libltdl7"

# bochs_fetch FOLDER: Bochs 3.0, twice as fast as 2.7, beside the machine's own. It brings its C library along; the
# toolkit libraries that it links and never calls here are those of the machine's bochs package.
bochs_fetch() {
  # shellcheck disable=SC2086
  deb_unpack "$1" trixie $BOCHS_PACKAGES || return
  bochs_words "$1"
  "${BOCHS[@]}" --help >"$1/help.txt" 2>&1 || true
  grep -q '^Usage: bochs' "$1/help.txt" || {
    say "Bochs 3.0 does not start here: $(tail -n 1 "$1/help.txt")"
    return 1
  }
}

# bochs_words FOLDER: sets BOCHS, the words that start Bochs. An empty FOLDER is the machine's own Bochs.
bochs_words() {
  local lib=usr/lib/x86_64-linux-gnu
  BOCHS=(bochs-bin)
  [[ -n $1 ]] || return 0
  BOCHS=(env "LTDL_LIBRARY_PATH=$1/$lib/bochs/plugins" "BXSHARE=$1/usr/share/bochs"
    "$(find "$1/usr/lib64" "$1/lib64" -name 'ld-linux-x86-64.so.2' -print -quit 2>/dev/null)"
    --library-path "$1/$lib:$1/lib/x86_64-linux-gnu:/$lib:/lib/x86_64-linux-gnu" "$1/usr/bin/bochs-bin")
}

# bochs_part: prints the folder of the private Bochs, nothing when the machine's is to be used. A failure to get it
# is remembered for a day, as 2.7 does the work too.
bochs_part() {
  local refused=$CACHE/bochs/refused
  case $(dpkg-query -W -f '${Version}' bochs 2>/dev/null) in 3.0*) return 0 ;; esac
  [[ ${KVMPL_BOCHS:-} != machine ]] || return 0
  [[ -z $(find "$refused" -mmin -1440 2>/dev/null) ]] || return 0
  if ! cached bochs 3.0 bochs_fetch; then
    say "going on with the machine's own Bochs, which is slower"
    mkdir -p "${refused%/*}"
    : >"$refused"
  fi
}

# intel_start RUN KERNEL ARCHIVE...: execs the emulator; called in a subshell of its own.
intel_start() {
  local run=$1 kernel=$2 share vga
  shift 2
  intel_cd "$run" "$kernel" "$@" || return
  bochs_words "$BOCHS_FOLDER"
  share=${BOCHS_FOLDER}/usr/share
  vga=$share/bochs/VGABIOS-lgpl-latest
  [[ -s $vga ]] || vga=$share/vgabios/vgabios.bin
  intel_bochsrc "$run" "$share/bochs/BIOS-bochs-latest" "$vga" >"$run/bochsrc"
  # The Debian builds carry the debugger; its first prompt needs a "continue".
  echo c >"$run/debugger"
  cd "$run" || return
  exec setpriv --pdeathsig KILL "${BOCHS[@]}" -q -f "$run/bochsrc" -rc "$run/debugger"
}

# intel_bochsrc RUN BIOS VGABIOS: no screen is drawn, but every build wants a display; rfb is one without a window.
# On skylake_x Linux does not use the deadline timer (an erratum of that model), and its replacement interrupts
# 12000 times a second.
intel_bochsrc() {
  cat <<RC
cpu: model=${MODEL:-corei7_icelake_u}, count=1, ips=${IPS:-50000000}, reset_on_triple_fault=0, ignore_bad_msrs=1
memory: guest=${MEMORY:-1024}, host=${MEMORY:-1024}
romimage: file="$2"
vgaromimage: file="$3"
display_library: rfb, options="timeout=0"
com1: enabled=1, mode=file, dev="$1/console"
com2: enabled=1, mode=file, dev="$1/stdout"
com3: enabled=1, mode=file, dev="$1/stderr"
com4: enabled=1, mode=file, dev="$1/control"
ata0-master: type=cdrom, path="$1/host.iso", status=inserted
boot: cdrom
clock: sync=none, time0=utc
panic: action=report
error: action=ignore
info: action=ignore
debug: action=ignore
log: "$1/bochs.log"
speaker: enabled=0
RC
}

# intel_cd RUN KERNEL ARCHIVE...: RUN/host.iso with GRUB, the kernel and the RAM disks.
intel_cd() {
  local run=$1 kernel=$2 archive names=
  shift 2
  mkdir -p "$run/cd/boot/grub"
  ln "$kernel/vmlinuz" "$run/cd/boot/vmlinuz" 2>/dev/null || cp "$kernel/vmlinuz" "$run/cd/boot/vmlinuz"
  for archive in "$@"; do
    ln "$archive" "$run/cd/boot/" 2>/dev/null || cp "$archive" "$run/cd/boot/"
    names+=" /boot/${archive##*/}"
  done
  cat >"$run/cd/boot/grub/grub.cfg" <<CFG
serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
linux /boot/vmlinuz console=ttyS0 quiet mitigations=off nokaslr iomem=relaxed panic=-1 8250.nr_uarts=4 ${APPEND:-}
initrd$names
boot
CFG
  grub-mkrescue -d /usr/lib/grub/i386-pc --locales= --fonts= --themes= --compress=no -o "$run/host.iso" "$run/cd" \
    >"$run/grub.log" 2>&1 || { cat "$run/grub.log"; return 1; }
  rm -rf "$run/cd"
}
