#include "receivers_view.h"

/* As many receivers are told of in text; there may be hundreds. */
#define SHOWN_MAX 10

static json_t *
trait_json(const struct dro_trait *t)
{
	return (json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "honours",
	    dro_known_name(t->known), "failing", (json_int_t)t->failing,
	    "acted", (json_int_t)t->acted, "asked", (json_int_t)t->asked,
	    "low_ppm", (json_int_t)t->low_ppm, "high_ppm",
	    (json_int_t)t->high_ppm));
}

static json_t *
shares_json(const struct dro_shares *s)
{
	return (json_pack("{s:I, s:I, s:I}", "yes_ppm", (json_int_t)s->yes_ppm,
	    "no_ppm", (json_int_t)s->no_ppm, "unknown_ppm",
	    (json_int_t)s->unknown_ppm));
}

json_t *
dro_receivers_json(const struct dro_capability *c)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < c->n; i++) {
		const struct dro_receiver *r = &c->receivers[i];

		(void)json_array_append_new(array,
		    json_pack("{s:o, s:I, s:b, s:o, s:o}", "reporter",
			dro_json_text(r->reporter), "messages",
			(json_int_t)r->messages, "rfc9990", r->rfc9990, "pct",
			trait_json(&r->pct), "t", trait_json(&r->t)));
	}
	return (json_pack("{s:o, s:I, s:I, s:o, s:o, s:s}", "receivers", array,
	    "messages", (json_int_t)c->messages, "rfc9990_ppm",
	    (json_int_t)c->rfc9990_ppm, "pct", shares_json(&c->pct), "t",
	    shares_json(&c->t), "advice", c->advice));
}

/* "yes (0 of 120 acted on, at most 3.0%)"; "unknown" if nothing can tell. */
static const char *
trait_text(const struct dro_trait *t, struct dro_arena *arena)
{
	if (t->failing == 0)
		return ("unknown");
	return (dro_arena_printf(arena,
	    "%s (acted on %lld of %lld: %lld.%lld%%-%lld.%lld%%)",
	    dro_known_name(t->known), (long long)t->acted,
	    (long long)t->failing, (long long)(t->low_ppm / 10000),
	    (long long)(t->low_ppm % 10000 / 1000),
	    (long long)(t->high_ppm / 10000),
	    (long long)(t->high_ppm % 10000 / 1000)));
}

/* Whole per cent of the mail, rounded down. */
static long long
percent(int64_t ppm)
{
	return ((long long)(ppm / 10000));
}

static void
print_totals(const struct dro_out *out, const struct dro_capability *c)
{
	if (c->n > SHOWN_MAX)
		fprintf(out->fp, "and %zu more\n", c->n - SHOWN_MAX);
	fprintf(out->fp,
	    "By mail: %lld%% at receivers that report as RFC 9990 says; pct "
	    "is honoured for %lld%% and ignored for %lld%% of it, t honoured "
	    "for %lld%% and ignored for %lld%%; of the rest nobody knows "
	    "yet.\nLadder: %s.\n",
	    percent(c->rfc9990_ppm), percent(c->pct.yes_ppm),
	    percent(c->pct.no_ppm), percent(c->t.yes_ppm), percent(c->t.no_ppm),
	    c->advice);
}

enum dro_code
dro_receivers_print(const struct dro_out *out, const struct dro_capability *c,
    struct dro_arena *arena, struct dro_err *err)
{
	struct dro_table *table = dro_table_create(5);
	enum dro_code code;
	size_t i;

	if (table == NULL)
		return (dro_err_nomem(err));
	dro_table_right(table, 1);
	dro_table_row(
	    table, "RECEIVER", "MAIL", "REPORTS", "HONOURS PCT", "HONOURS T");
	for (i = 0; i < c->n && i < SHOWN_MAX; i++) {
		const struct dro_receiver *r = &c->receivers[i];

		dro_table_row(table, r->reporter,
		    dro_arena_printf(arena, "%lld", (long long)r->messages),
		    r->rfc9990 ? "rfc9990" : "rfc7489",
		    trait_text(&r->pct, arena), trait_text(&r->t, arena));
	}
	code = dro_table_print(table, out, err);
	dro_table_destroy(table);
	if (code == DRO_OK)
		print_totals(out, c);
	return (code);
}
