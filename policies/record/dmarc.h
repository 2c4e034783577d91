#ifndef DRO_RECORD_DMARC_H
#define DRO_RECORD_DMARC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "record/rrset.h"

/* Policies from weak to strong; the numbers are compared. */
enum dro_level { DRO_NONE = 0, DRO_QUARANTINE = 1, DRO_REJECT = 2 };

/** dro_level_name(level): "none", "quarantine" or "reject". */
const char *dro_level_name(enum dro_level level);

/** dro_level_parse(s, out): read a level, any case; false if it is none. */
bool dro_level_parse(struct dro_str s, enum dro_level *out);

/* The tags that decide what happens to failing mail. */
struct dro_core {
	enum dro_level p;
	int pct; /* 0..100; 100 when absent (RFC 7489 6.3) */
	bool t; /* t=y (RFC 9989 4.7) */
};

#define DRO_DMARC_TAGS_MAX 64

struct dro_tag {
	struct dro_str name; /* as found */
	struct dro_str value; /* as found, white space around it cut */
};

/* A well-formed record; strings point into the text parsed. */
struct dro_dmarc {
	struct dro_core core;
	bool has_sp, has_np;
	enum dro_level sp, np;
	struct dro_str rua; /* whole value; len 0 when absent */
	size_t n;
	struct dro_tag tags[DRO_DMARC_TAGS_MAX];
};

/**
 * dro_dmarc_parse(text, out, err):
 * Read one DMARC policy record strictly: what a receiver may read in two
 * ways (bad p, sp, np, pct or t, duplicate tag, missing p, any octet outside
 * printable ASCII, v not first or not exactly DMARC1, a broken tag=value
 * pair) is DRO_EPARSE with the tag and the reason; typographic dashes,
 * quotes, NBSP and "quarantaine" are named with their replacement.  Unknown
 * tags, upper-case names and values, one trailing semicolon and white space
 * around "=" and ";" are accepted.  Source: RFC 7489 6.3-6.4, RFC 9989
 * 4.7-4.8; RFC 6376 3.2 for duplicates.
 */
enum dro_code dro_dmarc_parse(struct dro_str text, struct dro_dmarc *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_dmarc_is(text):
 * True if a receiver would take ${text} for a DMARC record, well-formed or
 * not: it begins with v=DMARC1 (any white space around "="), followed by
 * ";", white space or the end.  Source: RFC 9989 4.10 step 2.
 */
bool dro_dmarc_is(struct dro_str text);

/**
 * dro_dmarc_resembles(text):
 * True if ${text} is no DMARC record but was plainly meant to be one: its
 * letters and digits begin with "vdmarc1" in any case (a leading space or
 * quote, "v=dmarc1", a "\\;" taken literally).  Some receivers read such a
 * record all the same, so publishing another one beside it is not safe.
 */
bool dro_dmarc_resembles(struct dro_str text);

/* What an edit wants; unset members leave the record as it is. */
struct dro_edit {
	const struct dro_core *core; /* NULL: leave p, pct and t alone */
	const enum dro_level *sp; /* NULL: not configured, not ours */
	const enum dro_level *np;
	const char *rua_add; /* our URI, or NULL; added if missing */
	bool strict; /* adkim=s and aspf=s, as a parked domain has them */
};

/**
 * dro_dmarc_is_strict(record):
 * True if ${record} asks for strict alignment: adkim=s and aspf=s.
 */
bool dro_dmarc_is_strict(const struct dro_dmarc *record);

/**
 * dro_dmarc_edit(text, edit, out, err):
 * Append to ${out} the record ${text} with only the owned tags changed: in
 * place where they are, p moved to be second, new tags at the end (before a
 * trailing semicolon, which stays), pct=100 and t=n removed, our rua URI
 * appended after the customer's own; every other octet as it was.  An empty
 * ${text} starts from "v=DMARC1".  DRO_EPARSE as dro_dmarc_parse: a record
 * that is malformed is a finding for a person and is never repaired in
 * passing.
 */
enum dro_code dro_dmarc_edit(struct dro_str text, const struct dro_edit *edit,
    struct dro_buf *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_dmarc_rua_has(rua, uri):
 * True if the comma list ${rua} holds ${uri}; the scheme and the part after
 * the last "@" are compared without case, a size suffix ("!10m", RFC 7489
 * 6.2) is ignored.
 */
bool dro_dmarc_rua_has(struct dro_str rua, const char *uri);

/* How many DMARC records a TXT RRset holds. */
enum dro_found { DRO_FOUND_NONE, DRO_FOUND_ONE, DRO_FOUND_MANY };

/**
 * dro_dmarc_find(rrset, index):
 * Look for DMARC records among the values of the TXT ${rrset}; other TXT
 * values at the name are ignored.  With DRO_FOUND_ONE, ${index} is its place.
 */
enum dro_found dro_dmarc_find(const struct dro_rrset *rrset, size_t *index);

#endif /* !DRO_RECORD_DMARC_H */
