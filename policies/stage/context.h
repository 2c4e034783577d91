#ifndef DRO_STAGE_CONTEXT_H
#define DRO_STAGE_CONTEXT_H

#include "stage/clock.h"
#include "stage/decide.h"
#include "stage/signal.h"

/* What the files of one decision share; only parked/ includes it too. */
struct dro_ctx {
	const char *domain;
	const struct dro_settings *set;
	const struct dro_facts *facts;
	const struct dro_live *live;
	const struct dro_evidence *ev;
	struct dro_clock clock;
	struct dro_arena *arena;
	struct dro_population_view view;
	struct dro_trigger trigger;
	struct dro_signal_now signal;
	struct dro_place place;
	struct dro_dmarc record; /* live, or known while live is unclear */
	struct dro_decision *out;
};

/**
 * dro_ctx_clock(now):
 * A clock at ${now} that holds until the next day at most: much of what is
 * counted is counted by UTC days.
 */
struct dro_clock dro_ctx_clock(int64_t now);

/** dro_ctx_hold(c, code, reason): hold; the first reason stands. */
void dro_ctx_hold(struct dro_ctx *c, const char *code, const char *reason);

/** dro_ctx_block(c, code, reason): the same with the overlay `blocked`. */
void dro_ctx_block(struct dro_ctx *c, const char *code, const char *reason);

/** dro_ctx_act(c, action, to, code, reason): publish rung ${to}. */
void dro_ctx_act(struct dro_ctx *c, enum dro_action action, size_t to,
    const char *code, const char *reason);

/**
 * dro_ctx_place(c, rrset):
 * Put the domain on its ladder by the DMARC record in ${rrset}; false if it
 * holds no sound one.
 */
bool dro_ctx_place(struct dro_ctx *c, const struct dro_rrset *rrset);

/*
 * The looks at the record, in the order of docs/transitions.md.  True: go on;
 * false: ${c}->out says why not, or what to do.
 */
bool dro_check_live(struct dro_ctx *c);
bool dro_check_drift(struct dro_ctx *c);
bool dro_check_reporting(struct dro_ctx *c);

/*
 * What people say about any move but a step back; each holds if it must.
 * The first two also put ${c}->out->earliest behind the pause or freeze.
 */
void dro_check_pause(struct dro_ctx *c);
void dro_check_freeze(struct dro_ctx *c);
void dro_check_approvals(struct dro_ctx *c, size_t rung);

/* Anything but a go of the external signal holds what does not climb. */
void dro_check_signal(struct dro_ctx *c);

#endif /* !DRO_STAGE_CONTEXT_H */
