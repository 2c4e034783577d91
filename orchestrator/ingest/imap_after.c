#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "ingest/after.h"
#include "ingest/imap_after.h"
#include "ingest/imap_text.h"

#define ANSWER_OCTETS ((size_t)64 << 10)
#define NAME_OCTETS ((size_t)4 << 10)

enum dro_code
dro_imap_after_init(struct dro_imap_after *after, struct dro_imap *imap,
    int64_t uidvalidity, const struct dro_mail_after *what,
    dro_inlet_say_fn *say, struct dro_err *err)
{
	const struct dro_imap_how none = {0};
	struct dro_buf answer;
	enum dro_code code;

	memset(after, 0, sizeof(*after));
	after->imap = imap;
	after->uidvalidity = uidvalidity;
	after->what = what;
	if (what->stored != DRO_AFTER_MOVE && what->refused != DRO_AFTER_MOVE)
		return (DRO_OK);
	dro_buf_init(&answer, ANSWER_OCTETS);
	code = dro_imap_do(imap, none, &answer, err, "CAPABILITY");
	if (code == DRO_OK && answer.len > 0) {
		after->can_move = dro_imap_has(answer.ptr, "MOVE");
		after->can_expunge = dro_imap_has(answer.ptr, "UIDPLUS");
	}
	dro_buf_finish(&answer);
	if (code == DRO_OK && !after->can_move && !after->can_expunge)
		say("%s: mails stay where they are: the server can neither "
		    "MOVE nor expunge single mails (UIDPLUS); use stored: "
		    "seen",
		    dro_imap_url(imap));
	return (code);
}

static void
put(struct dro_imap_pile *pile, int64_t uid)
{
	int n = snprintf(pile->uids + pile->len, sizeof(pile->uids) - pile->len,
	    "%s%lld", pile->len > 0 ? "," : "", (long long)uid);

	assert(n > 0 && (size_t)n < sizeof(pile->uids) - pile->len);
	pile->len += (size_t)n;
}

void
dro_imap_after_add(
    struct dro_imap_after *after, int64_t uid, enum dro_settled how)
{
	const char *folder;

	switch (dro_after_of(after->what, how, &folder)) {
	case DRO_AFTER_KEEP:
		break;
	case DRO_AFTER_SEEN:
		put(&after->seen, uid);
		break;
	case DRO_AFTER_MOVE:
		put(how == DRO_SETTLED_STORED ? &after->moved : &after->refused,
		    uid);
		break;
	}
}

/* To ${folder}, which is made if that is what is missing. */
static enum dro_code
to_folder(struct dro_imap_after *after, const char *uids, const char *folder,
    struct dro_err *err)
{
	const struct dro_imap_how none = {0};
	/* A second copy would be a second mail. */
	const struct dro_imap_how how = {.uidvalidity = after->uidvalidity,
	    .changes = true,
	    .once = !after->can_move};
	const char *verb = after->can_move ? "MOVE" : "COPY";
	enum dro_code code;
	struct dro_err why;

	code = dro_imap_do(
	    after->imap, how, NULL, &why, "UID %s %s %s", verb, uids, folder);
	if (code == DRO_EINVAL &&
	    dro_imap_do(after->imap, none, NULL, NULL, "CREATE %s", folder) ==
		DRO_OK)
		code = dro_imap_do(after->imap, how, NULL, &why, "UID %s %s %s",
		    verb, uids, folder);
	if (code != DRO_OK && err != NULL)
		*err = why;
	return (code);
}

static enum dro_code
move(struct dro_imap_after *after, const char *uids, const char *name,
    struct dro_err *err)
{
	const struct dro_imap_how how = {
	    .uidvalidity = after->uidvalidity, .changes = true};
	struct dro_buf utf7, folder;
	enum dro_code code;

	if (!after->can_move && !after->can_expunge)
		return (DRO_OK);
	dro_buf_init(&utf7, NAME_OCTETS);
	dro_buf_init(&folder, NAME_OCTETS);
	if ((code = dro_imap_mailbox(name, &utf7, err)) == DRO_OK) {
		dro_imap_quote(utf7.ptr, &folder);
		code = dro_buf_check(&folder, "name of a folder", err);
	}
	if (code == DRO_OK)
		code = to_folder(after, uids, folder.ptr, err);
	dro_buf_finish(&utf7);
	dro_buf_finish(&folder);
	if (code != DRO_OK || after->can_move)
		return (code);
	code = dro_imap_do(after->imap, how, NULL, err,
	    "UID STORE %s +FLAGS.SILENT (\\Deleted)", uids);
	if (code == DRO_OK)
		code = dro_imap_do(
		    after->imap, how, NULL, err, "UID EXPUNGE %s", uids);
	return (code);
}

enum dro_code
dro_imap_after_flush(struct dro_imap_after *after, struct dro_err *err)
{
	const struct dro_imap_how how = {
	    .uidvalidity = after->uidvalidity, .changes = true};
	enum dro_code code = DRO_OK;

	if (after->seen.len > 0)
		code = dro_imap_do(after->imap, how, NULL, err,
		    "UID STORE %s +FLAGS.SILENT (\\Seen)", after->seen.uids);
	if (code == DRO_OK && after->moved.len > 0)
		code = move(after, after->moved.uids, after->what->folder, err);
	if (code == DRO_OK && after->refused.len > 0)
		code = move(after, after->refused.uids,
		    after->what->refused_folder, err);
	after->seen.len = after->moved.len = after->refused.len = 0;
	return (code);
}
