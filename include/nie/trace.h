/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace event for each host call, nie:nie_<name>, generated from NIE_HOSTCALLS(): the arguments
 * as they were passed and what came back. To be included before <nie/call.h>, whose wrappers then
 * fire them.
 *
 * An event is created by who makes the call: those of the sealed phase by KVM, which defines
 * NIE_TRACE_KVM, all others by nie.ko.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nie

#if !defined(NIE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define NIE_TRACE_H

#include <linux/tracepoint.h>
#include <nie/hostcalls.h>

DECLARE_EVENT_CLASS(nie_call,
	TP_PROTO(u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, long ret),
	TP_ARGS(a1, a2, a3, a4, a5, ret),
	TP_STRUCT__entry(
		__array(u64, arg, 5)
		__field(long, ret)
	),
	TP_fast_assign(
		__entry->arg[0] = a1;
		__entry->arg[1] = a2;
		__entry->arg[2] = a3;
		__entry->arg[3] = a4;
		__entry->arg[4] = a5;
		__entry->ret = ret;
	),
	TP_printk("%#llx %#llx %#llx %#llx %#llx = %ld", __entry->arg[0], __entry->arg[1],
		  __entry->arg[2], __entry->arg[3], __entry->arg[4], __entry->ret)
);

#undef NIE_EVENT
#define NIE_EVENT(name)							\
	DEFINE_EVENT(nie_call, nie_##name,				\
		TP_PROTO(u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, long ret),	\
		TP_ARGS(a1, a2, a3, a4, a5, ret));

#undef NIE_EVENT_SEALED
#undef NIE_EVENT_OTHER
#ifdef NIE_TRACE_KVM
#define NIE_EVENT_SEALED(name)	NIE_EVENT(name)
#define NIE_EVENT_OTHER(name)
#else
#define NIE_EVENT_SEALED(name)
#define NIE_EVENT_OTHER(name)	NIE_EVENT(name)
#endif
#undef NIE_EVENT_EARLY
#define NIE_EVENT_EARLY(name)	NIE_EVENT_OTHER(name)
#undef NIE_EVENT_ANY
#define NIE_EVENT_ANY(name)	NIE_EVENT_OTHER(name)
#undef NIE_EVENT_DEBUG
#define NIE_EVENT_DEBUG(name)	NIE_EVENT_OTHER(name)

#undef NIE_EVENT_ROW
#define NIE_EVENT_ROW(nr, NAME, name, phase, ...)	NIE_EVENT_##phase(name)
NIE_HOSTCALLS(NIE_EVENT_ROW)

#endif /* NIE_TRACE_H */

#ifndef NIE_TRACE_OTHERS
#define NIE_TRACE_OTHERS
/* The events of the other one. */
#define NIE_NO_EVENT(name)								\
static inline void trace_nie_##name(u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, long ret) {}
#ifdef NIE_TRACE_KVM
#define NIE_NO_EVENT_SEALED(name)
#define NIE_NO_EVENT_EARLY(name)	NIE_NO_EVENT(name)
#define NIE_NO_EVENT_ANY(name)		NIE_NO_EVENT(name)
#define NIE_NO_EVENT_DEBUG(name)	NIE_NO_EVENT(name)
#else
#define NIE_NO_EVENT_SEALED(name)	NIE_NO_EVENT(name)
#define NIE_NO_EVENT_EARLY(name)
#define NIE_NO_EVENT_ANY(name)
#define NIE_NO_EVENT_DEBUG(name)
#endif
#define NIE_NO_EVENT_ROW(nr, NAME, name, phase, ...)	NIE_NO_EVENT_##phase(name)
NIE_HOSTCALLS(NIE_NO_EVENT_ROW)

#ifndef NIE_CALL_DONE
#define NIE_CALL_DONE(NAME, name, ret, ...)	trace_nie_##name(__VA_ARGS__, ret)
#endif
#endif /* NIE_TRACE_OTHERS */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH nie
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
