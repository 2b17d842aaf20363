// SPDX-License-Identifier: GPL-2.0-only
/* Owns: the trace events of the host calls that nie.ko makes itself. Never: anything else. */
#define CREATE_TRACE_POINTS
#include <nie/trace.h>
