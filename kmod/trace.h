/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints, in /sys/kernel/tracing/events/sidestep.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM sidestep

#if !defined(_SIDESTEP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _SIDESTEP_TRACE_H

#include <linux/netdevice.h>
#include <linux/tracepoint.h>

#include "engine.h"
#include "order.h"
#include "session.h"
#include "state.h"

TRACE_DEFINE_ENUM(SIDESTEP_STATE_DIRECT);
TRACE_DEFINE_ENUM(SIDESTEP_STATE_BICAST);
TRACE_DEFINE_ENUM(SIDESTEP_STATE_INFRA);
TRACE_DEFINE_ENUM(SIDESTEP_PATH_DIRECT);
TRACE_DEFINE_ENUM(SIDESTEP_PATH_INFRA);

TRACE_DEFINE_ENUM(SIDESTEP_QUANTITY_SIGNAL);
TRACE_DEFINE_ENUM(SIDESTEP_QUANTITY_LOSS);
TRACE_DEFINE_ENUM(SIDESTEP_QUANTITY_RTT);
TRACE_DEFINE_ENUM(SIDESTEP_QUANTITY_LIVENESS);

#define sidestep_show_quantity(quantity)		\
	__print_symbolic(quantity,			\
			 { SIDESTEP_QUANTITY_SIGNAL, "signal" },	\
			 { SIDESTEP_QUANTITY_LOSS, "loss" },	\
			 { SIDESTEP_QUANTITY_RTT, "rtt" },	\
			 { SIDESTEP_QUANTITY_LIVENESS, "liveness" })

#define sidestep_show_state(state)			\
	__print_symbolic(state,				\
			 { SIDESTEP_STATE_DIRECT, "direct" },	\
			 { SIDESTEP_STATE_BICAST, "bicast" },	\
			 { SIDESTEP_STATE_INFRA, "infra" })

#define sidestep_show_path(path)			\
	__print_symbolic(path,				\
			 { SIDESTEP_PATH_DIRECT, "direct" },	\
			 { SIDESTEP_PATH_INFRA, "infra" })

/* Packets go elsewhere from now on; @paths is where. */
TRACE_EVENT(sidestep_switch,
	    TP_PROTO(const struct sidestep_session *session,
		     unsigned int paths),
	    TP_ARGS(session, paths),
	    TP_STRUCT__entry(__array(char, dev, IFNAMSIZ)
			     __field(u8, from)
			     __field(u8, to)
			     __field(u8, wanted)
			     __field(u8, peer_wanted)),
	    TP_fast_assign(memcpy(__entry->dev, session->dev->name, IFNAMSIZ);
			   __entry->from =
				sidestep_state_of(sidestep_plan_paths(session->tx_plan));
			   __entry->to = sidestep_state_of(paths);
			   __entry->wanted = sidestep_state_of(session->wanted);
			   __entry->peer_wanted =
				sidestep_state_of(READ_ONCE(session->rx.peer_wants));),
	    TP_printk("dev=%s from=%s to=%s wanted=%s peer_wanted=%s",
		      __entry->dev, sidestep_show_state(__entry->from),
		      sidestep_show_state(__entry->to),
		      sidestep_show_state(__entry->wanted),
		      sidestep_show_state(__entry->peer_wanted))
);

/* A path became ready, or ceased to be; rtt is in microseconds, 0 if unknown. */
TRACE_EVENT(sidestep_path,
	    TP_PROTO(const struct sidestep_session *session,
		     unsigned int path, bool ready),
	    TP_ARGS(session, path, ready),
	    TP_STRUCT__entry(__array(char, dev, IFNAMSIZ)
			     __field(u8, path)
			     __field(bool, ready)
			     __field(u32, rtt)),
	    TP_fast_assign(memcpy(__entry->dev, session->dev->name, IFNAMSIZ);
			   __entry->path = path;
			   __entry->ready = ready;
			   __entry->rtt = div_u64(session->path[path].rtt,
						  NSEC_PER_USEC);),
	    TP_printk("dev=%s path=%s ready=%d rtt=%u", __entry->dev,
		      sidestep_show_path(__entry->path), __entry->ready,
		      __entry->rtt)
);

/* A later copy is dropped; @awaited is false if it came twice by one path. */
TRACE_EVENT(sidestep_eliminated,
	    TP_PROTO(const struct sidestep_session *session, u64 seq,
		     unsigned int path, bool awaited),
	    TP_ARGS(session, seq, path, awaited),
	    TP_STRUCT__entry(__array(char, dev, IFNAMSIZ)
			     __field(u64, seq)
			     __field(u8, path)
			     __field(bool, awaited)),
	    TP_fast_assign(memcpy(__entry->dev, session->dev->name, IFNAMSIZ);
			   __entry->seq = seq;
			   __entry->path = path;
			   __entry->awaited = awaited;),
	    TP_printk("dev=%s seq=%llu path=%s awaited=%d", __entry->dev,
		      __entry->seq, sidestep_show_path(__entry->path),
		      __entry->awaited)
);

/*
 * A packet waits for its turn; how long at most, in microseconds: due if none
 * before it is missing, give_up if one is.
 */
TRACE_EVENT(sidestep_held,
	    TP_PROTO(const struct sidestep_session *session,
		     const struct sidestep_order_item *item,
		     unsigned int path, u64 now),
	    TP_ARGS(session, item, path, now),
	    TP_STRUCT__entry(__array(char, dev, IFNAMSIZ)
			     __field(u64, seq)
			     __field(u8, path)
			     __field(u32, due)
			     __field(u32, give_up)),
	    TP_fast_assign(memcpy(__entry->dev, session->dev->name, IFNAMSIZ);
			   __entry->seq = item->seq;
			   __entry->path = path;
			   __entry->due = div_u64(item->due - now,
						  NSEC_PER_USEC);
			   __entry->give_up = div_u64(item->give_up - now,
						      NSEC_PER_USEC);),
	    TP_printk("dev=%s seq=%llu path=%s due=%u give_up=%u",
		      __entry->dev, __entry->seq,
		      sidestep_show_path(__entry->path), __entry->due,
		      __entry->give_up)
);

/* The trigger engine was told a measurement, in the quantity's unit. */
TRACE_EVENT(sidestep_measured,
	    TP_PROTO(const struct sidestep_session *session,
		     unsigned int path, unsigned int quantity, s32 value),
	    TP_ARGS(session, path, quantity, value),
	    TP_STRUCT__entry(__array(char, dev, IFNAMSIZ)
			     __field(u8, path)
			     __field(u8, quantity)
			     __field(s32, value)),
	    TP_fast_assign(memcpy(__entry->dev, session->dev->name, IFNAMSIZ);
			   __entry->path = path;
			   __entry->quantity = quantity;
			   __entry->value = value;),
	    TP_printk("dev=%s path=%s %s=%d", __entry->dev,
		      sidestep_show_path(__entry->path),
		      sidestep_show_quantity(__entry->quantity),
		      __entry->value)
);

/* The trigger engine has decided; @cause says what, and why. */
TRACE_EVENT(sidestep_decided,
	    TP_PROTO(const struct sidestep_session *session,
		     const struct sidestep_cause *cause),
	    TP_ARGS(session, cause),
	    TP_STRUCT__entry(__array(char, dev, IFNAMSIZ)
			     __array(char, reason, SIDESTEP_WORDS_LEN)),
	    TP_fast_assign(memcpy(__entry->dev, session->dev->name, IFNAMSIZ);
			   sidestep_words_cause(cause, __entry->reason,
						SIDESTEP_WORDS_LEN);),
	    TP_printk("dev=%s %s", __entry->dev, __entry->reason)
);

#endif /* _SIDESTEP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
