# The AMD host: QEMU's software CPU with SVM and nested paging. Sourced, never run.
# shellcheck shell=bash

# amd_start RUN KERNEL BASE APP RUNARCHIVE: execs the emulator; called in a subshell of its own. With a keyboard, the port of
# the control lines has a socket at its other end, and the file gets what is sent there all the same.
amd_start() {
  local run=$1 kernel=$2 control=file,path=$1/control
  shift 2
  [[ -z ${keyboard:-} ]] || control=socket,path=${keyboard//,/,,},server=on,wait=on,logfile=$run/control
  cat "$@" >"$run/initrd"
  exec setpriv --pdeathsig KILL qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot \
    -machine pc,hpet=off -accel "tcg,thread=${THREAD:-multi},tb-size=${TB_SIZE:-512}" -cpu "${QEMU_CPU:-EPYC,+svm,+npt,-cx16}" -smp "${CPUS:-1}" -m "${MEMORY:-2048}" \
    -rtc base=utc \
    -serial "file:$run/console" -serial "file:$run/stdout" -serial "file:$run/stderr" \
    -chardev "$control,id=control" -serial chardev:control \
    -kernel "$kernel/vmlinuz" -initrd "$run/initrd" \
    -append "console=ttyS0 quiet mitigations=off panic=-1 8250.nr_uarts=4 ${APPEND:-}"
}
