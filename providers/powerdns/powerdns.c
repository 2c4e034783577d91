#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "powerdns/api.h"
#include "powerdns/live.h"
#include "powerdns/rdata.h"
#include "powerdns/zones.h"

#include "powerdns/powerdns.h"

/* A PATCH stays below the server's limit of 2 MB by far. */
#define PATCH_MAX (1u << 20)

/*
 * Each call is a connection and a thread of the server; more of them than
 * this finished no sooner, and its other clients want some as well.
 */
#define CALLS 4

struct powerdns {
	struct powerdns_api api;
	struct powerdns_zones zones;
};

static const struct dro_opt options[] = {
    {"endpoint", DRO_OPT_URL, true,
	"address of the API, such as http://127.0.0.1:8081"},
    {"key", DRO_OPT_SECRET, true, "the api-key of the server"},
    {"server", DRO_OPT_STRING, false, "server id; default localhost"},
    {"ca_file", DRO_OPT_PATH, false,
	"trust only the authorities in this PEM file"},
    {"allow_private", DRO_OPT_STRING, false,
	"true: the endpoint may have a private address"},
    {NULL, DRO_OPT_STRING, false, NULL},
};

static void
powerdns_close(void *ctx)
{
	struct powerdns *p = ctx;

	if (p == NULL)
		return;
	dro_powerdns_zones_finish(&p->zones);
	dro_powerdns_api_finish(&p->api);
	free(p);
}

static enum dro_code
powerdns_open(struct dro_host *host, const struct dro_conf *conf, void **ctx,
    struct dro_err *err)
{
	struct powerdns *p = calloc(1, sizeof(*p));
	enum dro_code rc;

	if (p == NULL)
		return (dro_err_nomem(err));
	if ((rc = dro_powerdns_api_init(&p->api, host, conf, err)) != DRO_OK) {
		powerdns_close(p);
		return (rc);
	}
	*ctx = p;
	return (DRO_OK);
}

static enum dro_code
powerdns_check(void *ctx, struct dro_err *err)
{
	struct powerdns *p = ctx;
	json_t *answer;
	enum dro_code rc;

	if ((rc = dro_powerdns_get(&p->api, "", &answer, err)) != DRO_OK)
		return (rc);
	if (!json_is_string(json_object_get(answer, "id")))
		rc = dro_err_set(err, DRO_EREMOTE,
		    "account %s: %s is not the API of PowerDNS", p->api.account,
		    p->api.base);
	json_decref(answer);
	return (rc);
}

static enum dro_code
powerdns_zone(
    void *ctx, const char *name, struct dro_zone *out, struct dro_err *err)
{
	struct powerdns *p = ctx;

	return (dro_powerdns_zone(&p->api, &p->zones, name, out, err));
}

static enum dro_code
powerdns_read(void *ctx, const struct dro_zone *zone,
    const struct dro_rrkey *key, struct dro_arena *arena, struct dro_rrset *out,
    struct dro_err *err)
{
	struct powerdns *p = ctx;
	struct powerdns_live live;
	json_t *answer;
	enum dro_code rc;

	rc = dro_powerdns_fetch(&p->api, zone, key->name, &answer, err);
	if (rc != DRO_OK)
		return (rc);
	rc = dro_powerdns_live(answer, key, arena, &live, err);
	if (rc == DRO_OK)
		*out = live.rrset;
	json_decref(answer);
	return (rc);
}

static enum dro_code
powerdns_explain(void *ctx, const struct dro_rrset *wanted, struct dro_err *err)
{
	(void)ctx; /* the same for every account */
	return (dro_rrset_storable(wanted, err));
}

/* A value that stays is written as it was; NULL if it is a new one. */
static const char *
content_of(const struct powerdns_live *live, const struct dro_value *v)
{
	const struct dro_value *was;
	size_t i;

	for (i = 0; i < live->rrset.n; i++) {
		was = &live->rrset.values[i];
		if (was->len == v->len && memcmp(was->ptr, v->ptr, v->len) == 0)
			return (live->content[i]);
	}
	return (NULL);
}

/* A value as the API takes it. */
static void
add_content(struct dro_buf *buf, const struct dro_rrset *rrset, size_t i)
{
	const struct dro_value *value = &rrset->values[i];

	if (rrset->type == DRO_RR_TXT)
		dro_powerdns_txt_encode(value->ptr, value->len, buf);
	else
		dro_buf_add(buf, value->ptr, value->len);
}

/* Neither expected nor wanted: quote what is there and keep away from it. */
static enum dro_code
conflict(const struct powerdns_live *live, struct dro_err *err)
{
	const struct dro_rrset *rrset = &live->rrset;
	struct dro_buf text;
	enum dro_code rc;
	size_t i;

	dro_buf_init(&text, (size_t)DRO_RRSET_VALUES_MAX * DRO_TXT_MAX * 5);
	for (i = 0; i < rrset->n; i++) {
		dro_buf_adds(&text, i > 0 ? ", " : "");
		add_content(&text, rrset, i);
	}
	rc = dro_err_set(err, DRO_ECONFLICT,
	    "%s %s: nothing was written: expected something else than what "
	    "is live: %.300s",
	    rrset->name, dro_rrtype_name(rrset->type),
	    text.len == 0 ? "(absent)" : text.ptr);
	dro_buf_finish(&text);
	return (rc);
}

/* Is the change done already, to do (*todo), or not ours to make? */
static enum dro_code
compare(const struct powerdns_live *live, const struct dro_rrchange *change,
    bool *todo, struct dro_err *err)
{
	if (live->disabled)
		return (dro_err_set(err, DRO_ECONFLICT,
		    "%s %s: nothing was written: has disabled entries, which "
		    "a replacement would delete; remove or enable them first",
		    live->rrset.name, dro_rrtype_name(live->rrset.type)));
	*todo = !dro_rrset_same_values(&live->rrset, change->wanted);
	if (*todo && !dro_rrset_same_values(&live->rrset, change->expected))
		return (conflict(live, err));
	return (DRO_OK);
}

/* One entry of "rrsets"; NULL when out of memory. */
static json_t *
patch_entry(const struct powerdns_live *live, const struct dro_rrset *wanted)
{
	const char *was;
	json_t *records = json_array(), *entry;
	struct dro_buf content;
	char name[DRO_DOMAIN_LEN + 1];
	bool complete = records != NULL;
	size_t i;

	dro_buf_init(&content, PATCH_MAX);
	for (i = 0; i < wanted->n && complete; i++) {
		dro_buf_reset(&content);
		was = content_of(live, &wanted->values[i]);
		if (was != NULL)
			dro_buf_adds(&content, was);
		else
			add_content(&content, wanted, i);
		complete = !content.failed &&
		    json_array_append_new(records,
			json_pack("{s:s, s:b}", "content", content.ptr,
			    "disabled", 0)) == 0;
	}
	dro_buf_finish(&content);
	(void)snprintf(name, sizeof(name), "%s.", wanted->name);
	entry = !complete ? NULL
	    : wanted->n == 0
	    ? json_pack("{s:s, s:s, s:s}", "name", name, "type",
		  dro_rrtype_name(wanted->type), "changetype", "DELETE")
	    : json_pack("{s:s, s:s, s:s, s:I, s:O}", "name", name, "type",
		  dro_rrtype_name(wanted->type), "changetype", "REPLACE", "ttl",
		  (json_int_t)wanted->ttl_s, "records", records);
	json_decref(records);
	return (entry);
}

/* All changes that are still to do, in one transaction of the server. */
static enum dro_code
send_patch(struct powerdns *p, const struct dro_zone *zone,
    const struct dro_rrchange *changes, const struct powerdns_live *live,
    const bool *todo, size_t n, struct dro_err *err)
{
	json_t *rrsets = json_array(), *patch = NULL;
	char *body = NULL;
	struct dro_buf path;
	enum dro_code rc;
	size_t i;

	dro_buf_init(&path, 1024);
	dro_powerdns_zone_path(&path, zone);
	for (i = 0; i < n; i++)
		if (todo[i] &&
		    json_array_append_new(rrsets,
			patch_entry(&live[i], changes[i].wanted)) != 0) {
			rc = dro_err_nomem(err);
			goto out;
		}
	if ((patch = json_pack("{s:O}", "rrsets", rrsets)) == NULL ||
	    (body = json_dumps(patch, JSON_COMPACT)) == NULL) {
		rc = dro_err_nomem(err);
		goto out;
	}
	if ((rc = dro_buf_check(&path, "path", err)) == DRO_OK)
		rc = dro_powerdns_patch(&p->api, path.ptr, body, err);
out:
	free(body);
	json_decref(patch);
	json_decref(rrsets);
	dro_buf_finish(&path);
	return (rc);
}

/* After the server said yes, only what it gives back counts. */
static enum dro_code
read_back(struct powerdns *p, const struct dro_zone *zone,
    const struct dro_rrset *wanted, struct dro_arena *arena,
    struct dro_receipt *receipt, struct dro_err *err)
{
	struct dro_rrkey key = {wanted->name, wanted->type};
	struct powerdns_live live;
	json_t *answer;
	enum dro_code rc;

	rc = dro_powerdns_fetch(&p->api, zone, key.name, &answer, err);
	if (rc == DRO_OK)
		rc = dro_powerdns_live(answer, &key, arena, &live, err);
	json_decref(answer);
	if (rc != DRO_OK) {
		dro_err_context(err, "accepted, but not read back");
		if (err != NULL)
			err->code = DRO_ETIMEOUT;
		return (DRO_ETIMEOUT);
	}
	if (!dro_rrset_same_values(&live.rrset, wanted))
		return (dro_err_set(err, DRO_ETIMEOUT,
		    "account %s: %s %s: accepted, but another value is "
		    "read back; read again before anything else",
		    p->api.account, wanted->name,
		    dro_rrtype_name(wanted->type)));
	receipt->ttl_s = live.rrset.ttl_s;
	(void)snprintf(receipt->note, sizeof(receipt->note), "%s", live.serial);
	return (DRO_OK);
}

/*
 * Compare all changes with what is live; *left counts those to send.  The
 * whole zone is fetched, because only that shows disabled entries.
 */
static enum dro_code
compare_all(struct powerdns *p, const struct dro_zone *zone,
    const struct dro_rrchange *changes, size_t n, struct dro_arena *arena,
    struct powerdns_live *live, bool *todo, size_t *left,
    struct dro_receipt *receipt, struct dro_err *err)
{
	struct dro_rrkey key;
	json_t *answer;
	enum dro_code rc;
	size_t i;

	*left = 0;
	rc = dro_powerdns_fetch(&p->api, zone, NULL, &answer, err);
	for (i = 0; rc == DRO_OK && i < n; i++) {
		key.name = changes[i].wanted->name;
		key.type = changes[i].wanted->type;
		rc = dro_powerdns_live(answer, &key, arena, &live[i], err);
		if (rc == DRO_OK)
			rc = compare(&live[i], &changes[i], &todo[i], err);
		if (todo[i])
			(*left)++;
		receipt->ttl_s = live[i].rrset.ttl_s;
	}
	json_decref(answer);
	return (rc);
}

static enum dro_code
powerdns_apply(void *ctx, const struct dro_zone *zone,
    const struct dro_rrchange *changes, size_t n, struct dro_receipt *receipt,
    struct dro_err *err)
{
	struct powerdns *p = ctx;
	struct powerdns_live *live;
	struct dro_arena *arena = NULL;
	bool todo[DRO_CHANGES_MAX] = {false};
	enum dro_code rc;
	size_t i, left;

	memset(receipt, 0, sizeof(*receipt));
	if ((rc = dro_changes_check(zone, changes, n, err)) != DRO_OK)
		return (rc);
	if ((arena = dro_arena_create()) == NULL)
		return (dro_err_nomem(err));
	if ((live = dro_arena_alloc(arena, n, sizeof(*live))) == NULL) {
		rc = dro_err_nomem(err);
		goto out;
	}
	rc = compare_all(
	    p, zone, changes, n, arena, live, todo, &left, receipt, err);
	receipt->noop = rc == DRO_OK && left == 0;
	if (rc != DRO_OK || receipt->noop)
		goto out;
	rc = send_patch(p, zone, changes, live, todo, n, err);
	for (i = 0; i < n && rc == DRO_OK; i++)
		rc = read_back(p, zone, changes[i].wanted, arena, receipt, err);
out:
	dro_arena_destroy(arena);
	return (rc);
}

const struct dro_provider dro_provider_powerdns = {
    .name = "powerdns",
    .caps = DRO_CAP_ATOMIC | DRO_CAP_NULL_MX,
    .calls = CALLS,
    .opts = options,
    .open = powerdns_open,
    .check = powerdns_check,
    .zone = powerdns_zone,
    .read = powerdns_read,
    .apply = powerdns_apply,
    .settle = NULL,
    .explain = powerdns_explain,
    .close = powerdns_close,
};
