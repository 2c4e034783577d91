#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "simulate/random.h"
#include "simulate/world.h"

/* The own mail comes from so many senders, each a quarter of it. */
#define SENDERS 4

/*
 * Each sender has mail that passes and mail that fails; then the rare one,
 * and strangers, who come from another network each day.
 */
enum { RARE = 2 * SENDERS, SPOOF };

/* Of one report at most. */
#define CELLS (2 * SENDERS + 2)

/* A rare sender sends once in so many days. */
#define RARE_DAYS 30

#define DAYS_MAX 1100
#define REPORTERS_MAX 16

const struct dro_world dro_world_usual = {
    .messages = 500, .reporters = 2, .days = 400, .seed = 1, .domains = 1};

const char *
dro_clumps_name(enum dro_clumps clumps)
{
	static const char *const names[] = {"none", "day", "rare"};

	return (names[clumps]);
}

/* Digits of ${s} up to ${stop}, at most 9 of them. */
static bool
parse_digits(const char *s, const char *stop, int64_t *out)
{
	*out = 0;
	if (s == stop || stop - s > 9)
		return (false);
	for (; s < stop; s++) {
		if (*s < '0' || *s > '9')
			return (false);
		*out = *out * 10 + (*s - '0');
	}
	return (true);
}

/* "0.1%" in parts per million. */
static bool
parse_share(const char *s, int64_t *out)
{
	const char *end = strchr(s, '%'), *dot = strchr(s, '.');
	int64_t whole, part = 0;
	ptrdiff_t places = 0;

	if (end == NULL || end[1] != '\0')
		return (false);
	if (dot != NULL) {
		places = end - dot - 1;
		if (places > 4 || !parse_digits(dot + 1, end, &part))
			return (false);
	}
	if (!parse_digits(s, dot != NULL ? dot : end, &whole) || whole > 100)
		return (false);
	for (; places < 4; places++)
		part *= 10;
	*out = whole * 10000 + part;
	return (*out <= DRO_WORLD_PPM);
}

static bool
parse_count(const char *s, int64_t min, int64_t max, int64_t *out)
{
	return (
	    parse_digits(s, s + strlen(s), out) && *out >= min && *out <= max);
}

static bool
parse_int(const char *s, int64_t max, int *out)
{
	int64_t n;

	if (!parse_count(s, 1, max, &n))
		return (false);
	*out = (int)n;
	return (true);
}

static bool
parse_clumps(const char *s, enum dro_clumps *out)
{
	for (*out = DRO_CLUMPS_NONE; *out <= DRO_CLUMPS_RARE; (*out)++)
		if (strcmp(dro_clumps_name(*out), s) == 0)
			return (true);
	return (false);
}

static enum dro_code
wrong(const char *word, const char *expected, struct dro_err *err)
{
	return (dro_err_set(
	    err, DRO_EINVAL, "\"%.60s\": expected %s", word, expected));
}

enum dro_code
dro_world_set(struct dro_world *world, const char *word, struct dro_err *err)
{
	const char *value = strchr(word, '=');
	struct dro_str key = {word, value == NULL ? 0 : (size_t)(value - word)};

	if (value++ == NULL)
		return (wrong(word, "KEY=VALUE", err));
	if (dro_str_eq(key, "messages"))
		return (parse_count(value, 1, 1000000, &world->messages)
			? DRO_OK
			: wrong(word, "1 to 1000000 messages a day", err));
	if (dro_str_eq(key, "reporters"))
		return (parse_int(value, REPORTERS_MAX, &world->reporters)
			? DRO_OK
			: wrong(word, "1 to 16 reporters", err));
	if (dro_str_eq(key, "days"))
		return (parse_int(value, DAYS_MAX, &world->days)
			? DRO_OK
			: wrong(word, "1 to 1100 days", err));
	if (dro_str_eq(key, "domains"))
		return (parse_int(value, 10000, &world->domains)
			? DRO_OK
			: wrong(word, "1 to 10000 domains", err));
	if (dro_str_eq(key, "seed"))
		return (parse_count(value, 0, 999999999, &world->seed)
			? DRO_OK
			: wrong(word, "a number of at most 9 digits", err));
	if (dro_str_eq(key, "fail"))
		return (parse_share(value, &world->fail_ppm)
			? DRO_OK
			: wrong(word, "a share such as 0.1%", err));
	if (dro_str_eq(key, "spoof"))
		return (parse_share(value, &world->spoof_ppm)
			? DRO_OK
			: wrong(word, "a share such as 20%", err));
	if (dro_str_eq(key, "clumps"))
		return (parse_clumps(value, &world->clumps)
			? DRO_OK
			: wrong(word, "none, day or rare", err));
	return (wrong(word,
	    "messages, reporters, days, fail, clumps, spoof, seed or domains",
	    err));
}

/* What is being made. */
struct making {
	const struct dro_world *world;
	struct dro_random random;
	struct dro_arena *arena;
	struct dro_evidence *out;
	int rare_day; /* of its month */
};

/* Own mail bounces to its sender, who signs for the domain or tries to. */
static bool
make_streams(struct making *m, const char *domain)
{
	struct dro_stream *s = m->out->streams;
	const char *sender, *selector;
	size_t i, n = m->out->n_streams;

	for (i = 0; i < n; i++)
		s[i] = (struct dro_stream){"", "", "", "", "", "", "", false};
	for (i = 0; i < SENDERS; i++) {
		sender = dro_arena_printf(
		    m->arena, "bounce.sender%zu.example", i + 1);
		selector = dro_arena_printf(m->arena, "s%zu", i + 1);
		s[2 * i].ip =
		    dro_arena_printf(m->arena, "192.0.2.%zu", 10 * (i + 1));
		if (sender == NULL || selector == NULL || s[2 * i].ip == NULL)
			return (false);
		s[2 * i].mail_from = sender;
		s[2 * i + 1] = s[2 * i];
		s[2 * i].dkim = s[2 * i + 1].claim = domain;
		s[2 * i].selector = s[2 * i + 1].claim_selector = selector;
	}
	/* A range that nobody sends from (RFC 2544). */
	for (i = SPOOF; i < n; i++)
		if ((s[i].ip = dro_arena_printf(m->arena, "198.%zu.%zu.66",
			 18 + (i - SPOOF) / 256 % 2, (i - SPOOF) % 256)) ==
		    NULL)
			return (false);
	s[RARE].ip = "198.51.100.7";
	s[RARE].mail_from = "rare.example";
	return (true);
}

static bool
make_reporters(struct making *m)
{
	const char **names;
	int i, n = m->world->reporters;

	names = dro_arena_alloc(m->arena, (size_t)n, sizeof(*names));
	if (names == NULL)
		return (false);
	for (i = 0; i < n; i++)
		if ((names[i] = dro_arena_printf(
			 m->arena, "reporter%02d.example", i + 1)) == NULL)
			return (false);
	m->out->reporters = names;
	m->out->n_reporters = (size_t)n;
	return (true);
}

/* Part ${i} of ${n} whole messages that ${parts} share. */
static int64_t
part(int64_t n, int64_t parts, int64_t i)
{
	return (n / parts + (i < n % parts));
}

static void
put(struct making *m, struct dro_cell like, int64_t pass, int64_t fail)
{
	struct dro_evidence *out = m->out;

	if (pass + fail == 0)
		return;
	like.pass = pass;
	like.fail = fail;
	out->cells[out->n_cells++] = like;
	out->seen[out->n_seen - 1].messages += pass + fail;
}

/* The mail of one sender as one reporter saw it on one day. */
static void
put_sender(struct making *m, int32_t day, int reporter, int sender, bool broken)
{
	const struct dro_world *w = m->world;
	int64_t n = part(part(w->messages, SENDERS, sender), w->reporters,
	    (reporter + sender) % w->reporters);
	int64_t fail = 0;
	struct dro_cell cell = {.day = day,
	    .reporter = (uint32_t)reporter,
	    .stream = (uint32_t)(2 * sender)};

	if (w->clumps == DRO_CLUMPS_NONE)
		fail = dro_random_count(&m->random, n, w->fail_ppm);
	else if (broken)
		fail = n;
	put(m, cell, n - fail, 0);
	cell.stream++;
	put(m, cell, 0, fail);
}

/* The batch of a rare sender: a month's share of failures at once. */
static void
put_rare(struct making *m, int32_t day, int reporter)
{
	const struct dro_world *w = m->world;
	int64_t n = w->messages * RARE_DAYS * w->fail_ppm / DRO_WORLD_PPM;
	struct dro_cell cell = {
	    .day = day, .reporter = (uint32_t)reporter, .stream = RARE};

	if (w->clumps == DRO_CLUMPS_RARE &&
	    (day - DRO_WORLD_DAY0) % RARE_DAYS == m->rare_day)
		put(m, cell, 0, part(n, w->reporters, reporter));
}

static void
put_report(struct making *m, int32_t day, int reporter, const bool *broken)
{
	const struct dro_world *w = m->world;
	struct dro_cell spoof = {.day = day,
	    .reporter = (uint32_t)reporter,
	    .stream = (uint32_t)(SPOOF + day - DRO_WORLD_DAY0)};
	int64_t n = w->messages * w->spoof_ppm / DRO_WORLD_PPM;
	int sender;

	/* The first reporter writes as RFC 9990 says, the others as before. */
	m->out->seen[m->out->n_seen++] =
	    (struct dro_seen){.begin = dro_day_start(day),
		.end = dro_day_start(day + 1) - 1,
		.reporter = (uint32_t)reporter,
		.has_p = true,
		.has_pct = reporter != 0,
		.has_t = reporter == 0};
	for (sender = 0; sender < SENDERS; sender++)
		put_sender(m, day, reporter, sender, broken[sender]);
	put(m, spoof, 0, part(n, w->reporters, reporter));
	put_rare(m, day, reporter);
	if (m->out->seen[m->out->n_seen - 1].messages == 0)
		m->out->n_seen--; /* nobody reports about nothing */
}

static void
make_day(struct making *m, int k)
{
	const struct dro_world *w = m->world;
	bool broken[SENDERS] = {false};
	int sender, reporter;

	if (k % RARE_DAYS == 0)
		m->rare_day = (int)(dro_random_next(&m->random) % RARE_DAYS);
	for (sender = 0; sender < SENDERS; sender++)
		broken[sender] = w->clumps == DRO_CLUMPS_DAY &&
		    dro_random_chance(&m->random, w->fail_ppm);
	for (reporter = 0; reporter < w->reporters; reporter++)
		put_report(m, DRO_WORLD_DAY0 + k, reporter, broken);
}

enum dro_code
dro_world_make(const struct dro_world *world, int i, const char *domain,
    struct dro_arena *arena, struct dro_evidence *out, struct dro_err *err)
{
	struct making m = {.world = world, .arena = arena, .out = out};
	size_t reports = (size_t)world->days * (size_t)world->reporters;
	int k;

	memset(out, 0, sizeof(*out));
	dro_random_init(&m.random, world->seed, i);
	out->first_day = DRO_WORLD_DAY0;
	out->n_streams = SPOOF + (size_t)world->days;
	out->streams =
	    dro_arena_alloc(arena, out->n_streams, sizeof(*out->streams));
	out->seen = dro_arena_alloc(arena, reports, sizeof(*out->seen));
	out->cells =
	    dro_arena_alloc(arena, reports, CELLS * sizeof(*out->cells));
	if (out->streams == NULL || out->seen == NULL || out->cells == NULL ||
	    !make_streams(&m, domain) || !make_reporters(&m))
		return (dro_err_nomem(err));
	for (k = 0; k < world->days; k++)
		make_day(&m, k);
	return (DRO_OK);
}
