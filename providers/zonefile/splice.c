#include <string.h>

#include "zonetext.h"

/* What becomes of a record of the RRset. */
enum fate { REMOVE, KEEP, REWRITE };

struct splice {
	const char *text;
	const char *eol; /* as the file has it */
	const struct dro_zf_view *view;
	const struct dro_rrset *wanted;
	struct dro_buf *out;
	enum fate fates[DRO_RRSET_VALUES_MAX]; /* of view->records */
	const struct dro_value *values[DRO_RRSET_VALUES_MAX]; /* their new */
	const struct dro_value *extra[DRO_RRSET_VALUES_MAX]; /* to be added */
	size_t n_extra;
	size_t last; /* record after which extras go; view->n: none stays */
	size_t seen; /* records of the RRset so far */
	bool lost; /* the record that stated the owner in force is gone */
	/* TTL a record without one would take, before and after, or -1. */
	int64_t ttl_before, ttl_after;
};

uint32_t
dro_zf_serial_next(uint32_t serial)
{
	return (serial == UINT32_MAX ? 1 : serial + 1);
}

void
dro_zf_rdata(
    struct dro_buf *out, enum dro_rrtype type, const struct dro_value *value)
{
	size_t i;

	if (type != DRO_RR_TXT) {
		dro_buf_add(out, value->ptr, value->len);
		return;
	}
	dro_buf_addc(out, '"');
	for (i = 0; i < value->len; i++) {
		unsigned char c = (unsigned char)value->ptr[i];

		if (i > 0 && i % 255 == 0)
			dro_buf_adds(out, "\" \"");
		if (c == '"' || c == '\\')
			dro_buf_addc(out, '\\');
		if (c < ' ' || c > '~')
			dro_buf_addf(out, "\\%03u", c);
		else
			dro_buf_addc(out, (char)c);
	}
	dro_buf_addc(out, '"');
}

static bool
same_value(const struct dro_value *a, const struct dro_value *b)
{
	return (a->len == b->len && memcmp(a->ptr, b->ptr, a->len) == 0);
}

/* Decide which records stay, which are rewritten, and what is left over. */
static void
decide(struct splice *s)
{
	const struct dro_zf_view *view = s->view;
	const struct dro_rrset *wanted = s->wanted;
	bool placed[DRO_RRSET_VALUES_MAX] = {false};
	size_t i, j;

	for (i = 0; i < view->n; i++)
		for (j = 0; j < wanted->n && s->fates[i] == REMOVE; j++) {
			if (placed[j] ||
			    !same_value(
				&view->records[i].value, &wanted->values[j]))
				continue;
			placed[j] = true;
			s->fates[i] = KEEP;
			s->values[i] = &wanted->values[j];
		}
	for (i = j = 0; j < wanted->n; j++) {
		if (placed[j])
			continue;
		while (i < view->n && s->fates[i] != REMOVE)
			i++;
		if (i < view->n) {
			s->fates[i] = REWRITE;
			s->values[i] = &wanted->values[j];
		} else
			s->extra[s->n_extra++] = &wanted->values[j];
	}
	s->last = view->n;
	for (i = 0; i < view->n; i++)
		if (s->fates[i] != REMOVE)
			s->last = i;
}

/* Append the text of [from, to). */
static void
copy(struct splice *s, size_t from, size_t to)
{
	dro_buf_add(s->out, s->text + from, to - from);
}

static void
add_value(struct splice *s, const struct dro_value *value)
{
	dro_zf_rdata(s->out, s->wanted->type, value);
}

/* The left-over values as lines of their own, needing nothing around them. */
static void
add_extra(struct splice *s)
{
	size_t i;

	if (s->n_extra == 0)
		return;
	if (s->out->len > 0 && s->out->ptr[s->out->len - 1] != '\n')
		dro_buf_adds(s->out, s->eol);
	for (i = 0; i < s->n_extra; i++) {
		dro_buf_addf(s->out, "%s.\t%u\tIN\t%s\t", s->wanted->name,
		    s->wanted->ttl_s, dro_rrtype_name(s->wanted->type));
		add_value(s, s->extra[i]);
		dro_buf_adds(s->out, s->eol);
	}
	s->n_extra = 0;
}

/*
 * One record with a new value, or the same with a new TTL.  Owner, class,
 * blanks and what follows the data stay; if a parenthesis opens before the
 * data, all fields after the owner are written anew.
 */
static void
rewrite(struct splice *s, const struct dro_zf_entry *e,
    const struct dro_value *value, bool new_ttl)
{
	size_t end = e->rdata.off + e->rdata.len;
	size_t fields = e->class.len != 0 ? e->class.off : e->type.off;

	if (e->early) {
		copy(s, e->all.off, e->all.off + e->owner.len);
		dro_buf_addf(s->out, "\t%u\tIN\t%s\t", s->wanted->ttl_s,
		    dro_rrtype_name(s->wanted->type));
		add_value(s, value);
		copy(s, end, e->all.off + e->all.len);
		return;
	}
	if (new_ttl) {
		if (e->ttl.len != 0)
			fields = e->ttl.off;
		copy(s, e->all.off, fields);
		dro_buf_addf(s->out, "%u%s", s->wanted->ttl_s,
		    e->ttl.len == 0 ? " " : "");
		copy(s, fields + e->ttl.len, e->rdata.off);
	} else
		copy(s, e->all.off, e->rdata.off);
	if (e->rdata.off == e->type.off + e->type.len)
		dro_buf_addc(s->out, ' ');
	add_value(s, value);
	copy(s, end, e->all.off + e->all.len);
}

/* A record of the RRset. */
static enum dro_code
owned(struct splice *s, const struct dro_zf_entry *e, struct dro_err *err)
{
	size_t i = s->seen++;
	bool new_ttl = !e->ttl_known || e->ttl_s != s->wanted->ttl_s;

	if (i >= s->view->n)
		return (dro_err_set(err, DRO_EINVAL,
		    "line %zu: libldns does not read this record", e->line));
	if (e->ttl.len != 0)
		s->ttl_before = e->ttl_s;
	if (s->fates[i] == REMOVE) {
		if (e->owner.len != 0)
			s->lost = true;
		return (DRO_OK);
	}
	if (e->owner.len == 0 && s->lost)
		dro_buf_addf(s->out, "%s.", s->wanted->name);
	s->lost = false;
	if (s->fates[i] == KEEP && !new_ttl)
		copy(s, e->all.off, e->all.off + e->all.len);
	else
		rewrite(s, e, s->values[i], new_ttl);
	if (e->ttl.len != 0 || new_ttl)
		s->ttl_after = s->wanted->ttl_s;
	if (i == s->last && s->n_extra > 0) {
		add_extra(s);
		s->ttl_after = s->wanted->ttl_s;
	}
	return (DRO_OK);
}

/* Any other record: its text stays, and so must what it means. */
static enum dro_code
other(struct splice *s, const struct dro_zf_entry *e, struct dro_err *err)
{
	size_t pos = e->all.off;

	if (e->ttl.len != 0)
		s->ttl_before = s->ttl_after = e->ttl_s;
	else if (!e->ttl_known && s->ttl_before != s->ttl_after)
		return (dro_err_set(err, DRO_EINVAL,
		    "line %zu: the record takes its TTL from a changed one "
		    "above it; put a $TTL line at the top or give the record "
		    "a TTL",
		    e->line));
	if (e->owner.len == 0 && s->lost)
		dro_buf_addf(s->out, "%s.", s->wanted->name);
	s->lost = false;
	if (e->rrtype == LDNS_RR_TYPE_SOA && e->serial.len != 0) {
		copy(s, pos, e->serial.off);
		dro_buf_addf(s->out, "%u", dro_zf_serial_next(s->view->serial));
		pos = e->serial.off + e->serial.len;
	}
	copy(s, pos, e->all.off + e->all.len);
	return (DRO_OK);
}

static enum dro_code
entries(struct splice *s, struct dro_zf_scan *scan, struct dro_err *err)
{
	struct dro_zf_entry e;
	enum dro_code rc;

	for (;;) {
		if ((rc = dro_zf_scan_next(scan, &e, err)) != DRO_OK)
			return (rc);
		if (e.kind == DRO_ZF_END)
			break;
		if (e.kind != DRO_ZF_RECORD)
			copy(s, e.all.off, e.all.off + e.all.len);
		else if ((rc = e.owned ? owned(s, &e, err)
				       : other(s, &e, err)) != DRO_OK)
			return (rc);
	}
	if (s->seen != s->view->n)
		return (dro_err_set(err, DRO_EINVAL,
		    "libldns reads %zu records of %s %s, the text has %zu",
		    s->view->n, s->wanted->name,
		    dro_rrtype_name(s->wanted->type), s->seen));
	add_extra(s);
	return (DRO_OK);
}

enum dro_code
dro_zf_splice(const char *text, size_t len, const struct dro_zf_view *view,
    const struct dro_rrset *wanted, struct dro_buf *out, struct dro_err *err)
{
	struct splice s = {.text = text,
	    .view = view,
	    .wanted = wanted,
	    .out = out,
	    .ttl_before = -1,
	    .ttl_after = -1};
	const char *lf = memchr(text, '\n', len);
	struct dro_zf_scan scan;
	enum dro_code rc;

	s.eol = lf != NULL && lf > text && lf[-1] == '\r' ? "\r\n" : "\n";
	decide(&s);
	rc = dro_zf_scan_init(
	    &scan, text, len, view->apex, wanted->name, wanted->type, err);
	if (rc == DRO_OK)
		rc = entries(&s, &scan, err);
	dro_zf_scan_finish(&scan);
	if (rc != DRO_OK)
		return (rc);
	return (dro_buf_check(out, "spliced zone file", err));
}
