# Watches one run from outside and judges it. Sourced, never run.
# shellcheck shell=bash
#
# The emulator's files in RUN: console, stdout, stderr, control. A line on control counts only whole and with the
# run's nonce: "kvmpl NONCE WORD ...".

declare -A MARK=()   # wall clock at which a control line was first seen, in milliseconds
declare -A SAID=()   # what followed its word
EMULATOR=            # process id of the emulator

# watch_read RUN NONCE: takes in new control lines. The last line may still be on its way: only lines with their end
# are looked at.
watch_read() {
  local word rest whole
  whole=$(wc -l <"$1/control")
  while read -r word rest; do
    [[ -z ${MARK[$word]:-} ]] || continue
    MARK[$word]=$(now_ms)
    SAID[$word]=$rest
    case $word in
      host) say "host: $rest" ;;
      broken) say "inside: $rest" ;;
    esac
  done < <(head -n "$whole" "$1/control" | tr -d '\r' | grep -a -E "^kvmpl $2 [a-z-]+( |\$)" | cut -d' ' -f3-)
}

# watch_panic RUN: the kernel's last words, if it panicked.
watch_panic() { tr -d '\r' <"$1/console" 2>/dev/null | grep -a -m1 -oE 'Kernel panic - .*|Oops: .*' || true; }

# watch_run RUN NONCE SECONDS: waits for the result; prints why there is none and fails. The limit is checked here,
# on this machine's clock: clocks inside may run slower.
watch_run() {
  local run=$1 nonce=$2 limit=$(($3 * 1000)) panic grace=0
  while :; do
    watch_read "$run" "$nonce"
    if [[ -n ${MARK[result]:-} ]]; then
      # Its output is complete before the result line is sent, so an emulator that lingers can be ended.
      kill -0 "$EMULATOR" 2>/dev/null || return 0
      grace=$((grace + 1))
      ((grace < 15)) || return 0
    elif [[ -n ${MARK[broken]:-} ]]; then
      say "failed: the host could not set up KVM: ${SAID[broken]}"
      return 1
    fi
    if panic=$(watch_panic "$run") && [[ -n $panic ]]; then
      say "failed: kernel panic inside the host (${panic})"
      return 1
    fi
    if ! kill -0 "$EMULATOR" 2>/dev/null && [[ -z ${MARK[result]:-} ]]; then
      watch_read "$run" "$nonce"
      [[ -z ${MARK[result]:-} ]] || return 0
      say "failed: the emulator ended without a result from inside ($(watch_where))$(watch_last "$run")"
      return 1
    fi
    if (($(now_ms) - MARK[start] > limit)); then
      say "failed: no result within $3 s ($(watch_where)); the emulator was ended"
      return 1
    fi
    sleep 0.2
  done
}

# watch_last RUN: the emulator's own last words. Its list of CPU features without a software version is no news.
watch_last() {
  local last
  last=$(tr -d '\r' <"$1/emulator.log" | grep -a -vE "TCG doesn't support|^=*\$" | tail -n 1 || true)
  [[ -z $last ]] || printf '; it said: %s' "$last"
}

# watch_console RUN: the lines of the kernel's console that explain a failure.
watch_console() {
  { tr -d '\r' <"$1/console" | grep -a -E 'BUG:|Oops|Comm: |RIP: |Kernel panic|Out of memory' || tail -n 3 "$1/console"; } |
    head -n 6 | tr -d '\r' | sed 's/^/  console: /' >&2
}

# watch_where: how far the run came.
watch_where() {
  if [[ -n ${MARK[ended]:-} ]]; then echo "the command had ended, its reports did not come out"
  elif [[ -n ${MARK[java]:-} ]]; then echo "the command was running"
  elif [[ -n ${MARK[init]:-} ]]; then echo "init was loading KVM"
  else echo "the kernel was booting"; fi
}

# watch_stop: ends the emulator, and no other process.
watch_stop() {
  local turn
  [[ -n $EMULATOR ]] || return 0
  kill -TERM "$EMULATOR" 2>/dev/null || true
  for turn in 1 2 3 4 5 6 7 8 9 10; do
    kill -0 "$EMULATOR" 2>/dev/null || break
    ((turn < 10)) || kill -KILL "$EMULATOR" 2>/dev/null || true
    sleep 0.1
  done
  wait "$EMULATOR" 2>/dev/null || true
  EMULATOR=
}

# watch_reports RUN NONCE FOLDER: unpacks the reports that came over the control line.
watch_reports() {
  mkdir -p "$3"
  tr -d '\r' <"$1/control" |
    sed -n "/^kvmpl $2 reports-begin\$/,/^kvmpl $2 reports-end\$/p" | sed '1d;$d' | base64 -d | tar -xzf - -C "$3"
}

# watch_times TOOK: where the time went. TOOK is the tests' own time inside in milliseconds; the command's wall time
# is split by it, as clocks inside may run slower than here.
watch_times() {
  local tests=$1 whole=$((MARK[ended] - MARK[java])) inside line
  line="image $(seconds $((MARK[start] - MARK[begin])))"
  line+=", boot to init $(seconds $((MARK[init] - MARK[start])))"
  line+=", kvm $(seconds $((MARK[java] - MARK[init])))"
  if ((tests > 0)); then
    inside=$(awk -v from="${SAID[java]}" -v to="${SAID[ended]}" 'BEGIN { printf "%d", (to - from) * 1000 }')
    ((inside > 0)) || inside=1
    ((tests <= inside)) || tests=$inside
    line+=", jvm $(seconds $((whole - whole * tests / inside))), tests $(seconds $((whole * tests / inside)))"
  else
    line+=", jvm and program $(seconds "$whole")"
  fi
  line+=", results and end $(seconds $((MARK[stopped] - MARK[ended])))"
  say "seconds: $line; all $(seconds $(($(now_ms) - MARK[begin])))"
}
