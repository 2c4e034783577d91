#include <stdlib.h>
#include <string.h>

#include "base/domain.h"

#include "internal.h"

/* Names that recur are kept once and referred to by number. */

/* ---- what was used lately */

/* FNV-1a.  Chosen names can only push each other out. */
static struct dro_known_name *
place_of(const struct dro_store *store, const char *names, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)names[i]) * UINT64_C(0x100000001b3);
	return (&store->known_names[(h ^ h >> 32) % DRO_KNOWN_NAMES]);
}

/* The number of ${names}; 0: not known. */
static int64_t
recall(const struct dro_store *store, const char *names, size_t len)
{
	const struct dro_known_name *known;

	if (store->known_names == NULL || len == 0)
		return (0);
	known = place_of(store, names, len);
	return (known->len == len && memcmp(known->names, names, len) == 0
		? known->id
		: 0);
}

/* Know it, in place of another; that it cannot be kept is no fault. */
static void
remember(struct dro_store *store, const char *names, size_t len, int64_t id)
{
	struct dro_known_name *known;
	char *copy;

	if (store->known_names == NULL)
		store->known_names =
		    calloc(DRO_KNOWN_NAMES, sizeof(*store->known_names));
	if (store->known_names == NULL || len == 0)
		return;
	known = place_of(store, names, len);
	if ((copy = realloc(known->names, len)) == NULL)
		return;
	memcpy(copy, names, len);
	*known = (struct dro_known_name){id, copy, len};
}

void
dro_names_forget(struct dro_store *store)
{
	size_t i;

	for (i = 0; store->known_names != NULL && i < DRO_KNOWN_NAMES; i++)
		free(store->known_names[i].names);
	free(store->known_names);
	store->known_names = NULL;
}

/* ---- domains and reporters */

/* What a single name is of; identities have more than one. */
enum { DOMAIN = 1, REPORTER };

#define KEY_MAX ((size_t)1024)

/* How a name is remembered; 0: too long for that. */
static size_t
key_of(char kind, const char *name, char key[KEY_MAX])
{
	size_t len = strlen(name);

	if (len + 2 > KEY_MAX)
		return (0);
	key[0] = kind;
	memcpy(key + 1, name, len + 1);
	return (len + 1);
}

enum dro_code
dro_domain_id(
    struct dro_store *store, const char *name, int64_t *id, struct dro_err *err)
{
	char key[KEY_MAX];
	size_t len = key_of(DOMAIN, name, key);
	enum dro_code code;
	struct dro_sql q;

	if ((*id = recall(store, key, len)) != 0)
		return (DRO_OK);
	dro_sql_open(&q, store, "SELECT id FROM domain WHERE name = ?");
	dro_sql_text(&q, name);
	if ((code = dro_sql_one(&q, id, err)) != DRO_OK)
		return (code);
	if (*id == 0) {
		dro_sql_open(&q, store, "INSERT INTO domain (name) VALUES (?)");
		dro_sql_text(&q, name);
		if ((code = dro_sql_run(&q, err)) != DRO_OK)
			return (code);
		*id = sqlite3_last_insert_rowid(store->db);
	}
	remember(store, key, len, *id);
	return (DRO_OK);
}

enum dro_code
dro_reporter_id(
    struct dro_store *store, const char *name, int64_t *id, struct dro_err *err)
{
	char key[KEY_MAX];
	size_t len = key_of(REPORTER, name, key);
	enum dro_code code;
	struct dro_sql q;

	if ((*id = recall(store, key, len)) != 0)
		return (DRO_OK);
	dro_sql_open(&q, store, "SELECT id FROM reporter WHERE name = ?");
	dro_sql_text(&q, name);
	if ((code = dro_sql_one(&q, id, err)) != DRO_OK)
		return (code);
	if (*id == 0) {
		dro_sql_open(
		    &q, store, "INSERT INTO reporter (name) VALUES (?)");
		dro_sql_text(&q, name);
		if ((code = dro_sql_run(&q, err)) != DRO_OK)
			return (code);
		*id = sqlite3_last_insert_rowid(store->db);
	}
	remember(store, key, len, *id);
	return (DRO_OK);
}

/* ---- identities */

static void
bind_names(struct dro_sql *q, const struct dro_stream *s)
{
	dro_sql_text(q, s->dkim);
	dro_sql_text(q, s->selector);
	dro_sql_text(q, s->dkim_other);
	dro_sql_text(q, s->mail_from);
	dro_sql_text(q, s->claim);
	dro_sql_text(q, s->claim_selector);
	dro_sql_int(q, s->below);
}

static enum dro_code
find_identity(struct dro_store *store, const struct dro_stream *stream,
    int64_t *id, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "SELECT id FROM identity WHERE dkim = ? AND selector = ?"
	    " AND dkim_other = ? AND mail_from = ? AND claim = ?"
	    " AND claim_selector = ? AND below = ?");
	bind_names(&q, stream);
	return (dro_sql_one(&q, id, err));
}

/* ${id} is left as it was if it is there already. */
static enum dro_code
insert_identity(struct dro_store *store, const struct dro_stream *stream,
    int64_t *id, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "INSERT INTO identity (dkim, selector, dkim_other, mail_from,"
	    " claim, claim_selector, below) VALUES (?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT DO NOTHING");
	bind_names(&q, stream);
	code = dro_sql_run(&q, err);
	if (code == DRO_OK && sqlite3_changes(store->db) > 0)
		*id = sqlite3_last_insert_rowid(store->db);
	return (code);
}

/*
 * New ones come together, and so do others: after a new one it is put in at
 * once, which fails for one that is there; after others it is looked for.
 */
static enum dro_code
take_identity(struct dro_store *store, const struct dro_stream *stream,
    int64_t *id, struct dro_err *err)
{
	bool tried = store->identity_was_new;
	enum dro_code code = DRO_OK;

	*id = 0;
	if (tried)
		code = insert_identity(store, stream, id, err);
	store->identity_was_new = *id != 0;
	if (code == DRO_OK && *id == 0)
		code = find_identity(store, stream, id, err);
	if (code != DRO_OK || *id != 0 || tried)
		return (code);
	store->identity_was_new = true;
	return (insert_identity(store, stream, id, err));
}

/* All names with their NULs, one after the other; 0 if they do not fit. */
static size_t
join_names(const struct dro_stream *s, char *out, size_t cap)
{
	const char *const names[] = {s->dkim, s->selector, s->dkim_other,
	    s->mail_from, s->claim, s->claim_selector, s->below ? "b" : ""};
	size_t i, n, len = 0;

	for (i = 0; i < DRO_ARRAY_LEN(names); i++) {
		if (names[i] == NULL || (n = strlen(names[i]) + 1) > cap - len)
			return (0);
		memcpy(out + len, names[i], n);
		len += n;
	}
	return (len);
}

enum dro_code
dro_identity_id(struct dro_store *store, const struct dro_stream *stream,
    int64_t *id, struct dro_err *err)
{
	char names[6 * DRO_DOMAIN_LEN + 2];
	size_t len = join_names(stream, names, sizeof(names));
	enum dro_code code;

	if ((*id = recall(store, names, len)) != 0)
		return (DRO_OK);
	code = take_identity(store, stream, id, err);
	if (code == DRO_OK)
		remember(store, names, len, *id);
	return (code);
}
