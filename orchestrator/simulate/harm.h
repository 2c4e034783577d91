#ifndef DRO_ORCHESTRATOR_SIMULATE_HARM_H
#define DRO_ORCHESTRATOR_SIMULATE_HARM_H

#include "stage/decide.h"

/* What records did to mail on days that are lived through again. */

/* Whose mail failed, as the run on the morning after saw it. */
enum dro_party {
	DRO_PARTY_LEGIT, /* of a legitimate source */
	DRO_PARTY_LINKED, /* linked to one by address or broken signature */
	DRO_PARTY_FORWARDED,
	DRO_PARTY_UNDECIDED,
	DRO_PARTY_THREAT,
	DRO_PARTIES
};

#define DRO_POPULATIONS (DRO_RFC9989 + 1)

/* What a record asked receivers to do with mail, in hundredths of messages. */
struct dro_hit {
	int64_t quarantined, rejected;
};

/* A legitimate source, mail of which failed. */
struct dro_harmed {
	const char *key;
	int64_t failing; /* messages */
	struct dro_hit hit[DRO_POPULATIONS];
};

/* As if all receivers were of the one population, or all of the other. */
struct dro_harm {
	int64_t passing; /* legitimate messages that passed */
	int64_t failing[DRO_PARTIES]; /* messages */
	struct dro_hit hit[DRO_POPULATIONS][DRO_PARTIES];
	size_t n_sources; /* in the order of their first failure */
	struct dro_harmed *sources;
};

/**
 * dro_harm_day(harm, decision, evidence, day, core, arena, err):
 * Add what ${core} did on ${day} to the mail that ${evidence} tells of, the
 * senders sorted as in ${decision}, which looked at that evidence.  Lists and
 * names go to ${arena}.
 */
enum dro_code dro_harm_day(struct dro_harm *harm,
    const struct dro_decision *decision, const struct dro_evidence *evidence,
    int32_t day, struct dro_core core, struct dro_arena *arena,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_harm_add(sum, more): sources are left out. */
void dro_harm_add(struct dro_harm *sum, const struct dro_harm *more);

/** dro_hit_messages(hit): both together, whole messages, rounded up. */
int64_t dro_hit_messages(const struct dro_hit *hit);

/** dro_party_name(party): "legit", "linked", "forwarded", ... */
const char *dro_party_name(enum dro_party party);

#endif /* !DRO_ORCHESTRATOR_SIMULATE_HARM_H */
