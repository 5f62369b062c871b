# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# ./kvmpl test, here and on emulated hosts, and ./kvmpl run on emulated hosts.

test_usage="usage: ./kvmpl test [--tests PATTERN] [--exhaustive] [--host this|amd|intel|all [--kernel VERSION|PATH] [--timeout SECONDS]] [-Dname=value ...]

  --tests PATTERN  only the test classes or methods that match, as in Surefire's -Dtest: 'Rmp*', 'RmpTest#grants*'
  --exhaustive     tests that try things at random try others and many more, 100,000 stores instead of 2,000: for hours
  --host HOST      this machine's KVM (default), an emulated AMD or Intel host with a KVM of its own, or all three
  --kernel, --timeout  for an emulated host: the kernel it boots, and when to give up

Ends with 'N passed, N failed, N skipped'. With KVMPL_REQUIRE_KVM=1 a missing /dev/kvm is a failure."

# take_host ARGS: splits them into host, host_options and rest.
take_host() {
  host='' host_options=() rest=()
  while (($#)); do
    case $1 in
      --host | --kernel | --timeout)
        (($# > 1)) || die 2 "$1 needs a value"
        if [[ $1 == --host ]]; then host=$2; else host_options+=("$1" "$2"); fi
        shift ;;
      --host=*) host=${1#*=} ;;
      --kernel=* | --timeout=*) host_options+=("${1%%=*}" "${1#*=}") ;;
      *) rest+=("$1") ;;
    esac
    shift
  done
}

# on_host amd|intel ARGS: host-run with the product; what comes before test or exec are host-run's own options.
on_host() {
  local on=$1; shift
  "$root/tests/hosts/host-run" "$on" "${host_options[@]}" --java-home "$jdk" --modules "$root/vmm/cli/target/modules" "$@"
}
reports_of() { echo "$root/tests/integration/target/host-reports/$1"; }

run_command() {
  local host host_options rest argument hosted=
  for argument; do [[ $argument != --host && $argument != --host=* ]] || hosted=yes; done
  # Without --host nothing is taken from the product's own options.
  [[ $hosted ]] || product run "$@"
  take_host "$@"
  case $host in
    this) product run "${rest[@]}" ;;
    amd | intel) run_on_host ;;
    *) die 2 "run --host: '$host' is not this, amd or intel" ;;
  esac
}

# The program on an emulated host, with the files that its scenarios consist of: the program itself says which.
run_on_host() {
  local argument needed file files=()
  need jdk
  build product
  for argument in "${rest[@]}"; do
    [[ -f $argument ]] || continue
    mapfile -d '' needed < <(product run --list-files -- "$argument")
    wait $! || exit
    for file in "${needed[@]}"; do files+=(--file "$file"); done
  done
  on_host "$host" "${files[@]}" exec dev.kvmpl.cli/dev.kvmpl.cli.Main run "${rest[@]}"
}

test_command() {
  local host host_options rest pattern='' exhaustive='' properties=() passed=0 failed=0 skipped=0
  take_host "$@"
  set -- "${rest[@]}"
  while (($#)); do
    case $1 in
      --tests) (($# > 1)) || die 2 "--tests needs a pattern"; pattern=$2; shift ;;
      --tests=*) pattern=${1#*=} ;;
      --exhaustive) exhaustive=yes; exhaustive ;;
      -D?*) properties+=("$1") ;;
      -h | --help) echo "$test_usage"; exit 0 ;;
      *) die 2 "test: unknown argument '$1'"$'\n'"$test_usage" ;;
    esac
    shift
  done
  if [[ ${host:-this} == this ]] && ((${#host_options[@]})); then die 2 "${host_options[0]} goes with --host amd or intel"; fi
  if [[ ${host:-this} != this && $exhaustive ]]; then die 2 "--exhaustive is for this machine's KVM"; fi
  local status=0
  case ${host:-this} in
    this) test_here || status=$? ;;
    amd | intel) test_emulated "$host" || status=$? ;;
    all) test_all || status=$? ;;
    *) die 2 "test --host: '$host' is not this, amd, intel or all" ;;
  esac
  # Maven may end with colour codes and no newline, and the count is to be alone on its line.
  printf '\n%s\n' "$passed passed, $failed failed, $skipped skipped"
  exit "$status"
}

# Tests that try things at random try the same ones each time, so that a change is what makes them fail. Here they try
# many more, and others.
exhaustive() {
  local seed=$((RANDOM << 15 | RANDOM))
  say "random cases from seed $seed on"
  properties+=(
    "-Dkvmpl.stores.seed=$seed" -Dkvmpl.stores.cases=100000
    "-Dkvmpl.fuzz.seed=$seed" -Dkvmpl.fuzz.cases=200000 -Dkvmpl.fuzz.requests=20000
    "-Dkvmpl.grants.seed=$seed" -Dkvmpl.grants.sequences=2000000
    -Dkvmpl.interleaving.machines=100 -Dkvmpl.kickedMachines=10000
  )
}

# add_reports FOLDER...: adds what the JUnit XML files there say to passed, failed and skipped.
add_reports() {
  local line tests errors failures skips
  while IFS= read -r line; do
    tests=$(attribute tests "$line") errors=$(attribute errors "$line")
    failures=$(attribute failures "$line") skips=$(attribute skipped "$line")
    ((failed += errors + failures, skipped += skips, passed += tests - errors - failures - skips)) || true
  done < <(find "$@" -name 'TEST-*.xml' -exec grep -h -o -m1 '<testsuite [^>]*>' {} + 2>/dev/null)
}
attribute() { if [[ $2 =~ [[:space:]]$1=\"([0-9]+)\" ]]; then echo "${BASH_REMATCH[1]}"; else echo 0; fi; }

# close_host STATUS FAILED_BEFORE PASSED_BEFORE: a run that went wrong without a failed test still counts as one
# failure, and one in which no test ran is not a success.
close_host() {
  local status=$1
  if ((failed > $2)); then
    ((status)) || status=1
  elif ((status)); then
    ((failed += 1))
  elif ((passed == $3)); then
    say "no test ran"
    ((failed += 1))
    status=1
  fi
  return "$status"
}

test_here() {
  local status=0 old=$failed,$passed reports=()
  need jdk gcc make mvn libc
  build product
  # For ./kvmpl in a test: nothing to build, and no waiting for the lock that is held here.
  local -x KVMPL_BUILT=$root
  rm -rf "$root"/tests/*/target/surefire-reports
  if [[ $pattern ]]; then
    properties+=("-Dtest=$pattern" -Dsurefire.failIfNoSpecifiedTests=false)
  else
    "$root/tests/launcher/run" --report "$root/tests/launcher/target/surefire-reports/TEST-launcher.xml" || status=1
  fi
  lock
  # One module's failed test does not keep the others from being tested.
  maven --fail-at-end "${properties[@]}" verify || status=1
  unlock
  reports=("$root"/tests/*/target/surefire-reports)
  add_reports "${reports[@]}"
  close_host "$status" "${old%,*}" "${old#*,}"
}

# Of what is tried many times, less there: each machine takes longer than here.
fewer_there=(
  --env KVMPL_LEAK_RUNS=20
  --env KVMPL_NO_BREAKPOINTS=1
  --java-option -Dkvmpl.stores.cases=480
  --java-option -Dkvmpl.fuzz.requests=100
  --java-option -Dkvmpl.interleaving.machines=1
)

test_emulated() {
  local status=0 old=$failed,$passed select=(--scan-classpath)
  # What needs a compiler or the source tree says nothing about the host, and neither is in there.
  select+=(--exclude-tag needs-gcc --exclude-tag needs-source-tree)
  # Nor, unless they are asked for, long tests of pure code, which do not meet its KVM, and tests that start JVMs, which are
  # slow in there: `run --host` is one.
  [[ -n $pattern ]] || select+=(--exclude-tag exhaustive --exclude-tag subprocess)
  # A class name, with Surefire's *: the console launcher wants an expression for the whole name.
  [[ -z $pattern ]] || select+=(--include-classname ".*[.]${pattern//\*/.*}")
  [[ $pattern != *[,#]* ]] || die 2 "--tests on an emulated host takes the name of one class, * allowed"
  build tests
  # What an earlier run left must not count for this one.
  rm -rf "$(reports_of "$1")"
  mkdir -p "$(reports_of "$1")"
  on_host "$1" --classpath "$root/tests/integration/target/classpath" --reports "$(reports_of "$1")" \
    --env KVMPL_REQUIRE_KVM=1 "${fewer_there[@]}" test --details=none "${select[@]}" || status=$?
  add_reports "$(reports_of "$1")"
  close_host "$status" "${old%,*}" "${old#*,}"
}

test_all() {
  local on status=0 one began before rows=()
  for on in this amd intel; do
    echo "== $on"
    began=$SECONDS before=("$passed" "$failed" "$skipped") one=0
    if [[ $on == this ]]; then test_here || one=$?; else test_emulated "$on" || one=$?; fi
    ((status)) || status=$one
    rows+=("$(printf '%-6s %7d %7d %7d %8d' "$on" $((passed - before[0])) $((failed - before[1])) \
      $((skipped - before[2])) $((SECONDS - began)))")
  done
  printf '\nhost    passed  failed skipped  seconds\n'
  printf '%s\n' "${rows[@]}"
  return "$status"
}
