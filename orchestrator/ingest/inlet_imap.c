#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ingest/imap.h"
#include "ingest/imap_after.h"
#include "ingest/imap_shelf.h"
#include "ingest/inlet_imap.h"
#include "ingest/mail.h"
#include "inputs.h"

#define NAME_OCTETS ((size_t)8 << 10)

struct mailbox {
	const struct dro_report_source *source;
	struct dro_store *store;
	int64_t now;
	dro_inlet_say_fn *say;
	struct dro_imap_shelf shelf; /* no imap before the first next */
	struct dro_buf key; /* what the store knows it by */
	struct dro_buf again_key; /* and the mails that come a second time */
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

/* Begin behind what earlier runs have done. */
static enum dro_code
resume(struct mailbox *m, struct dro_err *err)
{
	struct dro_mailbox box;
	enum dro_code code;

	if ((code = dro_mailbox_load(m->store, m->key.ptr, &box, err)) !=
	    DRO_OK)
		return (code);
	if (box.uidvalidity == m->shelf.uidvalidity)
		m->saved = box.uid;
	else if (box.uidvalidity != 0)
		m->say("%s: the mailbox was made anew (UIDVALIDITY %lld, was "
		       "%lld); it is read from its start, and no report "
		       "counts twice",
		    dro_imap_url(m->shelf.imap),
		    (long long)m->shelf.uidvalidity,
		    (long long)box.uidvalidity);
	if ((code = dro_mailbox_load(m->store, m->again_key.ptr, &box, err)) !=
	    DRO_OK)
		return (code);
	if (box.uidvalidity == m->shelf.uidvalidity)
		m->again = box.uid;
	m->passed = m->settled = m->saved;
	dro_imap_shelf_from(&m->shelf, m->saved + 1);
	return (DRO_OK);
}

static enum dro_code
begin(struct mailbox *m, struct dro_err *err)
{
	const struct dro_imap_conf *conf = &m->source->imap;
	enum dro_code code;

	if ((code = dro_imap_create(conf, &m->shelf.imap, err)) != DRO_OK)
		return (code);
	/* Under one name may stand another mailbox tomorrow. */
	dro_buf_addf(&m->key, "%s %s as %s", m->source->name,
	    dro_imap_url(m->shelf.imap), conf->user);
	dro_buf_addf(&m->again_key, "again: %s", m->key.ptr);
	if ((code = dro_buf_check(&m->again_key, "name of a mailbox", err)) !=
		DRO_OK ||
	    (code = dro_imap_shelf_look(&m->shelf, err)) != DRO_OK ||
	    (code = dro_imap_after_init(&m->after, m->shelf.imap,
		 m->shelf.uidvalidity, &m->source->after, m->say, err)) !=
		DRO_OK)
		return (code);
	return (resume(m, err));
}

/* ---- reading */

static void
refuse(struct mailbox *m, const struct dro_imap_item *item,
    void (*refused)(void *, const char *, const struct dro_refused *),
    void *arg)
{
	struct dro_refused why = {DRO_REFUSE_NONE, ""};

	dro_refused_set(&why, DRO_REFUSE_INPUT_SIZE,
	    "the mail has %lld octets as listed; at most %zu are read",
	    (long long)item->size, DRO_MAIL_MAX);
	refused(arg, m->shelf.place.ptr, &why);
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
	enum dro_imap_fetched how;

	memset(out, 0, sizeof(*out));
	if (m->shelf.imap == NULL)
		code = begin(m, err);
	while (code == DRO_OK &&
	    (code = dro_imap_shelf_next(&m->shelf, &item, err)) == DRO_OK &&
	    item != NULL) {
		if ((code = dro_imap_shelf_fetch(&m->shelf, item, &how, err)) !=
		    DRO_OK)
			break;
		m->passed = item->uid;

		if (how == DRO_IMAP_TOO_LARGE)
			refuse(m, item, refused, arg);
		if (how != DRO_IMAP_FETCHED)
			continue;
		out->path = m->shelf.place.ptr;
		out->mail = true;
		out->ptr =
		    m->shelf.octets.ptr != NULL ? m->shelf.octets.ptr : "";
		out->len = m->shelf.octets.len;
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
	return (m->saved == 0 ? (uint64_t)m->shelf.messages : 0);
}

/* ---- settling */

/* Store how far it is, up to ${uid}. */
static enum dro_code
note(struct mailbox *m, int64_t uid, struct dro_err *err)
{
	const struct dro_mailbox box = {m->shelf.uidvalidity, uid},
				 again = {m->shelf.uidvalidity, m->last_failed};
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

	dro_imap_destroy(m->shelf.imap);
	dro_buf_finish(&m->key);
	dro_buf_finish(&m->again_key);
	dro_imap_shelf_finish(&m->shelf);
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
	dro_buf_init(&m->key, NAME_OCTETS);
	dro_buf_init(&m->again_key, NAME_OCTETS);
	dro_imap_shelf_init(&m->shelf);
	*out = (struct dro_inlet){m, next, settle, total, finish};
	return (DRO_OK);
}
