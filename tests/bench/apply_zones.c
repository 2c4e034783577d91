/*
 * apply_zones ENDPOINT KEY ZONES OLD NEW [alone]: what advance does at the
 * provider to change the record of every zone, through the same pool: find the
 * zone, read what it holds, then apply: compare, change, read back.  "alone"
 * leaves the first read out.  The journal is not part of it.
 */
#include <stdio.h>
#include <string.h>

#include "apply/carry.h"
#include "apply/pool.h"
#include "host/host.h"
#include "provider.h"

#define PLACES ((size_t)2 * DRO_CARRY_AHEAD)

/* One zone on its way. */
struct one {
	struct dro_task look, apply;
	struct dro_arena *arena;
	struct dro_rrset before, after;
	struct dro_zone zone;
	char name[256];
};

static const struct dro_provider *provider;
static struct dro_err err;
static const char *old, *new;
static bool alone;

static enum dro_code
make(struct dro_rrset *out, const char *name, const char *text,
    struct dro_arena *arena)
{
	dro_rrset_init(out, name, DRO_RR_TXT);
	out->ttl_s = 3600;
	return (dro_rrset_add(out, arena, text, strlen(text), &err));
}

static enum dro_code
look(struct dro_task *task, void *ctx, struct dro_err *why)
{
	struct one *o = task->arg;
	const struct dro_rrkey key = {o->name, DRO_RR_TXT};
	struct dro_rrset held;
	enum dro_code code;

	code = dro_lane_zone(task->lane, o->name, &o->zone, why);
	if (code == DRO_OK && !alone) {
		code =
		    provider->read(ctx, &o->zone, &key, o->arena, &held, why);
		if (code == DRO_OK && !dro_rrset_same_values(&held, &o->before))
			code = dro_err_set(
			    why, DRO_ECONFLICT, "%s: not as before", o->name);
	}
	return (code);
}

static enum dro_code
apply(struct dro_task *task, void *ctx, struct dro_err *why)
{
	struct one *o = task->arg;
	const struct dro_rrchange change = {&o->before, &o->after};
	struct dro_receipt receipt = {0};

	return (provider->apply(ctx, &o->zone, &change, 1, &receipt, why));
}

/* Wait for ${task}; what went wrong first is kept. */
static enum dro_code
ended(struct dro_pool *pool, const struct dro_task *task, enum dro_code code)
{
	dro_pool_wait(pool, task);
	if (code == DRO_OK && task->code != DRO_OK)
		err = task->err;
	return (code != DRO_OK ? code : task->code);
}

static enum dro_code
start(struct dro_pool *pool, struct dro_lane *lane, struct one *o,
    const char *domain)
{
	if ((o->arena = dro_arena_create()) == NULL)
		return (dro_err_nomem(&err));
	(void)snprintf(o->name, sizeof(o->name), "_dmarc.%s", domain);
	if (make(&o->before, o->name, old, o->arena) != DRO_OK ||
	    make(&o->after, o->name, new, o->arena) != DRO_OK)
		return (err.code);
	o->look = (struct dro_task){.run = look, .arg = o, .lane = lane};
	o->apply = (struct dro_task){
	    .run = apply, .arg = o, .lane = lane, .writes = o->zone.name};
	dro_pool_submit(pool, &o->look);
	return (DRO_OK);
}

static enum dro_code
change_all(struct dro_pool *pool, struct dro_lane *lane, FILE *zones)
{
	static struct one places[PLACES];
	enum dro_code code = DRO_OK;
	size_t i, n = (size_t)-1;
	char domain[200];
	struct one *o;

	for (i = 0; code == DRO_OK && (n > i || i < n + PLACES); i++) {
		if (i >= DRO_CARRY_AHEAD && i - DRO_CARRY_AHEAD < n) {
			o = &places[(i - DRO_CARRY_AHEAD) % PLACES];
			if ((code = ended(pool, &o->look, code)) == DRO_OK)
				dro_pool_submit(pool, &o->apply);
		}
		o = &places[i % PLACES];
		if (i >= PLACES && code == DRO_OK) {
			code = ended(pool, &o->apply, code);
			dro_arena_destroy(o->arena);
		}
		if (n > i && fgets(domain, sizeof(domain), zones) == NULL)
			n = i;
		domain[strcspn(domain, "\n")] = '\0';
		if (n > i && code == DRO_OK)
			code = start(pool, lane, o, domain);
	}
	return (code);
}

int
main(int argc, char **argv)
{
	struct dro_pool *pool = dro_pool_create();
	struct dro_host *host = NULL;
	struct dro_lane *lane;
	enum dro_code code;
	void *ctx = NULL;
	FILE *zones;

	provider = dro_provider_find("powerdns");
	if (argc < 6 || provider == NULL || pool == NULL ||
	    (zones = fopen(argv[3], "re")) == NULL)
		return (64);
	const char *endpoint = argv[1], *key = argv[2];
	const struct dro_conf_item items[] = {
	    {"endpoint", 1, &endpoint}, {"key", 1, &key}};
	const struct dro_conf conf = {
	    .account = "bench", .n = 2, .items = items};

	old = argv[4];
	new = argv[5];
	alone = argc > 6;
	if ((code = dro_host_create(false, &host, &err)) == DRO_OK)
		code = provider->open(host, &conf, &ctx, &err);
	if (code == DRO_OK) {
		lane = dro_pool_lane(pool, provider, &conf, host, ctx);
		code = lane != NULL ? change_all(pool, lane, zones)
				    : dro_err_nomem(&err);
	}
	(void)fclose(zones);
	dro_pool_destroy(pool);
	if (ctx != NULL)
		provider->close(ctx);
	dro_host_destroy(host);
	if (code != DRO_OK)
		(void)fprintf(stderr, "apply_zones: %s\n", err.msg);
	return (code == DRO_OK ? 0 : 1);
}
