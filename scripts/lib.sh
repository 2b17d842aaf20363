# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Settings and helpers shared by the scripts. Sourced, never run.
#
# Everything that is built lives below $NIE_CACHE, never in the checkout:
#   src/linux-6.12     kernel source: tag `base` plus the series of patches/linux-6.12
#   build/linux        kernel build (O=)          build/module-*  nie.ko for a checkout and a KDIR
#   debs/              Debian packages for arm64  images/         initramfs and disk images
#   run/               one directory a QEMU run   log/            logs of everything else
#   ccache/            compiler cache             lock/           so that two runs do not collide

NIE_TOP=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
NIE_CACHE=${NIE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/var}/.cache}/nie}
NIE_KERNEL=6.12
NIE_TARBALL=${NIE_TARBALL:-/usr/src/linux-source-$NIE_KERNEL.tar.xz}
NIE_KSRC=$NIE_CACHE/src/linux-$NIE_KERNEL
NIE_KDIR=$NIE_CACHE/build/linux
NIE_IMAGE=$NIE_KDIR/arch/arm64/boot/Image
NIE_IMAGES=$NIE_CACHE/images
NIE_LOGS=$NIE_CACHE/log
NIE_CROSS=aarch64-linux-gnu-
NIE_JOBS=${NIE_JOBS:-$(nproc)}

export CCACHE_DIR=${CCACHE_DIR:-$NIE_CACHE/ccache}
export CCACHE_BASEDIR=$NIE_CACHE CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}
export KBUILD_BUILD_TIMESTAMP=2026-01-01 KBUILD_BUILD_USER=nie KBUILD_BUILD_HOST=nie
export LC_ALL=C.UTF-8
# An empty LOCALVERSION keeps `+` out of the release of a kernel with commits on top of its tag.
export LOCALVERSION=

# core_sources: the sources of EL2 that unit tests are made of too, of the tree in this folder
core_sources() {
	awk '$1 == "el2-core" || $1 == "el2-hc" {
		for (i = 3; i <= NF; i++)
			print ($1 == "el2-hc" ? "nie/hostcalls/" : "nie/el2/") $i ".c"
	}' Kbuild
}

# usage: the comment at the head of a script is its help text.
usage() {
	awk 'NR > 2 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"
}

say()  { printf '==> %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die()  { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# need_arg "$@": the option $1 takes a value
need_arg() {
	[ $# -ge 2 ] || die "option $1 wants a value (see --help)"
}

# run_logged LABEL LOG COMMAND...: COMMAND with its output in $NIE_LOGS/LOG, a sign of life every
# half minute, and on failure what failed, the tail and the place of the log.
run_logged() {
	local label=$1 log=$NIE_LOGS/$2 start=$SECONDS rc=0 ticker nothing
	shift 2
	mkdir -p "${log%/*}"
	printf '  %-58s' "$label ..."
	exec {nothing}<> <(:)
	(
		while ! read -r -t 30 -u "$nothing"; do
			printf '\n    %s: %s s so far, log %s' "$label" $((SECONDS - start)) "$log"
		done
	) &
	ticker=$!
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	kill "$ticker" 2>/dev/null || :
	wait "$ticker" 2>/dev/null || :
	exec {nothing}>&-
	if [ "$rc" -ne 0 ]; then
		printf ' FAILED\n'
		tail -n 25 "$log" | sed 's/^/    | /'
		printf '%s failed with status %s, whole log: %s\n' "$label" "$rc" "$log" >&2
		return "$rc"
	fi
	printf ' %s s\n' $((SECONDS - start))
}

# nie_lock NAME [-s]: hold the lock NAME (-s: with other readers) until this shell ends.
nie_lock() {
	local file=$NIE_CACHE/lock/$1 fd
	mkdir -p "${file%/*}"
	exec {fd}>"$file"
	if ! flock -n ${2:+"$2"} "$fd"; then
		say "waiting for another run to release the $1 lock" >&2
		flock ${2:+"$2"} "$fd"
	fi
}

# key_of FILE...: one hash of names and contents, relative to the checkout
key_of() {
	(cd "$NIE_TOP" && for f; do
		if [ -f "$f" ]; then sha256sum -- "$f"; fi
	done) | sha256sum | cut -c1-16
}

# is_current FILE KEY: does FILE hold KEY?
is_current() {
	[ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

# kmake ARGS...: make in the kernel source, with the settings every kernel build shares
kmake() {
	make -s -C "$NIE_KSRC" O="$NIE_KDIR" ARCH=arm64 CROSS_COMPILE="$NIE_CROSS" \
		CC="ccache ${NIE_CROSS}gcc" -j"$NIE_JOBS" "$@"
}

# apt_arm64 ARGS..., apt_arm64_cache ARGS...: apt-get and apt-cache as an arm64 machine with nothing
# installed would run them on the same archives. They keep their own lists and packages, so neither
# the architectures nor the packages of this machine change.
apt_arm64()       { as_arm64 apt-get -q -y "$@"; }
apt_arm64_cache() { as_arm64 apt-cache "$@"; }

as_arm64() {
	local command=$1 state=$NIE_CACHE/debs/apt
	shift
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	: >>"$state/status"
	"$command" -o APT::Architecture=arm64 -o APT::Architectures::=arm64 \
		-o Dir::State="$state" -o Dir::State::status="$state/status" \
		-o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache" \
		-o Debug::NoLocking=1 -o APT::Install-Recommends=0 -o APT::Sandbox::User=root "$@"
}
