#ifndef DRO_ORCHESTRATOR_APPLY_SIGNAL_H
#define DRO_ORCHESTRATOR_APPLY_SIGNAL_H

#include "apply/session.h"
#include "stage/signal.h"

/* What is said about one domain, or about "*". */
struct dro_signal_entry {
	const char *domain; /* normalised */
	struct dro_said said;
};

/* A signal as it was read: rollout.signal/1, docs/signal.md. */
struct dro_signal_doc {
	const struct dro_signal_source *source;
	struct dro_signal head; /* without its entries */
	size_t n; /* sorted by domain */
	struct dro_signal_entry *entries;
	struct dro_signal_doc *next;
};

/**
 * dro_signal_of(session, dom, arena, out, err):
 * What the signal of ${dom} says, NULL if none is configured.  A file is
 * read and a program run once for a configuration, whoever of its domains
 * comes first; ${session}->arena lives as long as that.  What cannot be read
 * is no error but a signal that is `wrong`.
 */
enum dro_code dro_signal_of(struct dro_session *session,
    const struct dro_domain *dom, struct dro_arena *arena,
    const struct dro_signal **out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_signal_parse(text, len, arena, out, err):
 * Fill ${out}, whose name is set, from the ${len} octets of ${text}.  What is
 * wrong with the whole is told in its head, what is wrong with one entry in
 * that entry.  Only a lack of memory is an error.
 */
enum dro_code dro_signal_parse(const char *text, size_t len,
    struct dro_arena *arena, struct dro_signal_doc *out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_SIGNAL_H */
