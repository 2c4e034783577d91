#ifndef DRO_ORCHESTRATOR_INGEST_WORKER_HAND_H
#define DRO_ORCHESTRATOR_INGEST_WORKER_HAND_H

#include <sys/types.h>

#include "ingest/wire.h"
#include "ingest/workers.h"

/* One worker as ingest sees it: a process and a socket; see workers.c. */
struct dro_hand {
	pid_t pid; /* 0: there is none */
	int fd; /* ours: does not block */
	struct dro_buf in; /* received, not a whole frame yet */
	struct dro_buf out; /* to be sent, then ${tail}; ${sent} is */
	const char *tail; /* a large input, not copied */
	size_t tail_len, sent;
	int unsent; /* frames added since it was last sent */
	unsigned source; /* the one whose conf it has; 0: none */
};

/** dro_hand_start(hand, program, err): execute a worker.  DRO_EIO. */
enum dro_code dro_hand_start(struct dro_hand *hand, const char *program,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_hand_greet(hand, program, sandbox, err):
 * Wait for its hello, which says what closes it in.  DRO_EIO.
 */
enum dro_code dro_hand_greet(struct dro_hand *hand, const char *program,
    struct dro_sandbox *sandbox, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_hand_end(hand):
 * Kill it if it still runs, and forget it.  How it ended, as wait(2) has it.
 */
int dro_hand_end(struct dro_hand *hand);

/** dro_hand_idle(hand): whether all is sent. */
bool dro_hand_idle(const struct dro_hand *hand);

/** dro_hand_send(hand): as much as the socket takes; false: it is gone. */
bool dro_hand_send(struct dro_hand *hand);

/** dro_hand_receive(hand): what is there now; false: it is gone. */
bool dro_hand_receive(struct dro_hand *hand);

/** dro_hand_cpu_ms(hand): the processor time it has used; -1: not known. */
int64_t dro_hand_cpu_ms(const struct dro_hand *hand);

#endif /* !DRO_ORCHESTRATOR_INGEST_WORKER_HAND_H */
