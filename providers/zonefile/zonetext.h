#ifndef DRO_PROVIDERS_ZONETEXT_H
#define DRO_PROVIDERS_ZONETEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ldns/ldns.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "record/rrset.h"

/*
 * The text of a zone file (RFC 1035 5.1, RFC 2308 4).  Two readers look at
 * it: scan.c knows where things stand and nothing of what they mean; libldns
 * (proof.c) knows what they mean.  A splice counts only when both agree.
 */

/* Above this a zone file is refused: it would be held in memory thrice. */
#define DRO_ZF_MAX ((size_t)64 << 20)

/* A stretch of the text; len == 0: not there. */
struct dro_zf_span {
	size_t off, len;
};

enum dro_zf_kind {
	DRO_ZF_END,
	DRO_ZF_BLANK, /* nothing but white space and comment */
	DRO_ZF_ORIGIN,
	DRO_ZF_TTL,
	DRO_ZF_RECORD
};

/* One entry: whole lines, more than one if it has parentheses. */
struct dro_zf_entry {
	enum dro_zf_kind kind;
	size_t line; /* 1-based */
	struct dro_zf_span all; /* with the last line's end */
	struct dro_zf_span owner; /* len == 0: that of the record before */
	struct dro_zf_span ttl, class, type;
	struct dro_zf_span rdata; /* with its parentheses and comments */
	struct dro_zf_span serial; /* of a SOA */
	bool early; /* a parenthesis opens before the rdata */
	ldns_rr_type rrtype;
	uint32_t ttl_s; /* if ttl_known */
	bool ttl_known; /* by its own TTL or by a $TTL above it */
	bool owned; /* it belongs to the RRset that was asked for */
};

struct dro_zf_scan {
	const char *text;
	size_t len, pos, line;
	ldns_rdf *origin; /* in force: owns */
	ldns_rdf *name; /* owner of the RRset asked for: owns */
	ldns_rr_type rrtype; /* its type */
	bool has_owner; /* a record stated an owner */
	bool at; /* the last stated owner is ${name} */
	bool has_default;
	uint32_t default_s; /* $TTL */
	/* Within the entry. */
	bool open, seen_open;
	size_t first, last; /* first and last octet (exclusive) of its words */
};

/**
 * dro_zf_scan_init(scan, text, len, apex, name, type, err),
 * dro_zf_scan_finish(scan):
 * Start to read the ${len} octets at ${text}, the file of zone ${apex};
 * records of the RRset ${name} ${type} will be marked.  Finish also after a
 * failed init.  DRO_EINVAL for a NUL or a CR that ends no line.
 */
enum dro_code dro_zf_scan_init(struct dro_zf_scan *scan, const char *text,
    size_t len, const char *apex, const char *name, enum dro_rrtype type,
    struct dro_err *err) DRO_MUST_CHECK;
void dro_zf_scan_finish(struct dro_zf_scan *scan);

/**
 * dro_zf_scan_next(scan, entry, err):
 * The next entry; DRO_ZF_END after the last.  DRO_EINVAL, as "line N: ...",
 * for what name servers read differently or what cannot be spliced safely:
 * $INCLUDE, $GENERATE, other classes, text across lines, words that touch.
 */
enum dro_code dro_zf_scan_next(struct dro_zf_scan *scan,
    struct dro_zf_entry *entry, struct dro_err *err) DRO_MUST_CHECK;

/* A record of the RRset asked for. */
struct dro_zf_record {
	unsigned char digest[32]; /* of its rdata */
	uint32_t ttl_s;
	struct dro_value value;
};

/* What libldns reads in a zone file. */
struct dro_zf_view {
	char apex[DRO_DOMAIN_LEN];
	struct dro_rrset rrset; /* the one asked for, repeated records once */
	char cname[1024]; /* target of a CNAME there, or empty */
	char cut[1024]; /* delegation at or above it, or empty */
	bool is_signed; /* has RRSIG or ZONEMD */
	uint32_t serial;
	size_t n; /* records of that RRset in order of place */
	struct dro_zf_record records[DRO_RRSET_VALUES_MAX];
	unsigned char soa[32]; /* digest of the SOA, its serial taken as 0 */
	size_t n_others, cap_others; /* digests of all others, sorted */
	unsigned char (*others)[32];
};

/**
 * dro_zf_view_init(view, text, len, apex, name, type, arena, err),
 * dro_zf_view_finish(view):
 * Read the zone with libldns; values live in ${arena}.  Finish also after a
 * failed init; it accepts zeroed input.  DRO_EINVAL when scan.c or libldns
 * cannot read the file or it has not exactly one SOA, at the apex.
 */
enum dro_code dro_zf_view_init(struct dro_zf_view *view, const char *text,
    size_t len, const char *apex, const char *name, enum dro_rrtype type,
    struct dro_arena *arena, struct dro_err *err) DRO_MUST_CHECK;
void dro_zf_view_finish(struct dro_zf_view *view);

/**
 * dro_zf_prove(before, after, wanted, err):
 * DRO_OK if ${after} holds exactly ${wanted}, a higher serial (RFC 1982), and
 * otherwise the same records with the same TTLs as ${before}; else
 * DRO_EINVAL.
 */
enum dro_code dro_zf_prove(const struct dro_zf_view *before,
    const struct dro_zf_view *after, const struct dro_rrset *wanted,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_zf_normal(rrset, arena, out, err):
 * ${rrset} with its values as dro_zf_view_init would give them: an MX host in
 * lower case with a final dot.  DRO_EINVAL if no zone file can hold it: not
 * TXT or MX, an MX that is none, more text than one line takes.
 */
enum dro_code dro_zf_normal(const struct dro_rrset *rrset,
    struct dro_arena *arena, struct dro_rrset *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_zf_rdata(out, type, value):
 * Append ${value} as zone files have it: TXT as quoted strings of at most
 * 255 octets, \" and \\ escaped, non-printable octets as \DDD; MX as it is.
 */
void dro_zf_rdata(
    struct dro_buf *out, enum dro_rrtype type, const struct dro_value *value);

/** dro_zf_serial_next(serial): the next one; never 0. */
uint32_t dro_zf_serial_next(uint32_t serial);

/**
 * dro_zf_splice(text, len, view, wanted, out, err):
 * Append to ${out} the text with the RRset of ${view} (its view) replaced by
 * the normal ${wanted} and the next serial.  A record that is wanted stays
 * as it is written; of the others the first ones are rewritten, the rest
 * goes with its lines; more values follow the last one, or the end of the
 * file if there was none.  A record below a removed one that took its owner
 * from there gets it spelled out.  DRO_EINVAL if a record took its TTL from
 * one that changes: servers differ in what it means.
 */
enum dro_code dro_zf_splice(const char *text, size_t len,
    const struct dro_zf_view *view, const struct dro_rrset *wanted,
    struct dro_buf *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_PROVIDERS_ZONETEXT_H */
