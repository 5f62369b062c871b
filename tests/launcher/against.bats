#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2016,SC2034
# tests/benchmarks/against, with trees and runs that are stand-ins.

load world

# history: the world's checkout is one of git, with one commit.
history() {
  local tool
  new_world
  launcher=$root/tests/benchmarks/against
  mkdir -p "$root/tests/benchmarks/src/main/payloads" "$world/tmp"
  cp "$tree/tests/benchmarks/against" "$launcher"
  touch "$root/tests/benchmarks/src/main/payloads/pages.c"
  printf 'target\n' >"$root/.gitignore"
  for tool in git mktemp dirname awk tail wc; do ln -s "$(type -P "$tool")" "$world/bin/$tool"; done
  in_git init -q
  in_git add -A
  in_git commit -qm one
}
in_git() { env -i PATH="$PATH" HOME="$world/home" git -C "$root" -c user.name=nobody -c user.email=nobody "$@"; }
against() { kvmpl TMPDIR="$world/tmp" "$@"; }
expect_nothing_left() {
  expect 'worktrees' "$(in_git worktree list | wc -l)" 1
  expect 'files' "$(ls -A "$world/tmp")" ''
  expect 'changes' "$(in_git status --short)" ''
}

# runs: what stands in for Java writes a trace of twenty grants, the first two slow, one half of the others faster than the
# other. Their median is 100 us with mapping here, else 200 and then 300, and 1000 in the older tree.
runs() {
  cat >"$world/run" <<'BODY'
case "$(grep -c ^enforcement "$scenario") $*" in
  *kvmpl.root=*/tree\ *) us=1000 ;;
  1*) us=100 ;;
  *) us=200; [[ ! -e $HOME/once ]] || us=300; : >"$HOME/once" ;;
esac
printf '{ "outcome" : "completed", "steps" : [ '
for ((i = 0; i < 20; i++)); do
  printf '{ "tNs" : %d, "step" : "ATTEMPT" }, { "tNs" : %d,\n "step" : "EXIT1" }, ' $((i * 10000000)) $((i * 10000000 + 7))
  printf '{"tNs":%d,"step":"COMPLETE"}, ' $((i * 10000000 + (i < 2 ? 5000 : i < 11 ? us / 2 : us + us / 2) * 1000))
done
echo '{ "tNs" : 5, "step" : "EXIT1" } ], "console" : [ { "tNs" : 9, "text" : "COMPLETE" } ] }'
exit 0
BODY
  sed -i "/^echo/i for scenario; do [[ \$scenario != *scenario.yaml ]] || . '$world/run'; done" "$world/jdks/jdk-25/bin/java"
}

@test "wrong_arguments_are_one_line" {
  local arguments
  history
  for arguments in --help 'HEAD 0' 'HEAD many' 'HEAD 1 2'; do
    # shellcheck disable=SC2086
    against $arguments
    expect "status of $arguments" "$status" 2
    expect "stderr of $arguments" "$err" 'kvmpl: usage: against [COMMIT [RUNS]]'
  done
  against nowhere
  expect 'status of an unknown commit' "$status" 2
  expect 'stderr of an unknown commit' "$err" 'kvmpl: no such commit here: nowhere'
  rm -rf "$root/.git"
  against
  expect 'status of a tree without history' "$status" 2
  expect 'stderr of a tree without history' "$err" "kvmpl: not a git checkout: $root"
  expect builds "$(builds)" 0
}

@test "older_tree_that_does_not_build_is_named_and_removed" {
  history
  echo '[[ $PWD != */tree ]] || { echo "ERROR cannot find symbol"; exit 1; }' >"$world/mvn-tests"
  against HEAD
  expect status "$status" 1
  expect_match stderr "$err" "*ERROR cannot find symbol*kvmpl: $(in_git rev-parse --short=7 HEAD) does not build: see above"
  expect stdout "$out" ''
  expect_nothing_left
}

@test "run_that_fails_says_why" {
  history
  runs
  sed -i '1i [[ $* == */tree\\ * ]] || { printf "{\\n  \\"message\\" : \\"no KVM\\",\\n  \\"operations\\" : [ ]\\n}\\n"; exit 3; }' "$world/run"
  against HEAD 1
  expect status "$status" 1
  expect 'last line' "${err##*$'\n'}" 'kvmpl: new ended with status 3: no KVM'
  expect_nothing_left
}

@test "table_has_medians_after_the_first_tenth_and_ratios_run_by_run" {
  local commit
  history
  runs
  commit=$(in_git rev-parse --short=7 HEAD)
  against HEAD 2
  expect "status ($err)" "$status" 0
  expect builds "$(builds)" 2
  expect table "$out" "| | us | of $commit's, run by run |
|---|---|---|
| $commit | 1000 (1000..1000) | |
| slots, two threads: the default | 250 (200..300) | 0.250 (0.200..0.300) |
| slots, one thread | 300 (300..300) | 0.300 (0.300..0.300) |
| slots, first store done | 300 (300..300) | 0.300 (0.300..0.300) |
| mapping, two threads | 100 (100..100) | 0.100 (0.100..0.100) |
| mapping, one thread | 100 (100..100) | 0.100 (0.100..0.100) |"
  expect_nothing_left
}

@test "ended_by_a_signal_it_leaves_nothing_behind" {
  local child i
  history
  touch "$world/mvn-waits"
  env -i PATH="$world/bin" HOME="$world/home" KVMPL_JDK_DIRS="$world/jdks" TMPDIR="$world/tmp" "$launcher" HEAD \
    >"$world/out" 2>"$world/err" </dev/null 3>&- &
  child=$!
  for ((i = 0; i < 100; i++)); do [[ ! -s $world/mvn-pid ]] || break; sleep 0.1; done
  kill "$child"
  status=0
  wait "$child" || status=$?
  expect status "$status" 143
  ! kill -0 "$(<"$world/mvn-pid")" 2>/dev/null || fail 'Maven is still running'
  expect_nothing_left
}
