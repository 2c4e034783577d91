#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/date.h"

#include "ticket.h"

static const char *
status_name(enum dro_ticket_status status)
{
	static const char *const names[] = {
	    [DRO_TICKET_OPEN] = "open",
	    [DRO_TICKET_WITHDRAWN] = "withdrawn",
	    [DRO_TICKET_DONE] = "done",
	};

	return (names[status]);
}

static json_t *
time_json(int64_t t)
{
	char text[DRO_DATE_LEN];

	return (json_string(dro_date_format(t, text)));
}

/* Text that may quote anything; what is not UTF-8 is made safe. */
static json_t *
text_json(const char *text)
{
	struct dro_buf safe;
	json_t *out;

	if (text == NULL)
		return (json_null());
	if ((out = json_string(text)) != NULL)
		return (out);
	dro_buf_init(&safe, DRO_TICKET_MAX);
	dro_ticket_safe(&safe, text, strlen(text));
	out = json_string(safe.ptr != NULL && !safe.failed ? safe.ptr : NULL);
	dro_buf_finish(&safe);
	return (out);
}

/* The value as text; null if it is not UTF-8: then read the other form. */
static json_t *
value_json(const struct dro_value *value)
{
	json_t *out = json_stringn(value->ptr, value->len);

	return (out != NULL ? out : json_null());
}

static json_t *
presentation_json(enum dro_rrtype type, const struct dro_value *value)
{
	struct dro_buf text;
	json_t *out;

	dro_buf_init(&text, DRO_TICKET_MAX);
	dro_ticket_value(&text, type, value);
	out = json_string(text.failed ? NULL : text.ptr);
	dro_buf_finish(&text);
	return (out);
}

/* NULL when out of memory, which json_pack hands on. */
static json_t *
rrset_json(const struct dro_rrset *rrset)
{
	json_t *values, *presentation;
	size_t i;

	if (rrset->n == 0)
		return (json_null());
	values = json_array();
	presentation = json_array();
	for (i = 0; i < rrset->n; i++)
		if (json_array_append_new(
			values, value_json(&rrset->values[i])) != 0 ||
		    json_array_append_new(presentation,
			presentation_json(rrset->type, &rrset->values[i])) !=
			0) {
			json_decref(values);
			json_decref(presentation);
			return (NULL);
		}
	return (json_pack("{s:I, s:o, s:o}", "ttl", (json_int_t)rrset->ttl_s,
	    "values", values, "presentation", presentation));
}

enum dro_code
dro_ticket_json(
    const struct dro_ticket *t, struct dro_buf *out, struct dro_err *err)
{
	json_t *root;
	char *text;

	root = json_pack("{s:s, s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s,"
			 " s:o, s:{s:s, s:s}, s:o, s:o}",
	    "schema", "rollout.ticket/1", "op", (json_int_t)t->op, "domain",
	    t->domain, "status", status_name(t->status), "note",
	    text_json(t->status == DRO_TICKET_WITHDRAWN ? t->note : NULL),
	    "written_at", time_json(t->now), "decided_at",
	    time_json(t->decided_at), "wanted_until",
	    time_json(t->wanted_until), "from", text_json(t->from), "to", t->to,
	    "reason", text_json(t->reason), "rrset", "name", t->after->name,
	    "type", dro_rrtype_name(t->after->type), "before",
	    rrset_json(t->before), "after", rrset_json(t->after));
	text = root != NULL ? json_dumps(root, JSON_INDENT(1)) : NULL;
	json_decref(root);
	if (text == NULL)
		return (dro_err_nomem(err));
	dro_buf_adds(out, text);
	dro_buf_addc(out, '\n');
	free(text);
	return (dro_buf_check(out, "ticket", err));
}
