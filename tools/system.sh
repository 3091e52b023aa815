#!/bin/sh
# Installs the named Debian packages that are missing. Usage: tools/system.sh PACKAGE...
# Where it cannot (no apt-get, no right to install, no package list) it says why; with CI=true that is an
# error, elsewhere the tests that need the package are skipped with that reason.
set -u

give_up() {
    echo "Not installed: $*" >&2
    if [ "${CI:-}" = "true" ]; then
        exit 1
    fi
    exit 0
}

installed() {
    dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}

command -v dpkg-query >/dev/null 2>&1 || give_up "$* (this is not a Debian system)"

missing=""
for package in "$@"; do
    installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    give_up "$missing (needs root: sudo apt-get install$missing)"
fi

# RUNLEVEL=1 keeps a newly installed server from starting: the tests start their own.
apt_get() {
    $as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

echo "Installing$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The package list is fetched only when the one at hand is absent or too old to find the packages.
# shellcheck disable=SC2086
if ! apt_get install -y --no-install-recommends $missing >"$log" 2>&1; then
    if ! { apt_get update && apt_get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        give_up "$missing (apt-get failed, see above)"
    fi
fi
