#include <string.h>

#include "base/date.h"

#include "ticket.h"

/* Octets of one character-string, RFC 1035 3.3. */
#define STRING_MAX 255

static bool
is_printable(char c)
{
	return (c >= ' ' && c <= '~');
}

void
dro_ticket_safe(struct dro_buf *out, const char *ptr, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (is_printable(ptr[i]))
			dro_buf_addc(out, ptr[i]);
		else
			dro_buf_addf(out, "\\%03u", (unsigned char)ptr[i]);
}

/* One character-string in quotes. */
static void
add_string(struct dro_buf *out, const char *ptr, size_t len)
{
	size_t i;

	dro_buf_addc(out, '"');
	for (i = 0; i < len; i++) {
		if (ptr[i] == '"' || ptr[i] == '\\')
			dro_buf_addc(out, '\\');
		dro_ticket_safe(out, &ptr[i], 1);
	}
	dro_buf_addc(out, '"');
}

void
dro_ticket_value(
    struct dro_buf *out, enum dro_rrtype type, const struct dro_value *value)
{
	size_t at = 0, len;

	if (type != DRO_RR_TXT) {
		dro_ticket_safe(out, value->ptr, value->len);
		return;
	}
	do {
		len = value->len - at;
		if (len > STRING_MAX)
			len = STRING_MAX;
		if (at > 0)
			dro_buf_addc(out, ' ');
		add_string(out, value->ptr + at, len);
		at += len;
	} while (at < value->len);
}

/* What came of it goes first: nobody may begin and read that later. */
static void
add_status(const struct dro_ticket *t, struct dro_buf *out)
{
	char now[DRO_DATE_LEN];

	if (t->status == DRO_TICKET_DONE)
		dro_buf_addf(out,
		    "DONE %s: every name server shows it. Nothing is left to "
		    "do.\n\n",
		    dro_date_format(t->now, now));
	if (t->status != DRO_TICKET_WITHDRAWN)
		return;
	dro_buf_addf(out, "WITHDRAWN %s: ", dro_date_format(t->now, now));
	if (t->note != NULL)
		dro_ticket_safe(out, t->note, strlen(t->note));
	dro_buf_adds(out, "\nDo not make this change.\n\n");
}

static void
add_values(const struct dro_rrset *rrset, struct dro_buf *out)
{
	size_t i;

	dro_buf_adds(out, "\n");
	for (i = 0; i < rrset->n; i++) {
		dro_buf_adds(out, "    ");
		dro_ticket_value(out, rrset->type, &rrset->values[i]);
		dro_buf_adds(out, "\n");
	}
	dro_buf_adds(out, "\n");
}

static void
add_before(const struct dro_ticket *t, struct dro_buf *out)
{
	const struct dro_rrset *before = t->before;

	if (before->n == 0) {
		dro_buf_adds(out, "Now there is none.\n\n");
		return;
	}
	dro_buf_addf(out, "Now there %s, with a TTL of %u seconds:\n",
	    before->n == 1 ? "is one value" : "are these values",
	    before->ttl_s);
	add_values(before, out);
}

static void
add_after(const struct dro_ticket *t, struct dro_buf *out)
{
	const struct dro_rrset *after = t->after;

	if (after->n == 0) {
		dro_buf_adds(out,
		    "Afterwards there must be none: remove what is there.\n\n");
		return;
	}
	dro_buf_addf(out,
	    "Afterwards there must be exactly %s, with a TTL of %u "
	    "seconds:\n",
	    after->n == 1 ? "this value" : "these values", after->ttl_s);
	add_values(after, out);
	if (after->type == DRO_RR_TXT)
		dro_buf_adds(out,
		    "This is how zone files write it. Many panels want the "
		    "text without the\nquotes around it.\n\n");
}

static void
add_reason(const struct dro_ticket *t, struct dro_buf *out)
{
	dro_buf_addf(out, "Why: %s -> %s",
	    t->from != NULL ? t->from : "no record", t->to);
	if (t->reason != NULL && *t->reason != '\0') {
		dro_buf_adds(out, ": ");
		dro_ticket_safe(out, t->reason, strlen(t->reason));
	}
	dro_buf_adds(out, "\n\n");
}

void
dro_ticket_text(const struct dro_ticket *t, struct dro_buf *out)
{
	const char *name = t->after->name, *type;
	char until[DRO_DATE_LEN], at[DRO_DATE_LEN];

	type = dro_rrtype_name(t->after->type);
	add_status(t, out);
	dro_buf_addf(
	    out, "Change ticket %lld for %s\n\n", (long long)t->op, t->domain);
	dro_buf_addf(out,
	    "Decided %s, wanted until %s.\nPlease change one thing in DNS, "
	    "and nothing else:\n\n    name  %s\n    type  %s\n\n",
	    dro_date_format(t->decided_at, at),
	    dro_date_format(t->wanted_until, until), name, type);
	add_before(t, out);
	add_after(t, out);
	dro_buf_adds(out,
	    "If anything else is there now, leave it alone: the change was "
	    "decided for what\nis shown above.\n\n");
	add_reason(t, out);
	dro_buf_addf(out,
	    "To check, ask every name server of the zone:\n\n"
	    "    dig +norecurse +short %s %s @NAMESERVER\n\n"
	    "Nobody has to be told. The program looks at all name servers in "
	    "each run and goes\non when they show the change; it reminds of "
	    "this ticket and withdraws it when it is\nno longer wanted.\n\n"
	    "To say no:\n\n"
	    "    rollout pause %s --reason \"...\"\n",
	    type, name, t->domain);
}
