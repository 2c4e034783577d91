#ifndef DRO_ORCHESTRATOR_INGEST_VOUCH_H
#define DRO_ORCHESTRATOR_INGEST_VOUCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/domain.h"
#include "ingest/codes.h"
#include "ingest/ingest.h"
#include "ingest/sender.h"
#include "presets/reporters.h"

/* Reporters that were raised in this run; the others are raised again. */
#define DRO_RAISED_MAX 64

/* Who vouches for the reports of one input, and how far that goes. */
struct dro_vouch {
	const struct dro_ingest_job *job;
	bool dry; /* nothing is written */
	size_t n_raised;
	char raised[DRO_RAISED_MAX][DRO_REPORTER_LEN];
	/* of the input in hand; DRO_AUTH_NONE: no mail */
	enum dro_auth auth;
	bool again; /* DNS was silent: another day may tell more */
	char identity[DRO_REPORTER_LEN];
	char from[DRO_DOMAIN_LEN];
	char signer[DRO_DOMAIN_LEN];
	char selector[DRO_DOMAIN_LEN];
	char note[512];
	char recipient[DRO_RECIPIENT_MAX + 1];
	bool noted; /* it counts against its sender */
};

/** dro_vouch_begin(vouch): an input of which nothing is known yet. */
void dro_vouch_begin(struct dro_vouch *vouch);

/** dro_vouch_sender(vouch, sender): it is a mail, and this is its sender. */
void dro_vouch_sender(struct dro_vouch *vouch, const struct dro_sender *sender);

/** dro_vouch_authenticated(vouch): a mail that proved who sent it. */
bool dro_vouch_authenticated(const struct dro_vouch *vouch);

/** dro_vouch_proved(vouch): no mail, or one that proved who sent it. */
bool dro_vouch_proved(const struct dro_vouch *vouch);

/**
 * dro_vouch_quota(vouch, trust, octets, over, err):
 * Whether the mail of ${octets}, whose report has ${trust}, is one too many
 * for its sender today (dro_sender_is_over).  Of a file nothing is.
 */
enum dro_code dro_vouch_quota(struct dro_vouch *vouch, enum dro_trust trust,
    size_t octets, bool *over, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_vouch_stored(vouch, trust, octets, err):
 * Something new of this mail was stored: it counts against its sender, once.
 */
enum dro_code dro_vouch_stored(struct dro_vouch *vouch, enum dro_trust trust,
    size_t octets, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_vouch_report(vouch, report, warns, err):
 * Say in ${report} who it is from, what proves it, and how much trust that
 * makes (stage/reporter.h); oddities go to ${warns}.  A reporter that has
 * become known is raised.  Errors of the store.
 */
enum dro_code dro_vouch_report(struct dro_vouch *vouch,
    struct dro_report *report, dro_warns *warns,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_VOUCH_H */
