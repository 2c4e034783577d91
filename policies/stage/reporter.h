#ifndef DRO_STAGE_REPORTER_H
#define DRO_STAGE_REPORTER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How far a reporter's word goes (docs/reporters.md).  Gates listen to known
 * and trusted ones only, in both directions.
 */
enum dro_trust {
	DRO_TRUST_UNAUTHENTICATED = 0, /* shown; moves nothing */
	DRO_TRUST_NEW,
	DRO_TRUST_KNOWN,
	DRO_TRUST_TRUSTED
};

/* From when on an authenticated reporter is known: all three. */
#define DRO_KNOWN_DAYS 14
#define DRO_KNOWN_REPORTS 5
#define DRO_KNOWN_DOMAINS 2

/*
 * What a sender that is neither known nor trusted may put into the store on
 * one day.  The others may have much to say: a report a day and domain.
 */
#define DRO_SENDER_MAILS 200
#define DRO_SENDER_OCTETS ((int64_t)200 << 20)

/* What is known of the reporter of one report. */
struct dro_reporter {
	bool authenticated; /* the mail proved who sent it */
	bool lies; /* the mail is invalid: broken signature, two From */
	bool listed; /* shipped as a large reporter, or reporters.trust */
	bool ignored; /* reporters.ignore */
	int64_t first_at; /* its first authenticated report; 0: none */
	int64_t reports; /* of them, this one not counted */
	int64_t domains; /* of ours that they are about */
};

/**
 * dro_reporter_tier(reporter, now):
 * What the reporter itself proved: trusted if authenticated and listed; known
 * if authenticated and seen for DRO_KNOWN_DAYS with DRO_KNOWN_REPORTS about
 * DRO_KNOWN_DOMAINS; new if authenticated; else unauthenticated.
 */
enum dro_trust dro_reporter_tier(
    const struct dro_reporter *reporter, int64_t now);

/**
 * dro_reporter_trust(source, reporter, now):
 * The trust of one report: the higher of what ${source}, the place that it
 * was taken from, vouches for and the reporter's tier.  Unauthenticated
 * whatever either says if the reporter is ignored or the mail lies.  For a
 * file without mail all but ignored is zero.
 */
enum dro_trust dro_reporter_trust(
    enum dro_trust source, const struct dro_reporter *reporter, int64_t now);

/**
 * dro_sender_is_over(trust, mails, octets, more):
 * Whether a mail of ${more} octets, whose reports have ${trust}, is too much
 * from a sender that has sent ${mails} with ${octets} today.
 */
bool dro_sender_is_over(
    enum dro_trust trust, int64_t mails, int64_t octets, int64_t more);

#endif /* !DRO_STAGE_REPORTER_H */
