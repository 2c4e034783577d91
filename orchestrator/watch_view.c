#include <string.h>

#include "watch_view.h"

#define LINE_MAX_LEN ((size_t)64 << 10)

static void
add_text(struct dro_buf *line, const char *text)
{
	dro_out_text(line, text, strlen(text));
}

static void
add_finding(
    struct dro_buf *out, const struct dro_watch_finding *f, const char *domain)
{
	dro_buf_adds(out, f->accepted ? "Taken as right: " : "Missing: ");
	add_text(out, f->text);
	if (!f->accepted)
		dro_buf_addf(out,
		    "\n         %s; if it is meant: rollout approve %s "
		    "--reason TEXT",
		    f->remedy, domain);
	dro_buf_addc(out, '\n');
}

/* Receivers cannot use it, or it names more than its owner can mean. */
static void
add_spf(struct dro_buf *out, const struct dro_spf *spf)
{
	const char *why;
	size_t i;

	if (spf->error != NULL) {
		dro_buf_adds(out, "SPF:  receivers cannot use the record: ");
		add_text(out, spf->error);
		dro_buf_addc(out, '\n');
	}
	for (i = 0; i < spf->n_nets; i++) {
		if ((why = dro_spf_vague(&spf->nets[i].net)) == NULL)
			continue;
		dro_buf_adds(out, "SPF:  ");
		add_text(out, spf->nets[i].term->text);
		dro_buf_addf(
		    out, " proves nothing about who sends (%s)\n", why);
	}
}

void
dro_watch_print(struct dro_out *out, const struct dro_exam *exam)
{
	const struct dro_decision *d = &exam->decision;
	/* The reason of the decision tells the first. */
	bool told = d->code == NULL || strcmp(d->code, "watch") != 0;
	struct dro_buf text;
	size_t i;

	dro_buf_init(&text, LINE_MAX_LEN);
	for (i = 0; i < d->findings.n; i++) {
		const struct dro_watch_finding *f = &d->findings.items[i];

		if (f->accepted || told)
			add_finding(&text, f, exam->dom->domain);
		told = told || !f->accepted;
	}
	if (exam->facts.spf != NULL)
		add_spf(&text, exam->facts.spf);
	if (text.len > 0)
		fputs(text.ptr, out->fp);
	dro_buf_finish(&text);
}

static json_t *
includes_json(const struct dro_spf *spf)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < spf->n_includes; i++)
		(void)json_array_append_new(
		    array, dro_json_text(spf->includes[i]));
	return (array);
}

static json_t *
nets_json(const struct dro_spf *spf)
{
	json_t *array = json_array();
	char text[DRO_NET_LEN];
	size_t i;

	for (i = 0; i < spf->n_nets; i++) {
		const struct dro_spf_net *n = &spf->nets[i];
		const char *why = dro_spf_vague(&n->net);

		(void)json_array_append_new(array,
		    json_pack("{s:s, s:o, s:b, s:o}", "network",
			dro_net_text(&n->net, text), "term",
			dro_json_text(n->term->text), "proves", why == NULL,
			"why", dro_json_text(why)));
	}
	return (array);
}

json_t *
dro_watch_spf_json(const struct dro_spf *spf)
{
	if (spf == NULL)
		return (json_null());
	return (json_pack("{s:o, s:o, s:o, s:o}", "record",
	    dro_json_text(spf->record), "error", dro_json_text(spf->error),
	    "networks", nets_json(spf), "includes", includes_json(spf)));
}
