/*
 * fill_store CONFIG DAYS NOW: fill the database that CONFIG names as ${DAYS}
 * days of ingest and advance would: each domain with one report a day, from
 * two reporters in turn.  One domain in 14 has been at p=none for as long as
 * it must be, and moves.  The others came there a little later; with more days
 * than YOUNG they have all been there from the first day on, and the others
 * are done, at p=reject.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "config/config.h"
#include "journal.h"
#include "reports.h"
#include "store.h"

#define YOUNG 60
#define MOVES(i) ((i) % 14 == 0)

static struct dro_err err;

static void
must(enum dro_code code)
{
	if (code == DRO_OK)
		return;
	(void)fprintf(stderr, "fill_store: %s\n", err.msg);
	exit(1);
}

static void
adopt(struct dro_store *store, const struct dro_domain *dom, const char *p,
    int32_t day, struct dro_arena *arena)
{
	struct dro_live live = {.status = DRO_LIVE_OK};
	const int64_t at = dro_day_start(day);
	char name[DRO_DOMAIN_LEN], record[80];

	(void)snprintf(name, sizeof(name), "_dmarc.%s", dom->domain);
	(void)snprintf(record, sizeof(record),
	    "v=DMARC1; p=%s; rua=mailto:rua@msp.example", p);
	dro_rrset_init(&live.rrset, name, DRO_RR_TXT);
	live.rrset.ttl_s = 3600;
	must(dro_rrset_add(&live.rrset, arena, record, strlen(record), &err));
	must(dro_facts_seen(
	    store, dom->client->id, dom->domain, &live, false, at, &err));
	must(dro_facts_adopt(
	    store, dom->client->id, dom->domain, &live.rrset, at, &err));
}

/* One day: own server, a vendor, a forwarder, and a forgery from elsewhere. */
static void
report(struct dro_store *store, const struct dro_domain *dom, const char *p,
    int32_t day, size_t i)
{
	static const char *const reporters[] = {"google.com", "yahoo.com"};
	const char *d = dom->domain;
	char id[64], ip[3][32];
	const struct dro_line lines[] = {
	    {{d, "s1", "", d, "", "", "192.0.2.10", false}, 150, 0, 0},
	    {{d, "v1", "", "bounce.vendor.example", "", "", ip[0], false}, 40,
		0, 0},
	    {{d, "s1", "", "list.example", "", "", ip[1], false}, 5, 0, 0},
	    {{"", "", "", "", "", "", ip[2], false}, 0, 30, 0},
	};
	struct dro_report r = {.org = reporters[day % 2],
	    .reporter = reporters[day % 2],
	    .report_id = id,
	    .domain = d,
	    .watched = d,
	    .begin = dro_day_start(day),
	    .end = dro_day_start(day) + DRO_DAY_S - 1,
	    .trust = DRO_TRUST_TRUSTED,
	    .counts = true,
	    .rows = 4,
	    .messages = 225,
	    .dmarc_pass = 195,
	    .dkim_aligned = 195,
	    .disposition = {225},
	    .p = p,
	    .source_name = "bench",
	    .source_path = "bench",
	    .n_lines = DRO_ARRAY_LEN(lines),
	    .lines = lines};
	enum dro_stored stored;

	(void)snprintf(id, sizeof(id), "%d.%zu", (int)day, i);
	(void)snprintf(
	    ip[0], sizeof(ip[0]), "198.51.100.%zu", (i + (size_t)day) % 8);
	(void)snprintf(
	    ip[1], sizeof(ip[1]), "203.0.113.%zu", (i * 7 + (size_t)day) % 20);
	(void)snprintf(
	    ip[2], sizeof(ip[2]), "10.%d.%zu.7", (int)day % 256, i % 256);
	memcpy(r.content, id, strlen(id) < 32 ? strlen(id) : 32);
	must(dro_reports_add(store, &r, r.end, &stored, &err));
}

int
main(int argc, char **argv)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_writer writer = {.verb = "ingest", .virtual_clock = true};
	struct dro_findings findings;
	struct dro_config config;
	struct dro_store *store;
	const char *others;
	int32_t day, today;
	size_t i;
	int days;

	if (argc != 4 || arena == NULL)
		return (64);
	must(dro_date_parse(argv[3], &writer.now, &err));
	days = (int)strtol(argv[2], NULL, 10);
	today = dro_day_of(writer.now);
	must(dro_config_read(
	    argv[1], writer.now, arena, &config, &findings, &err));
	must(dro_store_open(
	    config.database, DRO_STORE_WRITE, &writer, &store, &err));
	others = days > YOUNG ? "reject" : "none";
	/* 42 days is how long it must be. */
	for (i = 0; i < config.n_domains; i++)
		adopt(store, &config.domains[i], MOVES(i) ? "none" : others,
		    today -
			(days > YOUNG	   ? days
				: MOVES(i) ? 43
					   : 41),
		    arena);
	for (day = today - days; day < today; day++)
		for (i = 0; i < config.n_domains; i++)
			report(store, &config.domains[i],
			    MOVES(i) ? "none" : others, day, i);
	must(dro_reports_flush(store, &err));
	must(dro_store_run_end(store, "ok", 0, &err));
	dro_store_close(store);
	dro_arena_destroy(arena);
	return (0);
}
