#include <string.h>

#include "simulate_view.h"

/* What all domains come to, policies side by side. */

/* A table with a column for each policy, row by row. */
struct compare {
	const struct dro_sim_totals *totals;
	struct dro_arena *arena;
	struct dro_table *table;
	const char **cells; /* of one row, the first its name */
};

static const char *
number(struct dro_arena *arena, int64_t n)
{
	return (dro_arena_printf(arena, "%lld", (long long)n));
}

static void
add_line(struct compare *c)
{
	dro_table_cells(c->table, c->cells);
}

/* One row of what ${of} says about each total. */
static void
add_measure(struct compare *c, const char *name,
    const char *(*of)(struct dro_arena *, const struct dro_sim_total *))
{
	const struct dro_sim_totals *t = c->totals;
	size_t i;

	c->cells[0] = name;
	for (i = 0; i < t->n; i++)
		c->cells[i + 1] = of(c->arena, &t->all[i]);
	add_line(c);
}

static const char *
domains_of(struct dro_arena *arena, const struct dro_sim_total *t)
{
	return (number(arena, (int64_t)t->domains));
}

static const char *
arrived_of(struct dro_arena *arena, const struct dro_sim_total *t)
{
	return (number(arena, (int64_t)t->arrived.n));
}

static const char *
setbacks_of(struct dro_arena *arena, const struct dro_sim_total *t)
{
	return (number(arena, t->setbacks));
}

static const char *
questions_of(struct dro_arena *arena, const struct dro_sim_total *t)
{
	return (number(arena, t->questions));
}

/* "12.34%" of the domains. */
static const char *
percent_text(struct dro_arena *arena, size_t part, size_t all)
{
	size_t scaled = part * 10000 / all;

	return (
	    dro_arena_printf(arena, "%zu.%02zu%%", scaled / 100, scaled % 100));
}

static const char *
bound_of(struct dro_arena *arena, const struct dro_sim_total *t)
{
	return (percent_text(arena, t->bound_passed, t->domains));
}

static const char *
moved_of(struct dro_arena *arena, const struct dro_sim_total *t)
{
	return (percent_text(arena, t->moved, t->domains));
}

/* "6.0", and of how many domains if not of all. */
static const char *
weeks_text(struct dro_arena *arena, const struct dro_sim_rung *r)
{
	int day = dro_sim_median(&r->reached, r->domains), tenths;

	if (day < 0)
		return (r->reached.n == 0
			? "-"
			: dro_arena_printf(arena, "- (%zu of %zu)",
			      r->reached.n, r->domains));
	tenths = (day * 10 + 3) / 7;
	if (r->reached.n == r->domains)
		return (
		    dro_arena_printf(arena, "%d.%d", tenths / 10, tenths % 10));
	return (dro_arena_printf(arena, "%d.%d (%zu of %zu)", tenths / 10,
	    tenths % 10, r->reached.n, r->domains));
}

static const struct dro_sim_rung *
find_rung(const struct dro_sim_total *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n_rungs; i++)
		if (strcmp(t->rungs[i].name, name) == 0)
			return (&t->rungs[i]);
	return (NULL);
}

/* Whether a policy before ${before} has told of the rung ${name}. */
static bool
is_told(const struct dro_sim_totals *t, size_t before, const char *name)
{
	size_t i;

	for (i = 0; i < before; i++)
		if (find_rung(&t->all[i], name) != NULL)
			return (true);
	return (false);
}

/* Weeks until half of the domains were at a rung. */
static void
add_weeks(struct compare *c, const char *name)
{
	const struct dro_sim_totals *t = c->totals;
	const struct dro_sim_rung *r;
	size_t i;

	c->cells[0] = dro_arena_printf(c->arena, "weeks to %s", name);
	for (i = 0; i < t->n; i++) {
		r = find_rung(&t->all[i], name);
		c->cells[i + 1] = r == NULL ? "" : weeks_text(c->arena, r);
	}
	add_line(c);
}

/*
 * Every rung but none.  The policy with the most rungs gives the order; what
 * only others have comes behind.
 */
static void
add_rungs(struct compare *c)
{
	const struct dro_sim_totals *t = c->totals;
	size_t i, k, longest = 0;

	for (i = 1; i < t->n; i++)
		if (t->all[i].n_rungs > t->all[longest].n_rungs)
			longest = i;
	for (k = 1; k < t->all[longest].n_rungs; k++)
		add_weeks(c, t->all[longest].rungs[k].name);
	for (i = 0; i < t->n; i++)
		for (k = 1; k < t->all[i].n_rungs; k++)
			if (find_rung(&t->all[longest],
				t->all[i].rungs[k].name) == NULL &&
			    !is_told(t, i, t->all[i].rungs[k].name))
				add_weeks(c, t->all[i].rungs[k].name);
}

/* How the failing mail of each party is called, and what hits it. */
static const struct {
	enum dro_party party;
	const char *failing, *hit[DRO_POPULATIONS];
} flows[] = {
    {DRO_PARTY_LEGIT, "legitimate mail that failed",
	{"  hit at RFC 7489 receivers", "  hit at RFC 9989 receivers"}},
    {DRO_PARTY_LINKED, "linked to a source, failed",
	{"  hit at RFC 7489", "  hit at RFC 9989"}},
    {DRO_PARTY_FORWARDED, "forwarded, failed",
	{"  hit at RFC 7489", "  hit at RFC 9989"}},
    {DRO_PARTY_UNDECIDED, "of undecided senders, failed",
	{"  hit at RFC 7489", "  hit at RFC 9989"}},
    {DRO_PARTY_THREAT, "spoofed mail",
	{"  stopped at RFC 7489 receivers", "  stopped at RFC 9989 receivers"}},
};

/* "120 (48%)" */
static const char *
hit_text(struct dro_arena *arena, const struct dro_hit *hit, int64_t all)
{
	return (all == 0 ? "-"
			 : dro_arena_printf(arena, "%lld (%s)",
			       (long long)dro_hit_messages(hit),
			       dro_sim_share(arena, hit, all)));
}

static bool
has_failing(const struct dro_sim_totals *t, enum dro_party party)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->all[i].harm.failing[party] > 0)
			return (true);
	return (false);
}

static void
add_flow(struct compare *c, size_t f)
{
	const struct dro_sim_totals *t = c->totals;
	enum dro_party party = flows[f].party;
	enum dro_population p;
	size_t i;

	/* The two that everybody asks about are told of in any case. */
	if (party != DRO_PARTY_LEGIT && party != DRO_PARTY_THREAT &&
	    !has_failing(t, party))
		return;
	c->cells[0] = flows[f].failing;
	for (i = 0; i < t->n; i++)
		c->cells[i + 1] =
		    number(c->arena, t->all[i].harm.failing[party]);
	add_line(c);
	for (p = DRO_RFC7489; p <= DRO_RFC9989; p++) {
		c->cells[0] = flows[f].hit[p];
		for (i = 0; i < t->n; i++)
			c->cells[i + 1] =
			    hit_text(c->arena, &t->all[i].harm.hit[p][party],
				t->all[i].harm.failing[party]);
		add_line(c);
	}
}

static int
asked_of(const struct dro_sim_total *t, const char *kind)
{
	size_t i;

	for (i = 0; i < t->asked.n; i++)
		if (strcmp(t->asked.kinds[i].kind, kind) == 0)
			return (t->asked.kinds[i].n);
	return (0);
}

/* Whether a policy before ${before} was asked such a question. */
static bool
was_asked(const struct dro_sim_totals *t, size_t before, const char *kind)
{
	size_t i;

	for (i = 0; i < before; i++)
		if (asked_of(&t->all[i], kind) > 0)
			return (true);
	return (false);
}

static void
add_questions(struct compare *c)
{
	const struct dro_sim_totals *t = c->totals;
	size_t i, j, k;

	add_measure(c, "questions", questions_of);
	for (i = 0; i < t->n; i++)
		for (k = 0; k < t->all[i].asked.n; k++) {
			const char *kind = t->all[i].asked.kinds[k].kind;

			if (was_asked(t, i, kind))
				continue;
			c->cells[0] = dro_arena_printf(c->arena, "  %s", kind);
			for (j = 0; j < t->n; j++)
				c->cells[j + 1] = number(
				    c->arena, asked_of(&t->all[j], kind));
			add_line(c);
		}
}

static void
fill_compare(struct compare *c)
{
	const struct dro_sim_totals *t = c->totals;
	bool many = false;
	size_t i;

	c->cells[0] = "ALL DOMAINS";
	for (i = 0; i < t->n; i++) {
		c->cells[i + 1] = t->all[i].policy;
		many = many || t->all[i].domains > 1;
		dro_table_right(c->table, i + 1);
	}
	add_line(c);
	add_measure(c, "domains", domains_of);
	add_measure(c, "reached their target", arrived_of);
	add_rungs(c);
	for (i = 0; i < DRO_ARRAY_LEN(flows); i++)
		add_flow(c, i);
	add_questions(c);
	add_measure(c, "steps back", setbacks_of);
	if (many) {
		add_measure(c, "ever left p=none", moved_of);
		add_measure(c, "the bound ever passed", bound_of);
	}
}

enum dro_code
dro_sim_compare(const struct dro_out *out, const struct dro_sim_totals *totals,
    struct dro_err *err)
{
	struct compare c = {.totals = totals, .arena = totals->arena};
	size_t columns = totals->n + 1;
	enum dro_code code;

	if (totals->n == 0)
		return (DRO_OK);
	c.cells = dro_arena_alloc(c.arena, columns, sizeof(*c.cells));
	c.table = dro_table_create(columns);
	if (c.cells == NULL || c.table == NULL) {
		dro_table_destroy(c.table);
		return (dro_err_nomem(err));
	}
	fill_compare(&c);
	fputc('\n', out->fp);
	code = dro_table_print(c.table, out, err);
	dro_table_destroy(c.table);
	return (code);
}
