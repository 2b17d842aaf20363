# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Result lines of the tests (TAP): sourced by the steps of scripts/check and by the scripts that
# run in the emulated host, where it is on the PATH. Every test case prints one of these lines.

tap_ok()   { echo "ok - $1"; }
tap_skip() { echo "ok - $1 # SKIP $2"; }

# tap_fail NAME [DETAIL...]
tap_fail() {
	echo "not ok - $1"
	shift
	for tap_line; do
		printf '%s\n' "$tap_line" | sed 's/^/# /'
	done
}

# tap_run NAME COMMAND...: passes if COMMAND succeeds; what it printed is shown if not
tap_run() {
	tap_name=$1
	shift
	tap_status=0
	tap_output=$("$@" 2>&1 </dev/null) || tap_status=$?
	if [ "$tap_status" -eq 0 ]; then
		tap_ok "$tap_name"
	else
		tap_fail "$tap_name" "$(printf '%s\n' "$tap_output" | tail -n 40)" \
			"\`$*\` ended with status $tap_status"
	fi
}

# tap_equal NAME WANT GOT
tap_equal() {
	if [ "$2" = "$3" ]; then
		tap_ok "$1"
	else
		tap_fail "$1" "want: $2" "got:  $3"
	fi
}

# The shell of the emulated host prefers busybox's own, which tries twice and hides the errno.
if [ -x /usr/bin/insmod ] && [ -d /payload ]; then
	insmod() { /usr/bin/insmod "$@"; }
fi
