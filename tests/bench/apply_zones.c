/*
 * apply_zones ENDPOINT KEY ZONES OLD NEW [alone]: what advance does at the
 * provider to change the record of every zone: find the zone, read what it
 * holds, then apply: compare, change, read back.  "alone" leaves the first
 * read out.  The journal is not part of it.
 */
#include <stdio.h>
#include <string.h>

#include "host/host.h"
#include "provider.h"

static struct dro_err err;

static enum dro_code
make(struct dro_rrset *out, const char *name, const char *text,
    struct dro_arena *arena)
{
	dro_rrset_init(out, name, DRO_RR_TXT);
	out->ttl_s = 3600;
	return (dro_rrset_add(out, arena, text, strlen(text), &err));
}

static enum dro_code
change(const struct dro_provider *p, void *ctx, const char *domain,
    const char *old, const char *new, bool alone, struct dro_arena *arena)
{
	struct dro_rrset before, after, held;
	struct dro_receipt receipt = {0};
	const struct dro_rrchange one = {&before, &after};
	struct dro_rrkey key = {.type = DRO_RR_TXT};
	struct dro_zone zone;
	char name[256];
	enum dro_code code;

	(void)snprintf(name, sizeof(name), "_dmarc.%s", domain);
	key.name = name;
	if ((code = make(&before, name, old, arena)) != DRO_OK ||
	    (code = make(&after, name, new, arena)) != DRO_OK ||
	    (code = p->zone(ctx, name, &zone, &err)) != DRO_OK)
		return (code);
	if (!alone) {
		code = p->read(ctx, &zone, &key, arena, &held, &err);
		if (code == DRO_OK && !dro_rrset_same_values(&held, &before))
			code = dro_err_set(
			    &err, DRO_ECONFLICT, "%s: not as before", name);
		if (code != DRO_OK)
			return (code);
	}
	return (p->apply(ctx, &zone, &one, 1, &receipt, &err));
}

int
main(int argc, char **argv)
{
	const struct dro_provider *p = dro_provider_find("powerdns");
	struct dro_host *host = NULL;
	enum dro_code code;
	void *ctx = NULL;
	char domain[200];
	FILE *zones;

	if (argc < 6 || p == NULL || (zones = fopen(argv[3], "re")) == NULL)
		return (64);
	const char *endpoint = argv[1], *key = argv[2];
	const struct dro_conf_item items[] = {
	    {"endpoint", 1, &endpoint}, {"key", 1, &key}};
	const struct dro_conf conf = {
	    .account = "bench", .n = 2, .items = items};

	if ((code = dro_host_create(false, &host, &err)) == DRO_OK)
		code = p->open(host, &conf, &ctx, &err);
	while (code == DRO_OK && fgets(domain, sizeof(domain), zones) != NULL) {
		struct dro_arena *arena = dro_arena_create();

		if (arena == NULL)
			return (71);
		domain[strcspn(domain, "\n")] = '\0';
		code =
		    change(p, ctx, domain, argv[4], argv[5], argc > 6, arena);
		dro_arena_destroy(arena);
	}
	(void)fclose(zones);
	if (ctx != NULL)
		p->close(ctx);
	dro_host_destroy(host);
	if (code != DRO_OK)
		(void)fprintf(stderr, "apply_zones: %s\n", err.msg);
	return (code == DRO_OK ? 0 : 1);
}
