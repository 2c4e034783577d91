#include <stdlib.h>
#include <string.h>

#include "ingest/imap_shelf.h"
#include "ingest/mail.h"

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

void
dro_imap_shelf_init(struct dro_imap_shelf *s)
{
	dro_buf_init(&s->answer, ANSWER_OCTETS);
	dro_buf_init(&s->place, PLACE_OCTETS);
	dro_buf_init(&s->octets, DRO_MAIL_MAX);
}

void
dro_imap_shelf_finish(struct dro_imap_shelf *s)
{
	dro_buf_finish(&s->answer);
	dro_buf_finish(&s->place);
	dro_buf_finish(&s->octets);
	free(s->items);
}

void
dro_imap_shelf_from(struct dro_imap_shelf *s, int64_t uid)
{
	s->window = uid;
	s->width = WINDOW;
}

static enum dro_code
broken_answer(
    const struct dro_imap_shelf *s, const char *what, struct dro_err *err)
{
	return (dro_err_set(err, DRO_EREMOTE,
	    "%s: the server's answer to %s is not understood",
	    dro_imap_url(s->imap), what));
}

/* What the mailbox holds now. */
enum dro_code
dro_imap_shelf_look(struct dro_imap_shelf *s, struct dro_err *err)
{
	const struct dro_imap_how none = {0};
	struct dro_buf command;
	enum dro_code code;
	const char *a;

	dro_buf_init(&command, COMMAND_OCTETS);
	dro_buf_adds(&command, "STATUS ");
	dro_imap_quote(dro_imap_mailbox_name(s->imap), &command);
	dro_buf_adds(&command, " (MESSAGES UIDNEXT UIDVALIDITY)");
	if ((code = dro_buf_check(&command, "IMAP command", err)) == DRO_OK)
		code = dro_imap_do(
		    s->imap, none, &s->answer, err, "%s", command.ptr);
	dro_buf_finish(&command);
	if (code == DRO_EINVAL && err != NULL)
		err->code = DRO_ENOTFOUND; /* refused: no such mailbox */
	if (code != DRO_OK)
		return (code);
	a = s->answer.ptr != NULL ? s->answer.ptr : "";
	if (!dro_imap_number(a, "UIDVALIDITY", &s->uidvalidity) ||
	    !dro_imap_number(a, "UIDNEXT", &s->uidnext) ||
	    !dro_imap_number(a, "MESSAGES", &s->messages) ||
	    s->uidvalidity <= 0 || s->uidvalidity > UID_MAX ||
	    s->uidnext > UID_MAX)
		return (broken_answer(s, "STATUS", err));
	return (DRO_OK);
}

/* List the mails of the next window of UIDs. */
static enum dro_code
list(struct dro_imap_shelf *s, struct dro_err *err)
{
	const struct dro_imap_how how = {.uidvalidity = s->uidvalidity};
	int64_t last = s->window + s->width - 1;
	enum dro_code code;

	free(s->items);
	s->items = NULL;
	s->n = s->i = 0;
	if (last >= s->uidnext)
		last = s->uidnext - 1;
	code = dro_imap_do(s->imap, how, &s->answer, err,
	    "UID FETCH %lld:%lld (UID FLAGS RFC822.SIZE)", (long long)s->window,
	    (long long)last);
	if (code == DRO_ELIMIT && s->width > 1) {
		s->width = s->width / 8 + 1;
		return (list(s, err));
	}
	if (code != DRO_OK)
		return (code);
	code = dro_imap_items(s->answer.ptr != NULL ? s->answer.ptr : "",
	    s->answer.len, s->window, last, &s->items, &s->n, err);
	s->window = last + 1;
	if (s->n < FEW && s->width < WINDOW_MAX)
		s->width *= 4;
	else if (s->n > MANY && s->width > WINDOW)
		s->width /= 4;
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
unsee(struct dro_imap_shelf *s, const struct dro_imap_item *item,
    struct dro_err *err)
{
	const struct dro_imap_how how = {
	    .uidvalidity = s->uidvalidity, .changes = true};
	enum dro_code code;
	struct dro_err why;

	if (item->seen || s->read_only)
		return (DRO_OK);
	code = dro_imap_do(s->imap, how, NULL, &why,
	    "UID STORE %lld -FLAGS.SILENT (\\Seen)", (long long)item->uid);
	if (code != DRO_EINVAL)
		return (pass_on(code, &why, err));

	/* A mailbox that takes no flags has set none either. */
	s->read_only = true;
	return (DRO_OK);
}

/* What became of a mail that was listed and now is nowhere. */
static enum dro_code
look_for_gone(struct dro_imap_shelf *s, struct dro_err *err)
{
	int64_t was = s->uidvalidity;
	enum dro_code code = dro_imap_shelf_look(s, err);

	if (code != DRO_OK || s->uidvalidity == was)
		return (code);
	return (dro_err_set(err, DRO_EREMOTE,
	    "%s: the mailbox was made anew during the run (UIDVALIDITY %lld, "
	    "was %lld); run again",
	    dro_imap_url(s->imap), (long long)s->uidvalidity, (long long)was));
}

/* One mail; somebody may take it away, and servers lie about sizes. */
enum dro_code
dro_imap_shelf_fetch(struct dro_imap_shelf *s, const struct dro_imap_item *item,
    enum dro_imap_fetched *how, struct dro_err *err)
{
	enum dro_code code;
	struct dro_err why;
	bool flagged;

	*how = DRO_IMAP_FETCHED;
	if (item->size > (int64_t)DRO_MAIL_MAX) {
		*how = DRO_IMAP_TOO_LARGE;
		return (DRO_OK);
	}
	code = dro_imap_fetch(
	    s->imap, s->uidvalidity, item->uid, &s->octets, &flagged, &why);
	if (code == DRO_ENOTFOUND) {
		*how = DRO_IMAP_GONE;
		return (look_for_gone(s, err));
	}
	if (code == DRO_ELIMIT)
		*how = DRO_IMAP_TOO_LARGE;
	else if (code != DRO_OK)
		return (pass_on(code, &why, err));
	return (flagged ? unsee(s, item, err) : DRO_OK);
}

/* The next mail that is listed, asking for more as long as there may be. */
enum dro_code
dro_imap_shelf_next(struct dro_imap_shelf *s, const struct dro_imap_item **out,
    struct dro_err *err)
{
	enum dro_code code;

	*out = NULL;
	while (s->i == s->n) {
		if (s->window >= s->uidnext)
			return (DRO_OK);
		if ((code = list(s, err)) != DRO_OK)
			return (code);
	}
	*out = &s->items[s->i++];

	dro_buf_reset(&s->place);
	dro_buf_addf(&s->place, "%s;UIDVALIDITY=%lld;UID=%lld",
	    dro_imap_url(s->imap), (long long)s->uidvalidity,
	    (long long)(*out)->uid);
	return (dro_buf_check(&s->place, "path of a mail", err));
}
