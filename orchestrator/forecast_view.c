#include <string.h>

#include "base/date.h"
#include "forecast_view.h"

/* "2026-05-01" of a time in RFC 3339. */
#define DAY_LEN 10

static const char *const populations[] = {"rfc7489", "rfc9989"};

void
dro_outlook_make(const struct dro_decision *decision,
    const struct dro_ladder *ladder, const struct dro_evidence *evidence,
    size_t from, size_t to, struct dro_outlook *out)
{
	int32_t day = dro_forecast_day(evidence);

	out->ladder = ladder;
	out->from = from;
	out->to = to;
	dro_forecast_make(decision, evidence, day, &out->forecast);
	dro_forecast_test(decision, evidence, day, &out->backtest);
}

static json_t *
day_json(int32_t day)
{
	char text[DRO_DATE_LEN];

	(void)dro_date_format(dro_day_start(day), text);
	return (json_stringn(text, DAY_LEN));
}

static json_t *
flow_json(const struct dro_flow *flow)
{
	return (json_pack("{s:I, s:I}", "expected_milli",
	    (json_int_t)flow->expected, "upper_milli",
	    (json_int_t)flow->upper));
}

static json_t *
rung_json(const struct dro_outlook *o, const struct dro_rung *rung)
{
	json_t *root = json_pack("{s:s}", "rung", rung->name), *of_population;
	struct dro_forecast_hit hit;
	enum dro_population p;
	enum dro_flow_of of;

	for (p = DRO_RFC7489; p <= DRO_RFC9989; p++) {
		of_population = json_object();
		for (of = DRO_FLOW_LEGIT; of < DRO_FLOWS; of++) {
			hit = dro_forecast_hit(&o->forecast, rung->core, p, of);
			(void)json_object_set_new(of_population,
			    dro_flow_name(of),
			    json_pack("{s:o, s:o}", "quarantined",
				flow_json(&hit.quarantined), "rejected",
				flow_json(&hit.rejected)));
		}
		(void)json_object_set_new(root, populations[p], of_population);
	}
	return (root);
}

static json_t *
sources_json(const struct dro_forecast *f)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < f->n_sources; i++) {
		const struct dro_flow_source *s = &f->sources[i];

		(void)json_array_append_new(array,
		    json_pack("{s:o, s:I, s:I, s:I, s:I}", "source",
			dro_json_text(s->key), "failing",
			(json_int_t)s->failing, "messages", (json_int_t)s->all,
			"expected_milli", (json_int_t)s->flow.expected,
			"upper_milli", (json_int_t)s->flow.upper));
	}
	return (array);
}

static json_t *
tested_json(const struct dro_backtest *b, int i)
{
	return (json_pack("{s:I, s:I, s:I, s:b}", "expected_milli",
	    (json_int_t)b->forecast[i].expected, "upper_milli",
	    (json_int_t)b->forecast[i].upper, "came", (json_int_t)b->came[i],
	    "held", b->held[i]));
}

json_t *
dro_outlook_json(const struct dro_outlook *o)
{
	const struct dro_forecast *f = &o->forecast;
	json_t *flows = json_object(), *rungs = json_array(), *test;
	enum dro_flow_of of;
	size_t i;

	if (!f->known) {
		json_decref(flows);
		json_decref(rungs);
		return (json_null());
	}
	for (of = DRO_FLOW_LEGIT; of < DRO_FLOWS; of++)
		(void)json_object_set_new(
		    flows, dro_flow_name(of), flow_json(&f->flows[of]));
	for (i = o->from; i < o->to; i++)
		(void)json_array_append_new(
		    rungs, rung_json(o, &o->ladder->rungs[i]));
	test = !o->backtest.known ? json_null()
				  : json_pack("{s:o, s:o, s:o}", "from",
					day_json(o->backtest.from_day), "legit",
					tested_json(&o->backtest, 0), "others",
					tested_json(&o->backtest, 1));
	return (json_pack("{s:o, s:i, s:o, s:{s:I, s:I}, s:o, s:o, s:o}",
	    "from", day_json(f->from_day), "days", f->days, "failing", flows,
	    "share_ppm", populations[0], (json_int_t)f->share_ppm[0],
	    populations[1], (json_int_t)f->share_ppm[1], "sources",
	    sources_json(f), "rungs", rungs, "backtest", test));
}

/* Thousandths with one decimal; an upper bound is rounded up. */
static const char *
flow_text(const struct dro_flow *flow, struct dro_arena *arena)
{
	int64_t upper = (flow->upper + 99) / 100;

	if (flow->upper == 0)
		return ("0");
	return (dro_arena_printf(arena, "%lld.%lld (at most %lld.%lld)",
	    (long long)(flow->expected / 1000),
	    (long long)(flow->expected / 100 % 10), (long long)(upper / 10),
	    (long long)(upper % 10)));
}

/* What ${rung} does to mail of ${of}, junked and refused together. */
static struct dro_flow
touched(const struct dro_outlook *o, const struct dro_rung *rung,
    enum dro_population p, enum dro_flow_of of)
{
	struct dro_forecast_hit hit =
	    dro_forecast_hit(&o->forecast, rung->core, p, of);

	return (
	    (struct dro_flow){hit.quarantined.expected + hit.rejected.expected,
		hit.quarantined.upper + hit.rejected.upper});
}

static struct dro_flow
sum(struct dro_flow a, struct dro_flow b)
{
	return ((struct dro_flow){a.expected + b.expected, a.upper + b.upper});
}

/* The sources that fail, "a (4 of 280), b (1 of 20)"; "" for none. */
static const char *
failing_text(const struct dro_forecast *f, struct dro_arena *arena)
{
	const char *text = "";
	size_t i;

	for (i = 0; i < f->n_sources && text != NULL; i++)
		if (f->sources[i].failing > 0)
			text = dro_arena_printf(arena, "%s%s%s (%lld of %lld)",
			    text, *text != '\0' ? ", " : "", f->sources[i].key,
			    (long long)f->sources[i].failing,
			    (long long)f->sources[i].all);
	return (text);
}

static const char *const whose[] = {"legitimate", "other"};

/* How the forecast of a week ago did, in a few words; "" if none was made. */
static const char *
tested_text(const struct dro_backtest *b, struct dro_arena *arena)
{
	const char *text = "";
	int i;

	if (b->known && b->held[0] && b->held[1])
		return ("; the week before came as forecast");
	for (i = 0; b->known && i < 2 && text != NULL; i++)
		if (!b->held[i])
			text = dro_arena_printf(arena,
			    "%s; the week before brought %lld failing %s "
			    "messages, forecast %s",
			    text, (long long)b->came[i], whose[i],
			    flow_text(&b->forecast[i], arena));
	return (text);
}

const char *
dro_outlook_line(const struct dro_outlook *o, struct dro_arena *arena)
{
	const struct dro_rung *rung = &o->ladder->rungs[o->from];
	struct dro_flow legit = {0, 0}, others = {0, 0};
	const char *failing = failing_text(&o->forecast, arena);
	const char *tested = tested_text(&o->backtest, arena);
	enum dro_population p;
	enum dro_flow_of of;

	if (!o->forecast.known || o->from >= o->to || failing == NULL ||
	    tested == NULL)
		return (NULL);
	for (p = DRO_RFC7489; p <= DRO_RFC9989; p++) {
		legit = sum(legit, touched(o, rung, p, DRO_FLOW_LEGIT));
		for (of = DRO_FLOW_FORWARDED; of < DRO_FLOWS; of++)
			others = sum(others, touched(o, rung, p, of));
	}
	return (dro_arena_printf(arena,
	    "a week %s legitimate and %s other messages quarantined or "
	    "rejected%s%s%s",
	    flow_text(&legit, arena), flow_text(&others, arena),
	    *failing != '\0' ? "; failing: " : "", failing, tested));
}

static void
print_tested(const struct dro_out *out, const struct dro_backtest *b,
    struct dro_arena *arena)
{
	int i;

	if (!b->known)
		return;
	fputs("The week before was forecast as", out->fp);
	for (i = 0; i < 2; i++)
		fprintf(out->fp, "%s %s %s failing, %lld came%s",
		    i > 0 ? ";" : "", flow_text(&b->forecast[i], arena),
		    whose[i], (long long)b->came[i],
		    b->held[i] ? "" : ": more than the bound");
	fputs(".\n", out->fp);
}

static void
print_basis(const struct dro_out *out, const struct dro_outlook *o,
    struct dro_arena *arena)
{
	const struct dro_forecast *f = &o->forecast;
	const char *failing = failing_text(f, arena);
	struct dro_buf line;
	char day[DRO_DATE_LEN];

	(void)dro_date_format(dro_day_start(f->from_day), day);
	fprintf(out->fp,
	    "Messages a week that the rung quarantines or rejects, by what "
	    "receivers follow and their share of the mail, from %d days since "
	    "%.*s. At most: 95%% bound, independence assumed; of others the "
	    "worst week.\n",
	    f->days, DAY_LEN, day);
	if (failing != NULL && *failing != '\0') {
		dro_buf_init(&line, 8192);
		dro_out_text(&line, failing, strlen(failing));
		fprintf(out->fp, "Legitimate mail that failed: %s.\n",
		    line.ptr != NULL ? line.ptr : "?");
		dro_buf_finish(&line);
	}
	print_tested(out, &o->backtest, arena);
}

enum dro_code
dro_outlook_print(const struct dro_out *out, const struct dro_outlook *o,
    struct dro_arena *arena, struct dro_err *err)
{
	const char *texts[DRO_FLOWS];
	struct dro_table *table;
	enum dro_population p;
	struct dro_flow flow;
	enum dro_flow_of of;
	enum dro_code code;
	size_t i;

	if (!o->forecast.known || o->from >= o->to)
		return (DRO_OK);
	if ((table = dro_table_create(6)) == NULL)
		return (dro_err_nomem(err));
	fputc('\n', out->fp);
	dro_table_row(table, "FORECAST", "RECEIVERS", "LEGITIMATE", "FORWARDED",
	    "UNDECIDED", "THREAT");
	for (i = o->from; i < o->to; i++)
		for (p = DRO_RFC7489; p <= DRO_RFC9989; p++) {
			if (o->forecast.share_ppm[p] == 0)
				continue;
			for (of = DRO_FLOW_LEGIT; of < DRO_FLOWS; of++) {
				flow = touched(o, &o->ladder->rungs[i], p, of);
				texts[of] = flow_text(&flow, arena);
			}
			dro_table_row(table, o->ladder->rungs[i].name,
			    dro_arena_printf(arena, "%s %lld%%", populations[p],
				(long long)(o->forecast.share_ppm[p] / 10000)),
			    texts[0], texts[1], texts[2], texts[3]);
		}
	code = dro_table_print(table, out, err);
	dro_table_destroy(table);
	if (code == DRO_OK)
		print_basis(out, o, arena);
	return (code);
}
