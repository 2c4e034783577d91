#include <stdlib.h>
#include <string.h>

#include "base/domain.h"

#include "internal.h"

/* Names that recur are kept once and referred to by number. */

enum dro_code
dro_domain_id(
    struct dro_store *store, const char *name, int64_t *id, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	*id = 0;
	dro_sql_open(&q, store, "SELECT id FROM domain WHERE name = ?");
	dro_sql_text(&q, name);
	if ((code = dro_sql_one(&q, id, err)) != DRO_OK || *id != 0)
		return (code);
	dro_sql_open(&q, store, "INSERT INTO domain (name) VALUES (?)");
	dro_sql_text(&q, name);
	code = dro_sql_run(&q, err);
	*id = sqlite3_last_insert_rowid(store->db);
	return (code);
}

enum dro_code
dro_reporter_id(
    struct dro_store *store, const char *name, int64_t *id, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	*id = 0;
	dro_sql_open(&q, store, "SELECT id FROM reporter WHERE name = ?");
	dro_sql_text(&q, name);
	if ((code = dro_sql_one(&q, id, err)) != DRO_OK || *id != 0)
		return (code);
	dro_sql_open(&q, store, "INSERT INTO reporter (name) VALUES (?)");
	dro_sql_text(&q, name);
	code = dro_sql_run(&q, err);
	*id = sqlite3_last_insert_rowid(store->db);
	return (code);
}

static void
bind_names(struct dro_sql *q, const struct dro_stream *s)
{
	dro_sql_text(q, s->dkim);
	dro_sql_text(q, s->selector);
	dro_sql_text(q, s->dkim_other);
	dro_sql_text(q, s->mail_from);
	dro_sql_text(q, s->claim);
	dro_sql_text(q, s->claim_selector);
}

static enum dro_code
find_identity(struct dro_store *store, const struct dro_stream *stream,
    int64_t *id, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	*id = 0;
	dro_sql_open(&q, store,
	    "SELECT id FROM identity WHERE dkim = ? AND selector = ?"
	    " AND dkim_other = ? AND mail_from = ? AND claim = ?"
	    " AND claim_selector = ?");
	bind_names(&q, stream);
	if ((code = dro_sql_one(&q, id, err)) != DRO_OK || *id != 0)
		return (code);
	dro_sql_open(&q, store,
	    "INSERT INTO identity (dkim, selector, dkim_other, mail_from,"
	    " claim, claim_selector) VALUES (?, ?, ?, ?, ?, ?)");
	bind_names(&q, stream);
	code = dro_sql_run(&q, err);
	*id = sqlite3_last_insert_rowid(store->db);
	return (code);
}

/* All names with their NULs, one after the other; 0 if they do not fit. */
static size_t
join_names(const struct dro_stream *s, char *out, size_t cap)
{
	const char *const names[] = {s->dkim, s->selector, s->dkim_other,
	    s->mail_from, s->claim, s->claim_selector};
	size_t i, n, len = 0;

	for (i = 0; i < DRO_ARRAY_LEN(names); i++) {
		if (names[i] == NULL || (n = strlen(names[i]) + 1) > cap - len)
			return (0);
		memcpy(out + len, names[i], n);
		len += n;
	}
	return (len);
}

/* FNV-1a.  Chosen names can only push each other out. */
static size_t
place_of(const char *names, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)names[i]) * UINT64_C(0x100000001b3);
	return ((h ^ h >> 32) % DRO_IDENTITIES);
}

enum dro_code
dro_identity_id(struct dro_store *store, const struct dro_stream *stream,
    int64_t *id, struct dro_err *err)
{
	char names[6 * DRO_DOMAIN_LEN], *copy;
	size_t len = join_names(stream, names, sizeof(names));
	struct dro_identity *known;
	enum dro_code code;

	known = &store->identities[place_of(names, len)];
	if (len > 0 && known->len == len &&
	    memcmp(known->names, names, len) == 0) {
		*id = known->id;
		return (DRO_OK);
	}
	code = find_identity(store, stream, id, err);
	if (code != DRO_OK || len == 0 ||
	    (copy = realloc(known->names, len)) == NULL)
		return (code);
	memcpy(copy, names, len);
	*known = (struct dro_identity){*id, copy, len};
	return (DRO_OK);
}

void
dro_identities_forget(struct dro_store *store)
{
	size_t i;

	for (i = 0; i < DRO_IDENTITIES; i++) {
		free(store->identities[i].names);
		store->identities[i] = (struct dro_identity){0, NULL, 0};
	}
}
