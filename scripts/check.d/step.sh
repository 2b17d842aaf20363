# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# What the steps of scripts/check share: sourced by them.

# shellcheck source=../lib.sh
. "$NIE_TOP/scripts/lib.sh"
# shellcheck source=../target/tap.sh
. "$NIE_TOP/scripts/target/tap.sh"

here=$NIE_TOP/scripts/check.d

# Build what is not up to date; with a failure the step ends.
built() {
	"$NIE_TOP/scripts/kernel" >&2
	"$NIE_TOP/scripts/rootfs" >&2
	modules=$("$NIE_TOP/scripts/module" --print)
}

# in_host LABEL SCRIPT [run-qemu option...]: run SCRIPT in the emulated host, with the modules in
# its payload. The test cases it prints get LABEL in front, the kernel's own lines stay in the log of
# the console; if it does not end with status 0, or prints no test case, that is one more failed case.
in_host() {
	local label=$1 script=$2 status=0 errors cases
	shift 2
	errors=$(mktemp)
	cases=$(mktemp)
	"$NIE_TOP/scripts/run-qemu" --script "$script" "$@" "$modules" 2>"$errors" |
		sed -u -E "/^\[ *[0-9]+\.[0-9]+\] /d; s|^(not )?ok - |&$label: |" |
		tee "$cases" || status=${PIPESTATUS[0]}
	if [ "$status" -ne 0 ]; then
		tap_fail "$label: the run ended with status $status" "$(cat "$errors")"
	elif ! grep -qE '^(not )?ok - ' "$cases"; then
		tap_fail "$label: no test case"
	fi
	rm -f "$errors" "$cases"
}

# Until the series teaches the kernel's KVM about NIE, nie.ko loads with host_only=1.
if grep -qs '^[^#]' "$NIE_TOP/patches/linux-$NIE_KERNEL/series"; then
	nie_params=
else
	nie_params=host_only=1
fi

# build_wipe_programs DIR: a VM with a secret, for the emulated host, and in DIR and DIR/target what
# looks for it in memory.
build_wipe_programs() {
	local headers=$NIE_CACHE/build/kernel-headers
	(
		nie_lock kernel-headers
		kmake headers_install INSTALL_HDR_PATH="$headers"
	) >&2
	mkdir "$1/target"
	"${NIE_CROSS}gcc" -O2 -Wall -Werror -static -D_GNU_SOURCE -isystem "$headers/include" -I"$NIE_TOP/include" \
		-o "$1/secret" "$NIE_TOP/selftests/secret.c"
	"${NIE_CROSS}gcc" -O2 -Wall -Werror -static -o "$1/target/find_words" "$NIE_TOP/selftests/find_words.c"
	gcc -O2 -Wall -Werror -o "$1/find_words" "$NIE_TOP/selftests/find_words.c"
}
