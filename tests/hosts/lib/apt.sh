# A private apt beside the machine's: its own sources, lists and cache, the machine's keys, proxies and mirror.
# Nothing of the machine's apt configuration or package state is changed. Sourced, never run.
# shellcheck shell=bash

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# debian_mirror: address of the Debian archive that this machine is configured with. apt itself is asked, so that
# one-line and deb822 sources, in one file or many, all work.
debian_mirror() {
  local codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(LABEL)' 'Created-By: Packages' 2>/dev/null |
    awk -v codename="$codename" '
      ($2 == codename || $2 == "stable") && ($3 == "Debian" || $3 ~ /^[$]/) { print $1 }' | head -n 1
}

# apt_private SUITE: prints the path of an apt configuration for that one suite of Debian, lists fetched.
apt_private() {
  local suite=$1 home=$CACHE/apt/$1 mirror signed=
  # Lists older than a day may name packages that the mirror has dropped.
  if [[ -z $(find "$home/ready" -mmin -1440 2>/dev/null) ]]; then
    mirror=$(debian_mirror)
    if [[ -z $mirror ]]; then
      say "no Debian source with fetched lists in this machine's apt configuration (suite $suite is needed);" \
        "run 'apt-get update' on a Debian machine, or name a kernel with --kernel PATH"
      return 3
    fi
    rm -rf "$home"
    mkdir -p "$home"/{state/lists/partial,cache/archives/partial,etc/preferences.d}
    : >"$home/status"
    [[ -r $KEYRING ]] && signed="[signed-by=$KEYRING]"
    echo "deb $signed $mirror $suite main" >"$home/etc/sources.list"
    {
      # Proxies and the like stay as the machine has them; hooks and sources do not come along.
      apt-config dump | grep -E '^Acquire::' | grep -v '^Acquire::IndexTargets' || true
      cat <<CONF
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Dir::State "$home/state";
Dir::State::status "$home/status";
Dir::Cache "$home/cache";
Dir::Etc "$home/etc";
Dir::Etc::sourcelist "$home/etc/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::main "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
CONF
    } >"$home/apt.conf"
    say "fetching the package list of Debian $suite (private, the machine's apt stays as it is)"
    APT_CONFIG=$home/apt.conf apt-get -q update --error-on=any >"$home/update.log" 2>&1 ||
      APT_CONFIG=$home/apt.conf apt-get -q update >"$home/update.log" 2>&1 || {
      say "cannot fetch the package list of $suite: $(grep -E '^[EW]:' "$home/update.log" | head -n 1)"
      return 1
    }
    date >"$home/ready"
  fi
  echo "$home/apt.conf"
}

# deb_field SUITE PACKAGE FIELD: a field of the newest version of a package.
deb_field() {
  local conf
  conf=$(apt_private "$1") || return
  APT_CONFIG=$conf apt-cache show --no-all-versions "$2" 2>/dev/null | sed -n "s/^$3: //p" | head -n 1
}

# deb_names SUITE REGEX: names of packages that match and can be had (apt also knows names that are only mentioned).
deb_names() {
  local conf
  conf=$(apt_private "$1") || return
  APT_CONFIG=$conf apt-cache dumpavail | sed -n 's,^Package: ,,p' | sort -u | grep -E "$2" || true
}

# deb_unpack FOLDER SUITE PACKAGE...: downloads packages (signatures checked by apt) and unpacks them into FOLDER.
deb_unpack() {
  local folder=$1 suite=$2 conf deb
  shift 2
  conf=$(apt_private "$suite") || return
  mkdir -p "$folder/.debs"
  say "fetching from Debian $suite: $*"
  (cd "$folder/.debs" && APT_CONFIG=$conf apt-get -q download "$@" >log 2>&1) || {
    say "cannot download $* from $suite: $(grep -E '^[EW]:' "$folder/.debs/log" | head -n 1)"
    return 1
  }
  for deb in "$folder"/.debs/*.deb; do
    dpkg-deb -x "$deb" "$folder" || return
    basename "$deb" >>"$folder/packages.txt"
  done
  rm -rf "$folder/.debs"
}
