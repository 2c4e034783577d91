#include <stdio.h>
#include <string.h>

#include "printer.h"

/* Events shown to people, and the word that begins their line. */
static const struct {
	const char *event;
	const char *word;
	bool always; /* also with --scheduled: somebody should look */
} shown[] = {
    {"operation.verified", "ok", true},
    {"operation.verifying", "wait", true},
    {"operation.failed", "fail", true},
    {"operation.unknown", "fail", true},
    {"operation.conflict", "fail", true},
    {"operation.abandoned", "note", true},
    {"ticket.out", "hand", true},
    {"ticket.reminder", "hand", true},
    {"ticket.failed", "fail", true},
    {"domain.unknown", "fail", true},
    {"domain.drifted", "drift", true},
    {"domain.edited", "note", true},
    {"domain.broken", "dns", true},
    {"domain.mended", "dns", true},
    {"domain.adopted", "new", false},
    {"domain.waits", "hold", false},
    {"domain.done", "done", false},
    {"plan.stale", "stale", true},
    {"plan.absent", "hold", false},
    {"plan.done", "done", false},
};

static void
print_json(struct dro_printer *p, const struct dro_happening *h)
{
	json_t *o = json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:o}", "schema",
	    "rollout.event/1", "t", dro_json_time(p->cmd->now), "event",
	    h->event, "domain", dro_json_text(h->domain), "from",
	    dro_json_text(h->from), "to", dro_json_text(h->to), "text",
	    dro_json_text(h->text));

	if (o != NULL && h->op != 0)
		(void)json_object_set_new(
		    o, "op", json_integer((json_int_t)h->op));
	if (o != NULL && h->servers > 0) {
		(void)json_object_set_new(
		    o, "servers", json_integer((json_int_t)h->servers));
		(void)json_object_set_new(
		    o, "servers_ok", json_integer((json_int_t)h->serving));
	}
	if (dro_json_line(&p->cmd->out, o, &p->err) != DRO_OK)
		p->failed = true;
}

static void
print_text(struct dro_printer *p, const struct dro_happening *h)
{
	struct dro_buf line;
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(shown); i++)
		if (strcmp(shown[i].event, h->event) == 0)
			break;
	if (i == DRO_ARRAY_LEN(shown) ||
	    (p->cmd->opt.scheduled && !shown[i].always))
		return;
	dro_buf_init(&line, 8192);
	dro_buf_addf(&line, "%-5s %s", shown[i].word, h->domain);
	if (h->to != NULL)
		dro_buf_addf(&line, "  %s -> %s",
		    h->from != NULL ? h->from : "no record", h->to);
	if (h->servers > 0)
		dro_buf_addf(
		    &line, "  %zu of %zu name servers", h->serving, h->servers);
	if (h->text != NULL && *h->text != '\0') {
		dro_buf_adds(&line, "  ");
		dro_out_text(&line, h->text, strlen(h->text));
	}
	fprintf(p->cmd->out.fp, "%s\n", line.ptr != NULL ? line.ptr : "");
	dro_buf_finish(&line);
}

void
dro_printer_happen(void *arg, const struct dro_happening *what)
{
	struct dro_printer *p = arg;

	if (p->cmd->opt.json)
		print_json(p, what);
	else
		print_text(p, what);
}
