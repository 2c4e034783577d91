#include <string.h>

#include "apply/ticket.h"
#include "base/date.h"

bool
dro_by_hand(const struct dro_account *account)
{
	return (account != NULL &&
	    (account->provider->caps & DRO_CAP_BY_HAND) != 0);
}

/* The account that ${op} went to, if a person makes its changes. */
static const struct dro_account *
account_of(const struct dro_session *session, const struct dro_op *op)
{
	const struct dro_config *config = session->config;
	size_t i;

	for (i = 0; i < config->n_accounts && op->account != NULL; i++)
		if (strcmp(config->accounts[i].name, op->account) == 0)
			return (dro_by_hand(&config->accounts[i])
				? &config->accounts[i]
				: NULL);
	return (NULL);
}

bool
dro_is_ticket(const struct dro_session *session, const struct dro_op *op)
{
	return (account_of(session, op) != NULL);
}

/* When the ticket was made; an operation just begun has no time yet. */
static int64_t
made_at(const struct dro_session *session, const struct dro_op *op)
{
	return (op->intent_at != 0 ? op->intent_at : session->now);
}

static void
terms_of(const struct dro_account *account, const struct dro_op *op,
    struct dro_ticket_terms *out)
{
	account->provider->terms(&account->conf, op->domain, op->id, out);
}

static enum dro_code
write_ticket(struct dro_session *session, const struct dro_op *op,
    enum dro_ticket_status status, const char *note, struct dro_err *err)
{
	const struct dro_account *account = account_of(session, op);
	struct dro_ticket ticket = {.domain = op->domain,
	    .op = op->id,
	    .from = op->from,
	    .to = op->to,
	    .reason = op->reason,
	    .before = &op->before,
	    .after = &op->after,
	    .decided_at = made_at(session, op),
	    .status = status,
	    .now = session->now,
	    .note = note};
	struct dro_ticket_terms terms;
	struct dro_opened *opened;
	enum dro_code code;

	terms_of(account, op, &terms);
	ticket.wanted_until = ticket.decided_at + terms.expire_s;
	code = dro_session_account(session, account, &opened, err);
	if (code != DRO_OK)
		return (code);
	return (account->provider->ticket(opened->ctx, &ticket, err));
}

enum dro_code
dro_ticket_out(
    struct dro_session *session, const struct dro_op *op, struct dro_err *err)
{
	return (write_ticket(session, op, DRO_TICKET_OPEN, NULL, err));
}

/* A line about the ticket: told, and kept in the history. */
static enum dro_code
note(struct dro_session *session, const struct dro_op *op, const char *event,
    const char *kind, const struct dro_buf *text, struct dro_err *err)
{
	enum dro_code code;

	if ((code = dro_buf_check(text, "ticket", err)) != DRO_OK)
		return (code);
	code =
	    dro_op_note(session->store, op, kind, text->ptr, session->now, err);
	if (code == DRO_OK)
		dro_session_tell_op(session, event, op, text->ptr);
	return (code);
}

enum dro_code
dro_ticket_told(
    struct dro_session *session, const struct dro_op *op, struct dro_err *err)
{
	struct dro_ticket_terms terms;
	char until[DRO_DATE_LEN];
	struct dro_buf text;
	enum dro_code code;

	terms_of(account_of(session, op), op, &terms);
	dro_buf_init(&text, 2 * sizeof(terms.path));
	dro_buf_addf(&text, "for a person to change: %s, wanted until %s",
	    terms.path,
	    dro_date_format(made_at(session, op) + terms.expire_s, until));
	code = note(session, op, "ticket.out", "ticket", &text, err);
	dro_buf_finish(&text);
	return (code);
}

void
dro_ticket_end(struct dro_session *session, const struct dro_op *op,
    enum dro_ticket_status status, const char *note)
{
	struct dro_err err;

	/* Before it is sending nothing has been written. */
	if (op->state < DRO_OP_SENDING || !dro_is_ticket(session, op) ||
	    write_ticket(session, op, status, note, &err) == DRO_OK)
		return;
	dro_err_context(&err, "the ticket still says that it is wanted");
	dro_session_tell_op(session, "ticket.failed", op, err.msg);
}

enum dro_code
dro_ticket_look(struct dro_session *session, const struct dro_rrset *like,
    struct dro_arena *arena, struct dro_live *out, struct dro_err *err)
{
	struct dro_sight sight = {0};
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	dro_rrset_init(&out->rrset, like->name, like->type);
	code = dro_dns_look(
	    session->dns, like->name, like->type, arena, &sight, err);
	if (code == DRO_OK) {
		dro_dns_live(&sight, arena, out);
		return (DRO_OK);
	}
	if (code == DRO_ENOMEM)
		return (code);
	out->detail = dro_arena_strdup(arena, err->msg);
	return (out->detail == NULL ? dro_err_nomem(err) : DRO_OK);
}

enum dro_code
dro_ticket_held(struct dro_session *session, const struct dro_rrset *like,
    struct dro_arena *arena, struct dro_rrset *out, struct dro_err *err)
{
	struct dro_live live;
	enum dro_code code;

	code = dro_ticket_look(session, like, arena, &live, err);
	if (code != DRO_OK)
		return (code);
	*out = live.rrset;
	if (live.status == DRO_LIVE_OK)
		return (DRO_OK);
	return (dro_err_set(err, DRO_EREMOTE, "%s",
	    live.detail != NULL ? live.detail : "name servers are not clear"));
}

enum dro_code
dro_ticket_expired(struct dro_session *session, const struct dro_op *op,
    struct dro_arena *arena, const char **why, struct dro_err *err)
{
	const int64_t age = session->now - made_at(session, op);
	struct dro_ticket_terms terms;

	*why = NULL;
	terms_of(account_of(session, op), op, &terms);
	if (age < terms.expire_s)
		return (DRO_OK);
	*why = dro_arena_printf(arena,
	    "ticket expired: nobody made the change in %lld days",
	    (long long)(age / DRO_DAY_S));
	return (*why == NULL ? dro_err_nomem(err) : DRO_OK);
}

static enum dro_code
remind(struct dro_session *session, const struct dro_op *op,
    const struct dro_ticket_terms *terms, struct dro_err *err)
{
	const int64_t made = made_at(session, op);
	char until[DRO_DATE_LEN];
	struct dro_buf text;
	enum dro_code code;

	dro_buf_init(&text, 2 * sizeof(terms->path));
	dro_buf_addf(&text,
	    "nobody made the change in %lld days: %s, wanted until %s",
	    (long long)((session->now - made) / DRO_DAY_S), terms->path,
	    dro_date_format(made + terms->expire_s, until));
	code = note(session, op, "ticket.reminder", "reminder", &text, err);
	dro_buf_finish(&text);
	return (code);
}

enum dro_code
dro_ticket_remind(struct dro_session *session, const struct dro_domain *dom,
    struct dro_arena *arena, struct dro_err *err)
{
	struct dro_ticket_terms terms;
	int64_t made, last;
	enum dro_code code;
	struct dro_op op;

	code = dro_op_open(session->store, dom->domain, arena, &op, err);
	if (code != DRO_OK || !dro_is_ticket(session, &op))
		return (code == DRO_ENOTFOUND ? DRO_OK : code);
	code = dro_op_noted(session->store, &op, "reminder", &last, err);
	if (code != DRO_OK)
		return (code);
	made = made_at(session, &op);
	if (last < made)
		last = made;
	terms_of(account_of(session, &op), &op, &terms);
	/* One for each full interval, however often somebody looks. */
	if ((session->now - made) / terms.remind_s <=
	    (last - made) / terms.remind_s)
		return (DRO_OK);
	return (remind(session, &op, &terms, err));
}

const char *
dro_ticket_reason(const struct dro_session *session, const struct dro_op *op,
    struct dro_arena *arena)
{
	const int64_t days = (session->now - made_at(session, op)) / DRO_DAY_S;
	struct dro_ticket_terms terms;

	terms_of(account_of(session, op), op, &terms);
	if (days < 1)
		return (dro_arena_printf(arena,
		    "waits for a person since today (ticket %s)", terms.path));
	return (dro_arena_printf(arena,
	    "waits for a person since %lld day%s (ticket %s)", (long long)days,
	    days == 1 ? "" : "s", terms.path));
}
