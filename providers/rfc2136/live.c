#include <stdio.h>
#include <string.h>

#include "rfc2136/live.h"

/* A name as text, lower case and without final dot; false if unprintable. */
static bool
name_text(const ldns_rdf *name, char out[DRO_DOMAIN_LEN])
{
	char *text = name == NULL ? NULL : ldns_rdf2str(name);
	bool good =
	    text != NULL && dro_domain_normalise(text, out, NULL) == DRO_OK;

	LDNS_FREE(text);
	return (good);
}

static bool
is_at(const ldns_rr *rr, const char *name)
{
	char owner[DRO_DOMAIN_LEN];

	return (
	    name_text(ldns_rr_owner(rr), owner) && strcmp(owner, name) == 0);
}

/* Record ${i} of a section, or NULL at its end. */
static ldns_rr *
record(const ldns_rr_list *list, size_t i)
{
	return (
	    i < ldns_rr_list_rr_count(list) ? ldns_rr_list_rr(list, i) : NULL);
}

/* A text value: the strings of all fields, joined. */
static enum dro_code
take_txt(const ldns_rr *rr, struct rfc2136_live *live, struct dro_arena *arena,
    struct dro_err *err)
{
	struct dro_buf text;
	enum dro_code rc;
	size_t i;

	dro_buf_init(&text, DRO_TXT_MAX);
	for (i = 0; i < ldns_rr_rd_count(rr); i++)
		dro_buf_add(&text, ldns_rdf_data(ldns_rr_rdf(rr, i)) + 1,
		    ldns_rdf_size(ldns_rr_rdf(rr, i)) - 1);
	if ((rc = dro_buf_check(&text, "TXT value", err)) == DRO_OK)
		rc = dro_rrset_add(&live->rrset, arena,
		    text.len == 0 ? "" : text.ptr, text.len, err);
	dro_buf_finish(&text);
	return (rc);
}

/* A mail exchange: "10 mx.example.", lower case. */
static enum dro_code
take_mx(const ldns_rr *rr, struct rfc2136_live *live, struct dro_arena *arena,
    struct dro_err *err)
{
	char *host, *value;
	size_t i;

	if (ldns_rr_rd_count(rr) != 2)
		return (dro_err_set(err, DRO_EREMOTE,
		    "%s MX: a record without data", live->rrset.name));
	host = ldns_rdf2str(ldns_rr_rdf(rr, 1));
	for (i = 0; host != NULL && host[i] != '\0'; i++)
		host[i] = dro_ascii_lower(host[i]);
	value = host == NULL
	    ? NULL
	    : dro_arena_printf(arena, "%u %s",
		  (unsigned)ldns_rdf2native_int16(ldns_rr_rdf(rr, 0)), host);
	LDNS_FREE(host);
	if (value == NULL)
		return (dro_err_nomem(err));
	return (dro_rrset_add(&live->rrset, arena, value, strlen(value), err));
}

static enum dro_code
take_record(const ldns_rr *rr, struct rfc2136_live *live,
    struct dro_arena *arena, struct dro_err *err)
{
	ldns_rr *copy = ldns_rr_clone(rr);

	if (copy == NULL || !ldns_rr_list_push_rr(live->raw, copy)) {
		ldns_rr_free(copy);
		return (dro_err_nomem(err));
	}
	live->rrset.ttl_s = ldns_rr_ttl(rr);
	if (live->rrset.type == DRO_RR_MX)
		return (take_mx(rr, live, arena, err));
	return (take_txt(rr, live, arena, err));
}

static enum dro_code
refuse_cname(const ldns_rr *rr, const char *name, struct dro_err *err)
{
	char *target = ldns_rdf2str(ldns_rr_rdf(rr, 0));
	enum dro_code rc;

	rc = dro_err_set(err, DRO_ECONFLICT,
	    "%s: is a CNAME to %.255s; its records belong to that name", name,
	    target == NULL ? "?" : target);
	LDNS_FREE(target);
	return (rc);
}

enum dro_code
dro_rfc2136_take(const ldns_pkt *answer, const struct dro_rrkey *key,
    struct rfc2136_live *live, struct dro_arena *arena, struct dro_err *err)
{
	const ldns_rr_list *list = ldns_pkt_answer(answer);
	enum dro_code rc = DRO_OK;
	const ldns_rr *rr;
	size_t i;

	dro_rrset_init(&live->rrset, key->name, key->type);
	if ((live->raw = ldns_rr_list_new()) == NULL)
		return (dro_err_nomem(err));
	for (i = 0; rc == DRO_OK && (rr = record(list, i)) != NULL; i++) {
		if (!is_at(rr, key->name))
			continue;
		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_CNAME)
			rc = refuse_cname(rr, key->name, err);
		else if ((unsigned)ldns_rr_get_type(rr) == (unsigned)key->type)
			rc = take_record(rr, live, arena, err);
	}
	if (rc == DRO_EPARSE || rc == DRO_ELIMIT) {
		/* The server's data break a limit: nothing to wait for. */
		rc = DRO_EREMOTE;
		if (err != NULL)
			err->code = rc;
	}
	return (rc);
}

/* "NAME at SERVER", what messages begin with. */
static const char *
subject_of(const struct rfc2136 *r, const char *name, char out[400])
{
	(void)snprintf(out, 400, "%s at %.100s", name, r->server);
	return (out);
}

/* No AA bit: the server points to the servers of a zone below. */
static enum dro_code
not_here(const char *subject, struct dro_err *err)
{
	return (dro_err_set(err, DRO_ENOTFOUND,
	    "%s: no zone of this server, which hands the name on; the server "
	    "that has the zone must be named",
	    subject));
}

enum dro_code
dro_rfc2136_read(struct rfc2136 *r, const struct dro_rrkey *key,
    struct dro_arena *arena, struct rfc2136_live *live, struct dro_err *err)
{
	ldns_pkt *query, *answer = NULL;
	char subject[400];
	enum dro_code rc;

	memset(live, 0, sizeof(*live));
	dro_rrset_init(&live->rrset, key->name, key->type);
	if (key->type != DRO_RR_TXT && key->type != DRO_RR_MX)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s %s: only TXT and MX are read", key->name,
		    dro_rrtype_name(key->type)));
	query = dro_rfc2136_query(key->name, (ldns_rr_type)key->type);
	(void)subject_of(r, key->name, subject);
	rc = query == NULL
	    ? dro_err_nomem(err)
	    : dro_rfc2136_exchange(r, query, subject, &answer, err);
	if (rc == DRO_OK && !ldns_pkt_aa(answer))
		rc = not_here(subject, err);
	if (rc == DRO_OK)
		rc = dro_rfc2136_take(answer, key, live, arena, err);
	ldns_pkt_free(answer);
	ldns_pkt_free(query);
	return (rc);
}

void
dro_rfc2136_live_finish(struct rfc2136_live *live)
{
	ldns_rr_list_deep_free(live->raw);
	live->raw = NULL;
}

/* The owner of the SOA in a section, if it is ${name} or above it. */
static bool
soa_above(const ldns_rr_list *list, const char *name, char apex[DRO_DOMAIN_LEN])
{
	const ldns_rr *rr;
	size_t i;

	for (i = 0; (rr = record(list, i)) != NULL; i++)
		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA &&
		    name_text(ldns_rr_owner(rr), apex) &&
		    dro_domain_within(name, apex))
			return (true);
	return (false);
}

static bool
has_cname(const ldns_rr_list *list, const char *name)
{
	const ldns_rr *rr;
	size_t i;

	for (i = 0; (rr = record(list, i)) != NULL; i++)
		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_CNAME &&
		    is_at(rr, name))
			return (true);
	return (false);
}

enum dro_code
dro_rfc2136_find_zone(struct rfc2136 *r, const char *name,
    char apex[DRO_DOMAIN_LEN], struct dro_err *err)
{
	const char *at = name;
	ldns_pkt *query, *answer;
	char subject[400];
	bool found = false, further = true;
	enum dro_code rc = DRO_OK;

	/* An alias has no zone of its own to name; the name above it has. */
	for (; rc == DRO_OK && further && at != NULL;
	     at = strchr(at, '.') == NULL ? NULL : strchr(at, '.') + 1) {
		answer = NULL;
		query = dro_rfc2136_query(at, LDNS_RR_TYPE_SOA);
		(void)subject_of(r, at, subject);
		rc = query == NULL
		    ? dro_err_nomem(err)
		    : dro_rfc2136_exchange(r, query, subject, &answer, err);
		if (rc == DRO_OK && !ldns_pkt_aa(answer))
			rc = not_here(subject, err);
		if (rc == DRO_OK) {
			further = has_cname(ldns_pkt_answer(answer), at);
			found = !further &&
			    (soa_above(ldns_pkt_answer(answer), at, apex) ||
				soa_above(
				    ldns_pkt_authority(answer), at, apex));
		}
		ldns_pkt_free(answer);
		ldns_pkt_free(query);
	}
	if (rc == DRO_OK && !found)
		rc = dro_err_set(err, DRO_ENOTFOUND,
		    "%s at %.100s: the answer names no zone that holds it",
		    name, r->server);
	return (rc);
}
