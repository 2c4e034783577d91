#ifndef TESTS_UNIT_POLICIES_WORLD_H
#define TESTS_UNIT_POLICIES_WORLD_H

/*
 * A small world for decisions: one domain, its settings, what DNS shows, and
 * reports put in by hand, day by day.  Day 0 is 2026-01-05.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "presets/presets.h"
#include "stage/decide.h"

#define DAY0 20458 /* days since 1970 of 2026-01-05 */
#define DOMAIN "client.example"
#define RUA "mailto:rua@msp.example"
#define NONE "v=DMARC1; p=none; rua=" RUA
#define WORLD_MAX 4096

struct world {
	struct dro_arena *arena;
	struct dro_settings settings;
	struct dro_facts facts;
	struct dro_setback setbacks[8];
	struct dro_live live;
	struct dro_evidence ev;
	const char *reporters[2];
	struct dro_stream streams[8];
	struct dro_cell cells[WORLD_MAX];
	struct dro_seen seen[WORLD_MAX];
	struct dro_decision d;
};

/* Streams of the world, by index. */
enum {
	OWN, /* own servers, DKIM and SPF aligned */
	VENDOR, /* bounces to itself, signs for the client */
	VENDOR_BAD, /* the same with a broken signature */
	SPOOF, /* strangers */
	FORGED, /* strangers with a made-up signature of the client */
	TOOL, /* bounces to itself, signs nothing */
	LIST, /* a mailing list that breaks the client's signatures */
	N_STREAMS
};

/* The time of day at which the timer runs. */
static inline int64_t
at_day(int day)
{
	return (dro_day_start(DAY0 + day) + 6 * DRO_HOUR_S);
}

static inline void
rrset_of(struct world *w, struct dro_rrset *rrset, const char *text)
{
	dro_rrset_init(rrset, "_dmarc." DOMAIN, DRO_RR_TXT);
	rrset->ttl_s = 3600;
	if (text != NULL)
		assert_int_equal(
		    dro_rrset_add(rrset, w->arena, text, strlen(text), NULL),
		    DRO_OK);
}

static inline void
world_live(struct world *w, const char *text)
{
	memset(&w->live, 0, sizeof(w->live));
	w->live.status = DRO_LIVE_OK;
	rrset_of(w, &w->live.rrset, text);
}

/* The record that was verified on ${day}, and is live. */
static inline void
world_verified(struct world *w, int day, const char *text)
{
	world_live(w, text);
	rrset_of(w, &w->facts.known, text);
	w->facts.adopted = true;
	w->facts.verified_at = at_day(day);
}

static inline struct world *
world_create(const char *policy)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->arena = dro_arena_create();
	assert_non_null(w->arena);
	assert_int_equal(dro_preset_policy(policy, &w->settings, NULL), DRO_OK);
	w->settings.rua = RUA;
	w->reporters[0] = "google.com";
	w->reporters[1] = "yahoo.com";
	w->streams[OWN] = (struct dro_stream){
	    DOMAIN, "s1", "", DOMAIN, "", "", "192.0.2.10", false};
	w->streams[VENDOR] = (struct dro_stream){DOMAIN, "crm", "",
	    "bounce.crm.example", "", "", "198.51.100.7", false};
	w->streams[VENDOR_BAD] = (struct dro_stream){"", "", "",
	    "bounce.crm.example", DOMAIN, "crm", "198.51.100.7", false};
	w->streams[SPOOF] =
	    (struct dro_stream){"", "", "", "", "", "", "203.0.113.9", false};
	w->streams[FORGED] = (struct dro_stream){
	    "", "", "", "", DOMAIN, "s1", "203.0.113.66", false};
	w->streams[TOOL] = (struct dro_stream){
	    "", "", "", "news.example", "", "", "198.51.100.80", false};
	w->streams[LIST] = (struct dro_stream){
	    "", "", "", "lists.example", DOMAIN, "s1", "198.51.100.90", false};
	w->ev.reporters = w->reporters;
	w->ev.n_reporters = 2;
	w->ev.streams = w->streams;
	w->ev.n_streams = N_STREAMS;
	w->ev.cells = w->cells;
	w->ev.seen = w->seen;
	w->facts.setbacks = w->setbacks;
	world_live(w, NONE);
	return (w);
}

static inline void
world_destroy(struct world *w)
{
	dro_arena_destroy(w->arena);
	free(w);
}

/* A report of ${reporter} about ${day}; the rows follow with world_mail. */
static inline void
world_report(struct world *w, int day, uint32_t reporter, const char *record)
{
	struct dro_seen *s = &w->seen[w->ev.n_seen++];
	struct dro_dmarc parsed;

	assert_true(w->ev.n_seen <= WORLD_MAX);
	assert_int_equal(
	    dro_dmarc_parse(dro_str_of(record), &parsed, NULL), DRO_OK);
	*s = (struct dro_seen){.begin = dro_day_start(DAY0 + day),
	    .end = dro_day_start(DAY0 + day + 1) - 1,
	    .reporter = reporter,
	    .messages = 1,
	    .has_p = true,
	    .has_pct = true,
	    .core = parsed.core};
}

static inline void
world_mail(struct world *w, int day, uint32_t reporter, uint32_t stream,
    int64_t pass, int64_t fail)
{
	assert_true(w->ev.n_cells < WORLD_MAX);
	w->cells[w->ev.n_cells++] = (struct dro_cell){.day = DAY0 + day,
	    .stream = stream,
	    .reporter = reporter,
	    .pass = pass,
	    .fail = fail};
}

/* The same where its day is among the cells, which come sorted. */
static inline void
world_put(struct world *w, int day, uint32_t stream, int64_t pass, int64_t fail)
{
	size_t at = 0;

	while (at < w->ev.n_cells && w->cells[at].day <= DAY0 + day)
		at++;
	world_mail(w, day, 0, stream, pass, fail);
	memmove(&w->cells[at + 1], &w->cells[at],
	    (w->ev.n_cells - 1 - at) * sizeof(*w->cells));
	w->cells[at] = (struct dro_cell){
	    .day = DAY0 + day, .stream = stream, .pass = pass, .fail = fail};
}

/* Days [from, to) on which both reporters saw ${n} own messages pass. */
static inline void
world_clean_days(
    struct world *w, int from, int to, int64_t n, const char *record)
{
	uint32_t r;
	int day;

	for (day = from; day < to; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, record);
			world_mail(w, day, r, OWN, n, 0);
		}
}

static inline const struct dro_decision *
world_decide(struct world *w, int day)
{
	struct dro_err err = {0};

	if (dro_decide(DOMAIN, &w->settings, &w->facts, &w->live, &w->ev,
		at_day(day), w->arena, &w->d, &err) != DRO_OK)
		fail_msg("%s", err.msg);
	return (&w->d);
}

/* The name of a rung of the world's ladder. */
static inline const char *
rung(const struct world *w, size_t i)
{
	return (w->settings.ladder.rungs[i].name);
}

static inline const struct dro_gate *
gate(const struct world *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->d.n_gates; i++)
		if (strcmp(w->d.gates[i].gate, name) == 0)
			return (&w->d.gates[i]);
	fail_msg("no gate %s", name);
	return (NULL);
}

#endif /* !TESTS_UNIT_POLICIES_WORLD_H */
