#ifndef DRO_STAGE_EVIDENCE_H
#define DRO_STAGE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/dmarc.h"

/*
 * A stream: who a report row's mail came from, as far as authentication
 * proves or claims it.  Names are normalised; "" where there is none.
 */
struct dro_stream {
	const char *dkim; /* d= of an aligned signature that passed */
	const char *selector; /* its selector */
	const char *dkim_other; /* d= of an unaligned signature that passed */
	const char *mail_from; /* MAIL FROM domain for which SPF passed */
	const char *claim; /* aligned d= of a signature that did NOT pass:
				   proves nothing, links a break to a source */
	const char *claim_selector;
	const char *ip; /* source address, canonical text */
	bool below; /* From is a name below the domain */
};

/*
 * Messages of one stream on one UTC day from one reporter.  DMARC results as
 * policy_evaluated has them: pass = aligned DKIM or SPF passed, fail = both
 * known and neither passed, unknown = anything else (neither pass nor fail).
 */
struct dro_cell {
	int32_t day;
	uint32_t stream; /* index into streams */
	uint32_t reporter; /* index into reporters */
	int64_t pass;
	int64_t fail;
	int64_t unknown;
};

/* One counted report: when, by whom, and the policy it was judged under. */
struct dro_seen {
	int64_t begin, end;
	uint32_t reporter;
	int64_t messages;
	bool has_p, has_pct, has_t; /* the reporter showed the element */
	struct dro_core core; /* where shown */
	bool has_sp, has_np;
	enum dro_level sp, np; /* likewise */
};

/**
 * dro_seen_shows(seen, live):
 * Whether the report shows the record ${live}: only tags that it shows
 * compare, an absent one is no mismatch.
 */
static inline bool
dro_seen_shows(const struct dro_seen *seen, struct dro_core live)
{
	return ((!seen->has_p || seen->core.p == live.p) &&
	    (!seen->has_pct || seen->core.pct == live.pct) &&
	    (!seen->has_t || seen->core.t == live.t));
}

/* Reports stored but used by no gate, by reason. */
struct dro_ignored {
	const char *reason; /* "unauthenticated", "shadow", a warning code */
	int64_t reports;
	int64_t messages;
};

/* Evidence goes stale: what is older counts for nothing (days). */
#define DRO_EVIDENCE_DAYS 180

/*
 * The evidence about one domain: only counted reports of trusted or known
 * reporters.  Cells are sorted by day.
 */
struct dro_evidence {
	size_t n_reporters;
	const char **reporters;
	size_t n_streams;
	struct dro_stream *streams;
	size_t n_cells;
	struct dro_cell *cells;
	size_t n_seen;
	struct dro_seen *seen; /* sorted by begin */
	size_t n_ignored;
	struct dro_ignored *ignored;
	int32_t first_day; /* of the oldest report behind it; none: INT32_MAX */
	int64_t changes_at; /* when a stored report begins to count; 0: none */
};

#endif /* !DRO_STAGE_EVIDENCE_H */
