#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"
#include "rfc2136/live.h"
#include "rfc2136/message.h"

#include "rfc2136/rfc2136.h"

/* What BIND takes by TCP from one client leaves room for far more. */
#define CALLS 4

static const struct dro_opt options[] = {
    {"server", DRO_OPT_STRING, true,
	"the primary name server, ADDRESS or NAME, with @PORT if not 53"},
    {"key.name", DRO_OPT_STRING, true, "name of the TSIG key"},
    {"key.secret", DRO_OPT_SECRET, true, "its secret, base64"},
    {"key.algorithm", DRO_OPT_STRING, false,
	"hmac-sha256 (default), hmac-sha384 or hmac-sha512"},
    {"try_zone", DRO_OPT_STRING, false,
	"a zone of the server with which a check tries the key"},
    {NULL, DRO_OPT_STRING, false, NULL},
};

static void
rfc2136_close(void *ctx)
{
	struct rfc2136 *r = ctx;

	if (r == NULL)
		return;
	dro_rfc2136_key_finish(&r->key);
	free(r);
}

static enum dro_code
rfc2136_open(struct dro_host *host, const struct dro_conf *conf, void **ctx,
    struct dro_err *err)
{
	struct rfc2136 *r = calloc(1, sizeof(*r));
	enum dro_code rc = DRO_OK;

	*ctx = NULL;
	if (r == NULL)
		return (dro_err_nomem(err));
	r->host = host;
	r->server = dro_conf_get(conf, "server");
	r->try_zone = dro_conf_get(conf, "try_zone");
	if (r->server == NULL)
		rc = dro_err_set(err, DRO_EINVAL,
		    "server: missing; name the primary name server");
	if (rc == DRO_OK)
		rc = dro_rfc2136_key_init(&r->key, conf, err);
	if (rc == DRO_OK)
		rc = dro_host_secret(
		    host, dro_conf_get(conf, "key.secret"), err);
	if (rc != DRO_OK) {
		dro_err_context(err, "account %s", conf->account);
		rfc2136_close(r);
		return (rc);
	}
	*ctx = r;
	return (DRO_OK);
}

/*
 * Without a zone to try the key with, the root: some servers say at once
 * that the key is wrong, and an answer that the root is not served is good.
 */
static enum dro_code
rfc2136_check(void *ctx, struct dro_err *err)
{
	struct rfc2136 *r = ctx;
	char apex[DRO_DOMAIN_LEN];
	enum dro_code rc;

	rc = dro_rfc2136_find_zone(
	    r, r->try_zone == NULL ? "." : r->try_zone, apex, err);
	return (rc == DRO_ENOTFOUND && r->try_zone == NULL ? DRO_OK : rc);
}

static enum dro_code
rfc2136_zone(
    void *ctx, const char *name, struct dro_zone *out, struct dro_err *err)
{
	memset(out, 0, sizeof(*out));
	return (dro_rfc2136_find_zone(ctx, name, out->name, err));
}

static enum dro_code
rfc2136_read(void *ctx, const struct dro_zone *zone,
    const struct dro_rrkey *key, struct dro_arena *arena, struct dro_rrset *out,
    struct dro_err *err)
{
	struct rfc2136_live live;
	enum dro_code rc;

	(void)zone; /* the server knows which one holds the name */
	rc = dro_rfc2136_read(ctx, key, arena, &live, err);
	*out = live.rrset;
	dro_rfc2136_live_finish(&live);
	return (rc);
}

static enum dro_code
rfc2136_explain(void *ctx, const struct dro_rrset *wanted, struct dro_err *err)
{
	(void)ctx; /* the same for every account */
	return (dro_rrset_storable(wanted, err));
}

/* One apply: the changes, and for each what was live before. */
struct job {
	struct rfc2136 *r;
	const struct dro_zone *zone;
	const struct dro_rrchange *changes;
	size_t n;
	struct rfc2136_live live[DRO_CHANGES_MAX];
	bool todo[DRO_CHANGES_MAX];
	struct dro_arena *arena;
};

/* Neither expected nor wanted: quote what is there and keep away from it. */
static enum dro_code
conflict(const struct dro_rrset *live, struct dro_err *err)
{
	const char *type = dro_rrtype_name(live->type);

	if (live->n == 0)
		return (dro_err_set(err, DRO_ECONFLICT,
		    "%s %s: nothing was written: the record is gone, somebody "
		    "removed it",
		    live->name, type));
	return (dro_err_set(err, DRO_ECONFLICT,
	    "%s %s: nothing was written: somebody changed it, now %zu "
	    "value%s, the first \"%.*s\"",
	    live->name, type, live->n, live->n == 1 ? "" : "s",
	    (int)(live->values[0].len < 300 ? live->values[0].len : 300),
	    live->values[0].ptr));
}

/*
 * Read the RRset of change ${i} and compare: done already, to do, or not
 * ours to make.
 */
static enum dro_code
look(struct job *job, size_t i, struct dro_err *err)
{
	const struct dro_rrchange *change = &job->changes[i];
	struct dro_rrkey key = {change->wanted->name, change->wanted->type};
	struct rfc2136_live *live = &job->live[i];
	enum dro_code rc;

	dro_rfc2136_live_finish(live);
	rc = dro_rfc2136_read(job->r, &key, job->arena, live, err);
	if (rc != DRO_OK)
		return (rc);
	job->todo[i] = !dro_rrset_same_values(&live->rrset, change->wanted);
	if (job->todo[i] &&
	    !dro_rrset_same_values(&live->rrset, change->expected))
		return (conflict(&live->rrset, err));
	return (DRO_OK);
}

/* Look at all; *left counts those to do. */
static enum dro_code
look_at_all(struct job *job, size_t *left, struct dro_receipt *receipt,
    struct dro_err *err)
{
	enum dro_code rc = DRO_OK;
	size_t i;

	*left = 0;
	for (i = 0; rc == DRO_OK && i < job->n; i++) {
		rc = look(job, i, err);
		*left += job->todo[i] ? 1 : 0;
		receipt->ttl_s = job->live[i].rrset.ttl_s;
	}
	return (rc);
}

/* Add a record to a section, which owns it; false when out of memory. */
static bool
push(ldns_pkt *pkt, ldns_pkt_section section, ldns_rr *rr)
{
	if (rr != NULL && ldns_pkt_push_rr(pkt, section, rr))
		return (true);
	ldns_rr_free(rr);
	return (false);
}

/*
 * What must hold (RFC 2136 2.4): the records as they were read, octet by
 * octet, or none; and no CNAME, beside which an addition would be dropped
 * without a word.
 */
static bool
push_prerequisites(
    ldns_pkt *pkt, const struct rfc2136_live *live, ldns_rr_type type)
{
	const char *name = live->rrset.name;
	ldns_rr *rr;
	size_t i;

	if (!push(pkt, LDNS_SECTION_ANSWER,
		dro_rfc2136_rr(
		    name, LDNS_RR_TYPE_CNAME, LDNS_RR_CLASS_NONE, 0)))
		return (false);
	if (live->rrset.n == 0)
		return (push(pkt, LDNS_SECTION_ANSWER,
		    dro_rfc2136_rr(name, type, LDNS_RR_CLASS_NONE, 0)));
	for (i = 0; i < ldns_rr_list_rr_count(live->raw); i++) {
		rr = ldns_rr_clone(ldns_rr_list_rr(live->raw, i));
		if (rr != NULL)
			ldns_rr_set_ttl(rr, 0);
		if (!push(pkt, LDNS_SECTION_ANSWER, rr))
			return (false);
	}
	return (true);
}

/* A record that stays is added as it was, with its strings cut as they are. */
static ldns_rr *
record_of(
    const struct rfc2136_live *live, const struct dro_rrset *wanted, size_t i)
{
	const struct dro_value *v = &wanted->values[i], *was;
	ldns_rr *rr;
	size_t k;

	for (k = 0; k < live->rrset.n; k++) {
		was = &live->rrset.values[k];
		if (was->len != v->len || memcmp(was->ptr, v->ptr, v->len) != 0)
			continue;
		rr = ldns_rr_clone(ldns_rr_list_rr(live->raw, k));
		if (rr != NULL)
			ldns_rr_set_ttl(rr, wanted->ttl_s);
		return (rr);
	}
	return (dro_rfc2136_record(wanted, i));
}

/* Delete the RRset, add the new records (RFC 2136 2.5). */
static bool
push_updates(ldns_pkt *pkt, const struct rfc2136_live *live,
    const struct dro_rrset *wanted)
{
	size_t i;

	if (live->rrset.n > 0 &&
	    !push(pkt, LDNS_SECTION_AUTHORITY,
		dro_rfc2136_rr(wanted->name, (ldns_rr_type)wanted->type,
		    LDNS_RR_CLASS_ANY, 0)))
		return (false);
	for (i = 0; i < wanted->n; i++)
		if (!push(pkt, LDNS_SECTION_AUTHORITY,
			record_of(live, wanted, i)))
			return (false);
	return (true);
}

/* The UPDATE message of all changes to do; NULL when out of memory. */
static ldns_pkt *
make_update(const struct job *job)
{
	ldns_pkt *pkt = dro_rfc2136_query(job->zone->name, LDNS_RR_TYPE_SOA);
	const struct dro_rrset *wanted;
	size_t i;

	if (pkt == NULL)
		return (NULL);
	ldns_pkt_set_opcode(pkt, LDNS_PACKET_UPDATE);
	for (i = 0; i < job->n; i++) {
		wanted = job->changes[i].wanted;
		if (job->todo[i] &&
		    (!push_prerequisites(
			 pkt, &job->live[i], (ldns_rr_type)wanted->type) ||
			!push_updates(pkt, &job->live[i], wanted))) {
			ldns_pkt_free(pkt);
			return (NULL);
		}
	}
	return (pkt);
}

/*
 * A prerequisite did not hold: between our read and our write somebody else
 * was faster.  What is live now tells who has to know.
 */
static enum dro_code
lost_race(struct job *job, struct dro_receipt *receipt, struct dro_err *err)
{
	enum dro_code rc;
	size_t left;

	rc = look_at_all(job, &left, receipt, err);
	if (rc == DRO_OK && left > 0)
		rc = dro_err_set(err, DRO_ECONFLICT,
		    "zone %s at %.100s: nothing was written: the server does "
		    "not hold the records that it serves; does a wildcard "
		    "answer for them?",
		    job->zone->name, job->r->server);
	receipt->noop = rc == DRO_OK;
	return (rc);
}

/* After the server said yes, only what it gives back counts. */
static enum dro_code
read_back(
    struct job *job, size_t i, struct dro_receipt *receipt, struct dro_err *err)
{
	const struct dro_rrset *wanted = job->changes[i].wanted;
	struct dro_rrkey key = {wanted->name, wanted->type};
	struct rfc2136_live *live = &job->live[i];
	enum dro_code rc;

	dro_rfc2136_live_finish(live);
	rc = dro_rfc2136_read(job->r, &key, job->arena, live, err);
	if (rc == DRO_OK && !dro_rrset_same_values(&live->rrset, wanted))
		return (dro_err_set(err, DRO_ETIMEOUT,
		    "%s %s: accepted, but another value is read back; read "
		    "again before anything else",
		    wanted->name, dro_rrtype_name(wanted->type)));
	if (rc != DRO_OK) {
		/* A CNAME that came in between made it nothing, for good. */
		dro_err_context(err, "accepted, but not read back");
		rc = rc == DRO_ECONFLICT ? rc : DRO_ETIMEOUT;
		if (err != NULL)
			err->code = rc;
	}
	receipt->ttl_s = live->rrset.ttl_s;
	return (rc);
}

/* Send the UPDATE; *written tells that the server says it did it. */
static enum dro_code
send_update(struct job *job, bool *written, struct dro_err *err)
{
	ldns_pkt *pkt = make_update(job), *answer = NULL;
	char subject[400];
	enum dro_code rc;

	if (pkt == NULL)
		return (dro_err_nomem(err));
	(void)snprintf(subject, sizeof(subject), "zone %s at %.100s",
	    job->zone->name, job->r->server);
	rc = dro_rfc2136_exchange(job->r, pkt, subject, &answer, err);
	*written =
	    rc == DRO_OK && ldns_pkt_get_rcode(answer) == LDNS_RCODE_NOERROR;
	ldns_pkt_free(answer);
	ldns_pkt_free(pkt);
	return (rc);
}

static enum dro_code
run(struct job *job, struct dro_receipt *receipt, struct dro_err *err)
{
	bool written = false;
	enum dro_code rc;
	size_t i, left;

	if ((rc = look_at_all(job, &left, receipt, err)) != DRO_OK)
		return (rc);
	receipt->noop = left == 0;
	if (receipt->noop)
		return (DRO_OK);
	if ((rc = send_update(job, &written, err)) != DRO_OK)
		return (rc);
	if (!written)
		return (lost_race(job, receipt, err));
	(void)snprintf(receipt->note, sizeof(receipt->note), "signed by %.100s",
	    job->r->key.name);
	for (i = 0; rc == DRO_OK && i < job->n; i++)
		rc = read_back(job, i, receipt, err);
	return (rc);
}

static enum dro_code
rfc2136_apply(void *ctx, const struct dro_zone *zone,
    const struct dro_rrchange *changes, size_t n, struct dro_receipt *receipt,
    struct dro_err *err)
{
	struct job *job;
	enum dro_code rc;
	size_t i;

	memset(receipt, 0, sizeof(*receipt));
	if ((rc = dro_changes_check(zone, changes, n, err)) != DRO_OK)
		return (rc);
	if ((job = calloc(1, sizeof(*job))) == NULL)
		return (dro_err_nomem(err));
	job->r = ctx;
	job->zone = zone;
	job->changes = changes;
	job->n = n;
	if ((job->arena = dro_arena_create()) == NULL)
		rc = dro_err_nomem(err);
	else
		rc = run(job, receipt, err);
	for (i = 0; i < n; i++)
		dro_rfc2136_live_finish(&job->live[i]);
	dro_arena_destroy(job->arena);
	free(job);
	return (rc);
}

const struct dro_provider dro_provider_rfc2136 = {
    .name = "rfc2136",
    .caps = DRO_CAP_CAS | DRO_CAP_ATOMIC | DRO_CAP_NULL_MX,
    .calls = CALLS,
    .opts = options,
    .open = rfc2136_open,
    .check = rfc2136_check,
    .zone = rfc2136_zone,
    .read = rfc2136_read,
    .apply = rfc2136_apply,
    .settle = NULL,
    .explain = rfc2136_explain,
    .close = rfc2136_close,
};
