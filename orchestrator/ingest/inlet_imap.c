#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ingest/imap.h"
#include "ingest/imap_after.h"
#include "ingest/imap_text.h"
#include "ingest/inlet_imap.h"
#include "ingest/mail.h"
#include "inputs.h"

/*
 * UIDs asked for at a time: so many to begin with, more where they are
 * sparse.  An answer has a line of some 60 octets for each mail.
 */
#define WINDOW 128
#define WINDOW_MAX (INT64_C(1) << 24)
#define FEW 32
#define MANY 512
#define ANSWER_OCTETS ((size_t)1 << 20)

#define UID_MAX INT64_C(0xffffffff)

#define PLACE_OCTETS ((size_t)8 << 10)
#define COMMAND_OCTETS ((size_t)8 << 10)

struct mailbox {
	const struct dro_report_source *source;
	struct dro_store *store;
	int64_t now;
	dro_inlet_say_fn *say;
	struct dro_imap *imap; /* NULL before the first next */
	struct dro_buf key; /* what the store knows it by */
	struct dro_buf again_key; /* and the mails that come a second time */
	bool read_only; /* it takes no flags */
	int64_t uidvalidity, uidnext, messages;
	int64_t window, width; /* the next UID to ask about, and how many */
	struct dro_buf answer, place, octets;
	struct dro_imap_item *items; /* of the last window */
	size_t n, i;
	int64_t saved; /* all up to this UID is done, as the store knows */
	int64_t passed; /* the last UID that was handed out or refused */
	int64_t settled; /* the last UID that was */
	uint64_t out; /* handed out, not settled */
	size_t n_settled; /* since the store was told */
	/*
	 * Mails whose reader died come again in the next run, and not for
	 * ever: a mail that always kills would have all behind it read anew
	 * each time.
	 */
	int64_t again; /* those up to this UID have had their second time */
	int64_t first_failed, last_failed; /* in this run, above it; or 0 */
	struct dro_imap_after after;
};

/* ---- opening it */

static enum dro_code
broken_answer(const struct mailbox *m, const char *what, struct dro_err *err)
{
	return (dro_err_set(err, DRO_EREMOTE,
	    "%s: the server's answer to %s is not understood",
	    dro_imap_url(m->imap), what));
}

/* What the mailbox holds now. */
static enum dro_code
look(struct mailbox *m, struct dro_err *err)
{
	const struct dro_imap_how none = {0};
	struct dro_buf command;
	enum dro_code code;
	const char *a;

	dro_buf_init(&command, COMMAND_OCTETS);
	dro_buf_adds(&command, "STATUS ");
	dro_imap_quote(dro_imap_mailbox_name(m->imap), &command);
	dro_buf_adds(&command, " (MESSAGES UIDNEXT UIDVALIDITY)");
	if ((code = dro_buf_check(&command, "IMAP command", err)) == DRO_OK)
		code = dro_imap_do(
		    m->imap, none, &m->answer, err, "%s", command.ptr);
	dro_buf_finish(&command);
	if (code == DRO_EINVAL && err != NULL)
		err->code = DRO_ENOTFOUND; /* refused: no such mailbox */
	if (code != DRO_OK)
		return (code);
	a = m->answer.ptr != NULL ? m->answer.ptr : "";
	if (!dro_imap_number(a, "UIDVALIDITY", &m->uidvalidity) ||
	    !dro_imap_number(a, "UIDNEXT", &m->uidnext) ||
	    !dro_imap_number(a, "MESSAGES", &m->messages) ||
	    m->uidvalidity <= 0 || m->uidvalidity > UID_MAX ||
	    m->uidnext > UID_MAX)
		return (broken_answer(m, "STATUS", err));
	return (DRO_OK);
}

/* Begin behind what earlier runs have done. */
static enum dro_code
resume(struct mailbox *m, struct dro_err *err)
{
	struct dro_mailbox box;
	enum dro_code code;

	if ((code = dro_mailbox_load(m->store, m->key.ptr, &box, err)) !=
	    DRO_OK)
		return (code);
	if (box.uidvalidity == m->uidvalidity)
		m->saved = box.uid;
	else if (box.uidvalidity != 0)
		m->say("%s: the mailbox was made anew (UIDVALIDITY %lld, was "
		       "%lld); it is read from its start, and no report "
		       "counts twice",
		    dro_imap_url(m->imap), (long long)m->uidvalidity,
		    (long long)box.uidvalidity);
	if ((code = dro_mailbox_load(m->store, m->again_key.ptr, &box, err)) !=
	    DRO_OK)
		return (code);
	if (box.uidvalidity == m->uidvalidity)
		m->again = box.uid;
	m->passed = m->settled = m->saved;
	m->window = m->saved + 1;
	m->width = WINDOW;
	return (DRO_OK);
}

static enum dro_code
begin(struct mailbox *m, struct dro_err *err)
{
	const struct dro_imap_conf *conf = &m->source->imap;
	enum dro_code code;

	if ((code = dro_imap_create(conf, &m->imap, err)) != DRO_OK)
		return (code);
	/* Under one name may stand another mailbox tomorrow. */
	dro_buf_addf(&m->key, "%s %s as %s", m->source->name,
	    dro_imap_url(m->imap), conf->user);
	dro_buf_addf(&m->again_key, "again: %s", m->key.ptr);
	if ((code = dro_buf_check(&m->again_key, "name of a mailbox", err)) !=
		DRO_OK ||
	    (code = look(m, err)) != DRO_OK ||
	    (code = dro_imap_after_init(&m->after, m->imap, m->uidvalidity,
		 &m->source->after, m->say, err)) != DRO_OK)
		return (code);
	return (resume(m, err));
}

/* ---- reading */

/* List the mails of the next window of UIDs. */
static enum dro_code
list(struct mailbox *m, struct dro_err *err)
{
	const struct dro_imap_how how = {.uidvalidity = m->uidvalidity};
	int64_t last = m->window + m->width - 1;
	enum dro_code code;

	free(m->items);
	m->items = NULL;
	m->n = m->i = 0;
	if (last >= m->uidnext)
		last = m->uidnext - 1;
	code = dro_imap_do(m->imap, how, &m->answer, err,
	    "UID FETCH %lld:%lld (UID FLAGS RFC822.SIZE)", (long long)m->window,
	    (long long)last);
	if (code == DRO_ELIMIT && m->width > 1) {
		m->width = m->width / 8 + 1;
		return (list(m, err));
	}
	if (code != DRO_OK)
		return (code);
	code = dro_imap_items(m->answer.ptr != NULL ? m->answer.ptr : "",
	    m->answer.len, m->window, last, &m->items, &m->n, err);
	m->window = last + 1;
	if (m->n < FEW && m->width < WINDOW_MAX)
		m->width *= 4;
	else if (m->n > MANY && m->width > WINDOW)
		m->width /= 4;
	return (code);
}

/* ${why} belongs into ${err} if nothing mends it. */
static enum dro_code
pass_on(enum dro_code code, const struct dro_err *why, struct dro_err *err)
{
	if (code != DRO_OK && err != NULL)
		*err = *why;
	return (code);
}

/* Take the flag away that reading a mail may have set. */
static enum dro_code
unsee(struct mailbox *m, const struct dro_imap_item *item, struct dro_err *err)
{
	const struct dro_imap_how how = {
	    .uidvalidity = m->uidvalidity, .changes = true};
	enum dro_code code;
	struct dro_err why;

	if (item->seen || m->read_only)
		return (DRO_OK);
	code = dro_imap_do(m->imap, how, NULL, &why,
	    "UID STORE %lld -FLAGS.SILENT (\\Seen)", (long long)item->uid);
	if (code != DRO_EINVAL)
		return (pass_on(code, &why, err));

	/* A mailbox that takes no flags has set none either. */
	m->read_only = true;
	return (DRO_OK);
}

enum fetched { FETCHED, GONE, TOO_LARGE };

/* What became of a mail that was listed and now is nowhere. */
static enum dro_code
look_for_gone(struct mailbox *m, struct dro_err *err)
{
	int64_t was = m->uidvalidity;
	enum dro_code code = look(m, err);

	if (code != DRO_OK || m->uidvalidity == was)
		return (code);
	return (dro_err_set(err, DRO_EREMOTE,
	    "%s: the mailbox was made anew during the run (UIDVALIDITY %lld, "
	    "was %lld); run again",
	    dro_imap_url(m->imap), (long long)m->uidvalidity, (long long)was));
}

/* One mail; somebody may take it away, and servers lie about sizes. */
static enum dro_code
fetch(struct mailbox *m, const struct dro_imap_item *item, enum fetched *how,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_err why;
	bool flagged;

	*how = FETCHED;
	if (item->size > (int64_t)DRO_MAIL_MAX) {
		*how = TOO_LARGE;
		return (DRO_OK);
	}
	code = dro_imap_fetch(
	    m->imap, m->uidvalidity, item->uid, &m->octets, &flagged, &why);
	if (code == DRO_ENOTFOUND) {
		*how = GONE;
		return (look_for_gone(m, err));
	}
	if (code == DRO_ELIMIT)
		*how = TOO_LARGE;
	else if (code != DRO_OK)
		return (pass_on(code, &why, err));
	return (flagged ? unsee(m, item, err) : DRO_OK);
}

static void
refuse(struct mailbox *m, const struct dro_imap_item *item,
    void (*refused)(void *, const char *, const struct dro_refused *),
    void *arg)
{
	struct dro_refused why = {DRO_REFUSE_NONE, ""};

	dro_refused_set(&why, DRO_REFUSE_INPUT_SIZE,
	    "the mail has %lld octets as listed; at most %zu are read",
	    (long long)item->size, DRO_MAIL_MAX);
	refused(arg, m->place.ptr, &why);
}

/* The next mail that is listed, asking for more as long as there may be. */
static enum dro_code
next_item(
    struct mailbox *m, const struct dro_imap_item **out, struct dro_err *err)
{
	enum dro_code code;

	*out = NULL;
	while (m->i == m->n) {
		if (m->window >= m->uidnext)
			return (DRO_OK);
		if ((code = list(m, err)) != DRO_OK)
			return (code);
	}
	*out = &m->items[m->i++];

	dro_buf_reset(&m->place);
	dro_buf_addf(&m->place, "%s;UIDVALIDITY=%lld;UID=%lld",
	    dro_imap_url(m->imap), (long long)m->uidvalidity,
	    (long long)(*out)->uid);
	return (dro_buf_check(&m->place, "path of a mail", err));
}

static enum dro_code save(struct mailbox *, struct dro_err *);

static enum dro_code
next(void *ctx, struct dro_input *out,
    void (*refused)(void *, const char *, const struct dro_refused *),
    void *arg, struct dro_err *err)
{
	struct mailbox *m = ctx;
	const struct dro_imap_item *item;
	enum dro_code code = DRO_OK;
	enum fetched how;

	memset(out, 0, sizeof(*out));
	if (m->imap == NULL)
		code = begin(m, err);
	while (code == DRO_OK && (code = next_item(m, &item, err)) == DRO_OK &&
	    item != NULL) {
		if ((code = fetch(m, item, &how, err)) != DRO_OK)
			break;
		m->passed = item->uid;

		if (how == TOO_LARGE)
			refuse(m, item, refused, arg);
		if (how != FETCHED)
			continue;
		out->path = m->place.ptr;
		out->mail = true;
		out->ptr = m->octets.ptr != NULL ? m->octets.ptr : "";
		out->len = m->octets.len;
		out->token = (uint64_t)item->uid;
		m->out++;
		return (DRO_OK);
	}
	/* What was refused or gone at the end is passed for good. */
	if (code == DRO_OK && m->out == 0)
		code = save(m, err);
	return (code);
}

static uint64_t
total(void *ctx)
{
	const struct mailbox *m = ctx;

	/* How many of them are new only the server knows. */
	return (m->saved == 0 ? (uint64_t)m->messages : 0);
}

/* ---- settling */

/* Store how far it is, up to ${uid}. */
static enum dro_code
note(struct mailbox *m, int64_t uid, struct dro_err *err)
{
	const struct dro_mailbox box = {m->uidvalidity, uid},
				 again = {m->uidvalidity, m->last_failed};
	enum dro_code code;

	if (m->last_failed > m->again) {
		code = dro_mailbox_save(
		    m->store, m->again_key.ptr, &again, m->now, err);
		if (code != DRO_OK)
			return (code);
		m->again = m->last_failed;
	}
	if (uid <= m->saved)
		return (DRO_OK);
	code = dro_mailbox_save(m->store, m->key.ptr, &box, m->now, err);
	if (code == DRO_OK)
		m->saved = uid;
	return (code);
}

/* Tell the server first: what it did not hear of is read again. */
static enum dro_code
save(struct mailbox *m, struct dro_err *err)
{
	int64_t uid = m->out == 0 ? m->passed : m->settled;
	enum dro_code code;

	m->n_settled = 0;
	if ((code = dro_imap_after_flush(&m->after, err)) != DRO_OK)
		return (code);
	if (m->first_failed > 0 && uid >= m->first_failed)
		uid = m->first_failed - 1;
	return (note(m, uid, err));
}

static void
failed(struct mailbox *m, int64_t uid)
{
	if (uid <= m->again)
		return;
	if (m->first_failed == 0)
		m->first_failed = uid;
	m->last_failed = uid;
}

static enum dro_code
settle(void *ctx, uint64_t token, enum dro_settled how, struct dro_err *err)
{
	struct mailbox *m = ctx;

	assert(m->out > 0 && (int64_t)token > m->settled);
	dro_imap_after_add(&m->after, (int64_t)token, how);
	if (how == DRO_SETTLED_FAILED)
		failed(m, (int64_t)token);
	m->settled = (int64_t)token;
	m->out--;
	m->n_settled++;
	if (m->n_settled == DRO_IMAP_BATCH || m->out == 0)
		return (save(m, err));
	return (DRO_OK);
}

static void
finish(void *ctx)
{
	struct mailbox *m = ctx;

	dro_imap_destroy(m->imap);
	dro_buf_finish(&m->key);
	dro_buf_finish(&m->again_key);
	dro_buf_finish(&m->answer);
	dro_buf_finish(&m->place);
	dro_buf_finish(&m->octets);
	free(m->items);
	free(m);
}

enum dro_code
dro_inlet_imap(const struct dro_report_source *source, struct dro_store *store,
    int64_t now, dro_inlet_say_fn *say, struct dro_inlet *out,
    struct dro_err *err)
{
	struct mailbox *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return (dro_err_nomem(err));
	m->source = source;
	m->store = store;
	m->now = now;
	m->say = say;
	dro_buf_init(&m->key, COMMAND_OCTETS);
	dro_buf_init(&m->again_key, COMMAND_OCTETS);
	dro_buf_init(&m->answer, ANSWER_OCTETS);
	dro_buf_init(&m->place, PLACE_OCTETS);
	dro_buf_init(&m->octets, DRO_MAIL_MAX);
	*out = (struct dro_inlet){m, next, settle, total, finish};
	return (DRO_OK);
}
