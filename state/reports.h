#ifndef DRO_STATE_REPORTS_H
#define DRO_STATE_REPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "stage/evidence.h"
#include "stage/reporter.h"
#include "store.h"

enum dro_generation { DRO_GEN_RFC7489, DRO_GEN_RFC9990, DRO_GEN_MIXED };

/* What the mail that a report came in proved about its sender. */
enum dro_auth {
	DRO_AUTH_NONE = 0, /* no mail: a file, whose source vouches or not */
	DRO_AUTH_DKIM_ALIGNED, /* we verified an aligned signature */
	DRO_AUTH_AR_TRUSTED, /* a trusted server's Authentication-Results */
	DRO_AUTH_UNAUTHENTICATED,
	DRO_AUTH_UNVERIFIABLE, /* signed; the key is gone from DNS */
	DRO_AUTH_INVALID /* a broken signature, or a mail that lies */
};

/** dro_auth_name(auth): "none", "dkim-aligned", "ar-trusted", ... */
const char *dro_auth_name(enum dro_auth auth);

/** Stable names: "rfc7489", ...; "unauthenticated", "new", ... */
const char *dro_generation_name(enum dro_generation generation);
const char *dro_trust_name(enum dro_trust trust);
/** dro_trust_parse(name, out): false if ${name} is no tier. */
bool dro_trust_parse(const char *name, enum dro_trust *out);

enum {
	DRO_DISP_NONE,
	DRO_DISP_QUARANTINE,
	DRO_DISP_REJECT,
	DRO_DISP_PASS,
	DRO_DISP_OTHER,
	DRO_DISP_N
};

/* What one number of a report may be; ingest's own limits lie below it. */
#define DRO_COUNT_MAX (INT64_C(1) << 49)

/* Messages of one stream within one report. */
struct dro_line {
	struct dro_stream stream;
	int64_t pass, fail, unknown;
};

/*
 * One aggregate report, checked and summed.  Strings are UTF-8 as the
 * reporter wrote them (hostile: encode on output); times are Unix seconds.
 */
struct dro_report {
	const char *org; /* org_name, or the domain of its e-mail */
	const char *email;
	const char *reporter; /* identity for keys and quorum: lower case;
				   authenticated domain, else org */
	const char *report_id; /* trimmed, without <> (RFC 9990 3.5.4) */
	const char *domain; /* policy domain, normalised */
	const char *watched; /* the listed domain it belongs to: equal, or
				   the one that ${domain} lies below */
	int64_t begin, end;
	enum dro_generation generation;
	enum dro_trust trust;
	bool counts; /* meaning is in order (design section 6) */
	bool shadow; /* policy domain below a listed one */
	int64_t rows, messages;
	int64_t dmarc_pass, dkim_aligned, spf_aligned, unknown;
	int64_t disposition[DRO_DISP_N];
	const char *p, *sp, *np, *pct, *t; /* policy_published; NULL: absent */
	const char *source_name; /* configured source, or "path" */
	const char *source_path; /* file, with "!member" inside an archive */
	size_t n_warnings;
	const char **warnings; /* codes */
	unsigned char content[32]; /* SHA-256 over what was taken from it */
	enum dro_auth auth; /* of the mail it came in */
	const char *signer, *selector; /* that proved it, or NULL */
	const char *auth_note; /* one line, or NULL */
	bool has_original;
	unsigned char original[32]; /* in the archive (inputs.h) */
	size_t n_lines;
	const struct dro_line *lines;
	/*
	 * Of each line a number that lines share which differ in the address
	 * alone, counted from 1 as they first appear; or NULL.  Spares whoever
	 * sends or stores them comparing names.
	 */
	const uint32_t *names;
};

enum dro_stored { DRO_STORED_NEW, DRO_STORED_DUPLICATE, DRO_STORED_CONFLICT };

/**
 * dro_reports_add(store, report, now, out, err):
 * Store ${report} whole or not at all.  Key: reporter, report_id,
 * domain, begin, end.  Same key and content: DRO_STORED_DUPLICATE, nothing
 * changes but that the higher trust of the two holds, and that one which was
 * read before its range was over ("range-future") counts from now on.  Same key, other
 * content: DRO_STORED_CONFLICT, the first stays listed but stops counting and
 * leaves the evidence; reports without authentication contradict none with.
 * A file and a mail with the same content are the same report, whatever each
 * calls its reporter.
 * DRO_EINVAL, and nothing is changed, if a count is negative or above
 * DRO_COUNT_MAX or a line lacks a name.  Commits happen every 256 reports or
 * half a second, and in dro_reports_flush.  Any other failure, as of a commit,
 * undoes what is not committed, and every later call fails.
 */
enum dro_code dro_reports_add(struct dro_store *store,
    const struct dro_report *report, int64_t now, enum dro_stored *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_reports_flush(store, err):
 * Commit what dro_reports_add holds back.  A source may be touched (mail
 * moved, file marked) only after this returned DRO_OK.
 */
enum dro_code dro_reports_flush(
    struct dro_store *store, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_reports_each(store, domain, fn, arg, err):
 * Call ${fn} for every stored report about ${domain} or below it (NULL: all)
 * by domain, begin, org, report_id, without its lines.  The report is valid
 * during the call only.  ${fn} returns DRO_OK to go on; anything else stops
 * and is returned.
 */
enum dro_code dro_reports_each(struct dro_store *store, const char *domain,
    enum dro_code (*fn)(
	void *arg, const struct dro_report *report, struct dro_err *err),
    void *arg, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_evidence_load(store, domain, from_day, now, arena, out, err):
 * The evidence about the listed ${domain} from ${from_day} on, as
 * stage/evidence.h has it: reports that count, are no shadow, come from
 * trusted or known reporters and do not end after ${now}; all others are
 * summed in ${out}->ignored by reason.  A report of at most 26 hours belongs
 * to the day of its middle; a longer one to its first whole day.
 */
enum dro_code dro_evidence_load(struct dro_store *store, const char *domain,
    int32_t from_day, int64_t now, struct dro_arena *arena,
    struct dro_evidence *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_reports_newest_end(store, out, err):
 * The newest end of a counted report over all domains; 0 if none.
 */
enum dro_code dro_reports_newest_end(
    struct dro_store *store, int64_t *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STATE_REPORTS_H */
