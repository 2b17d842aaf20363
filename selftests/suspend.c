// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: suspend SECONDS
 * Suspend the machine to idle, and have an RTC's alarm wake it after so long.
 */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct itimerspec when = { .it_value.tv_sec = argc > 1 ? atoi(argv[1]) : 0 };
	int timer = timerfd_create(CLOCK_BOOTTIME_ALARM, 0);
	int state = open("/sys/power/state", O_WRONLY);

	if (timer < 0 || timerfd_settime(timer, 0, &when, NULL))
		err(1, "alarm");
	if (state < 0 || write(state, "freeze", 6) != 6)
		err(1, "/sys/power/state");
	return 0;
}
