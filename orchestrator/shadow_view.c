#include <string.h>

#include "base/date.h"
#include "output/markdown.h"
#include "output/output.h"
#include "shadow_view.h"

/* Listed since: its reports are its own now. */
static bool
is_told(const struct dro_cmd *cmd, const struct dro_shadow *s)
{
	const struct dro_domain *dom;

	dom = dro_config_domain(&cmd->config, s->below);
	return (dom != NULL && dro_cmd_selected(cmd, dom) &&
	    dro_config_domain(&cmd->config, s->domain) == NULL);
}

enum dro_code
dro_shadows_find(struct dro_cmd *cmd, const char *below,
    struct dro_shadows *out, struct dro_err *err)
{
	const struct dro_shadow *all;
	enum dro_code code;
	size_t i, n;

	memset(out, 0, sizeof(*out));
	if (cmd->store == NULL)
		return (DRO_OK);
	code = dro_shadows_load(
	    cmd->store, below, cmd->now, cmd->arena, &all, &n, err);
	if (code != DRO_OK)
		return (code);
	out->items = dro_arena_alloc(cmd->arena, n, sizeof(*out->items));
	if (out->items == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < n; i++)
		if (is_told(cmd, &all[i]))
			out->items[out->n++] = &all[i];
	return (DRO_OK);
}

/* The finding as a sentence, without its end. */
static void
add_sentence(const struct dro_shadow *s, struct dro_buf *out)
{
	char at[DRO_DATE_LEN];

	dro_buf_addf(out, "%s has its own DMARC record", s->domain);
	if (s->p != NULL)
		dro_buf_addf(out, " with p=%s", s->p);
	dro_buf_addf(out,
	    " (%lld messages, last reported %.10s): it is not protected by "
	    "that of %s, and nobody moves it: list it, or remove its record",
	    (long long)s->messages, dro_date_format(s->last_end, at), s->below);
}

static void
add_line(const struct dro_shadow *s, const char *before,
    void (*add)(struct dro_buf *, const char *, size_t), struct dro_buf *out)
{
	struct dro_buf line;

	dro_buf_init(&line, out->ceiling);
	add_sentence(s, &line);
	out->failed = out->failed || line.failed;
	dro_buf_adds(out, before);
	if (line.ptr != NULL)
		add(out, line.ptr, line.len);
	dro_buf_addc(out, '\n');
	dro_buf_finish(&line);
}

void
dro_shadows_text(const struct dro_shadows *shadows, struct dro_buf *out)
{
	size_t i;

	for (i = 0; i < shadows->n; i++)
		add_line(shadows->items[i], "Not listed: ", dro_out_text, out);
}

void
dro_shadows_markdown(const struct dro_shadows *shadows, struct dro_buf *out)
{
	size_t i;

	if (shadows->n > 0)
		dro_buf_adds(out, "\n### Not listed\n\n");
	for (i = 0; i < shadows->n; i++)
		add_line(shadows->items[i], "- ", dro_md_text, out);
}

static json_t *
shadow_json(const struct dro_shadow *s)
{
	struct dro_buf text;
	json_t *o;

	dro_buf_init(&text, 4096);
	add_sentence(s, &text);
	o = json_pack("{s:s, s:s, s:o, s:I, s:o, s:o}", "domain", s->domain,
	    "below", s->below, "p", dro_json_text(s->p), "messages",
	    (json_int_t)s->messages, "last_reported",
	    dro_json_time(s->last_end), "text", dro_json_text(text.ptr));
	dro_buf_finish(&text);
	return (o);
}

json_t *
dro_shadows_json(const struct dro_shadows *shadows)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array != NULL && i < shadows->n; i++)
		if (json_array_append_new(
			array, shadow_json(shadows->items[i])) != 0) {
			json_decref(array);
			return (NULL);
		}
	return (array);
}
