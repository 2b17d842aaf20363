#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The hostile host (nie_attack.ko, beside this script or installed) as a kselftest: one KTAP line an
# attack. The module compares the whole state around each, so nothing else should use NIE meanwhile.

ksft_skip=4
echo "TAP version 13"
if [ ! -r /sys/kernel/nie/state ]; then
	echo "1..0 # SKIP nie.ko is not loaded"
	exit $ksft_skip
fi
if [ -f nie_attack.ko ]; then
	insmod ./nie_attack.ko
else
	modprobe nie_attack || { echo "1..0 # SKIP no nie_attack.ko"; exit $ksft_skip; }
fi
dmesg | sed -n 's/^.*nie_attack: //p' | awk '
	$1 == "ok" { n++; print "ok", n, substr($0, 4) }
	$1 == "skip" { n++; print "ok", n, $2, "# SKIP", substr($0, 6 + length($2)) }
	$1 == "FAIL" { n++; failed++; print "not ok", n, substr($0, 6) }
	END { print "1.." n + 0; exit failed || !n }'
status=$?
rmmod nie_attack || status=1
exit $status
