#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "ingest/after.h"
#include "ingest/inlet_files.h"
#include "ingest/inlet_maildir.h"
#include "ingest/mail.h"
#include "ingest/walk.h"

#define PATH_OCTETS ((size_t)16 << 10)

/*
 * cur before new: what is flagged moves from new to cur, and would be met
 * there again.
 */
static const char *const subs[] = {"cur", "new"};

/* A mail that is handed out and not settled. */
struct mail {
	struct mail *next;
	uint64_t token;
	char path[];
};

struct maildir {
	const char *path;
	const struct dro_mail_after *after;
	size_t sub; /* index of the next of ${subs} */
	struct dro_walk *walk; /* of the one before it, or NULL */
	uint64_t known; /* of the walks that are over */
	struct dro_buf octets;
	uint64_t tokens; /* given so far */
	struct mail *first, **last; /* handed out, in order */
};

/* Who is told of what cannot be read. */
struct listener {
	dro_walk_refused_fn *refused;
	void *arg;
};

/* ---- what to read */

/* A mail that was taken away or renamed after it was listed is no fault. */
static void
on_refused(void *arg, const char *path, const struct dro_refused *why)
{
	const struct listener *to = arg;
	struct stat st;

	if (lstat(path, &st) == 0 || errno != ENOENT)
		to->refused(to->arg, path, why);
}

static enum dro_code
begin(struct maildir *m, struct dro_err *err)
{
	enum dro_code code;
	char *path;

	if (asprintf(&path, "%s/%s", m->path, subs[m->sub]) < 0)
		return (dro_err_nomem(err));
	code = dro_walk_create(path, &m->walk, err);
	free(path);
	m->sub++;
	return (code);
}

/* The next file that opens; ${path} NULL: there is none. */
static enum dro_code
open_next(struct maildir *m, const char **path, int *fd, struct listener *to,
    struct dro_err *err)
{
	enum dro_code code;

	*path = NULL;
	while (m->walk != NULL || m->sub < DRO_ARRAY_LEN(subs)) {
		if (m->walk == NULL && (code = begin(m, err)) != DRO_OK)
			return (code);
		code = dro_walk_next(m->walk, path, fd, on_refused, to, err);
		if (code != DRO_OK || *path != NULL)
			return (code);
		m->known += dro_walk_known(m->walk);
		dro_walk_destroy(m->walk);
		m->walk = NULL;
	}
	return (DRO_OK);
}

/* Keep the path of a mail until it is settled. */
static enum dro_code
remember(struct maildir *m, const char *path, struct dro_err *err)
{
	size_t len = strlen(path) + 1;
	struct mail *mail = malloc(sizeof(*mail) + len);

	if (mail == NULL)
		return (dro_err_nomem(err));
	mail->next = NULL;
	mail->token = ++m->tokens;
	memcpy(mail->path, path, len);
	*m->last = mail;
	m->last = &mail->next;
	return (DRO_OK);
}

static enum dro_code
next(void *ctx, struct dro_input *out, dro_walk_refused_fn *refused, void *arg,
    struct dro_err *err)
{
	struct maildir *m = ctx;
	struct listener to = {refused, arg};
	struct dro_refused why = {DRO_REFUSE_NONE, ""};
	enum dro_code code;
	const char *path;
	bool ok;
	int fd;

	memset(out, 0, sizeof(*out));
	while ((code = open_next(m, &path, &fd, &to, err)) == DRO_OK &&
	    path != NULL) {
		dro_buf_reset(&m->octets);
		ok = dro_inlet_octets(fd, true, DRO_MAIL_MAX, &m->octets, &why);
		(void)close(fd);
		if (ok)
			break;
		refused(arg, path, &why);
		why.why = DRO_REFUSE_NONE;
	}
	if (code != DRO_OK || path == NULL)
		return (code);
	if ((code = remember(m, path, err)) != DRO_OK)
		return (code);
	out->path = path;
	out->mail = true;
	out->ptr = m->octets.ptr != NULL ? m->octets.ptr : "";
	out->len = m->octets.len;
	out->token = m->tokens;
	return (DRO_OK);
}

static uint64_t
total(void *ctx)
{
	const struct maildir *m = ctx;

	/* Until new is listed as well, nobody knows. */
	if (m->sub < DRO_ARRAY_LEN(subs))
		return (0);
	return (m->known + (m->walk != NULL ? dro_walk_known(m->walk) : 0));
}

/* ---- what becomes of it */

/*
 * The name of a mail with the flag S: "id" -> "id:2,S", "id:2,FT" ->
 * "id:2,FST"; flags are in the order of ASCII.
 */
static void
seen_name(const char *name, struct dro_buf *out)
{
	const char *info = strstr(name, ":2,"), *flag;

	if (info == NULL) {
		dro_buf_addf(out, "%s:2,S", name);
		return;
	}
	for (flag = info + 3; *flag != '\0' && *flag < 'S'; flag++)
		;
	dro_buf_add(out, name, (size_t)(flag - name));
	if (*flag != 'S')
		dro_buf_addc(out, 'S');
	dro_buf_adds(out, flag);
}

/* The folder .${name} with what makes it a maildir. */
static enum dro_code
make_folder(const struct maildir *m, const char *name, struct dro_err *err)
{
	static const char *const parts[] = {"", "/tmp", "/new", "/cur"};
	enum dro_code code = DRO_OK;
	char *path;
	size_t i;

	for (i = 0; code == DRO_OK && i < DRO_ARRAY_LEN(parts); i++) {
		if (asprintf(&path, "%s/.%s%s", m->path, name, parts[i]) < 0)
			return (dro_err_nomem(err));
		if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST)
			code = dro_err_set(err, DRO_EIO,
			    "%s: cannot be made: %s", path, strerror(errno));
		free(path);
	}
	return (code);
}

/*
 * Rename, but never over another mail.  What is gone was taken by somebody
 * else; *gone tells, for it may be the folder that is not there.
 */
static enum dro_code
rename_mail(
    const char *from, const struct dro_buf *to, bool *gone, struct dro_err *err)
{
	enum dro_code code = dro_buf_check(to, "path of a mail", err);

	*gone = false;
	if (code != DRO_OK || strcmp(from, to->ptr) == 0 ||
	    renameat2(AT_FDCWD, from, AT_FDCWD, to->ptr, RENAME_NOREPLACE) == 0)
		return (code);
	*gone = errno == ENOENT;
	if (*gone)
		return (DRO_OK);
	return (dro_err_set(err, DRO_EIO, "%s: cannot be renamed to %s: %s",
	    from, to->ptr, strerror(errno)));
}

static enum dro_code
move(const struct maildir *m, const char *path, const char *name,
    const char *folder, struct dro_err *err)
{
	enum dro_code code;
	struct dro_buf to;
	bool gone;

	dro_buf_init(&to, PATH_OCTETS);
	/* A mail in cur says which flags it has, even if it has none. */
	dro_buf_addf(&to, "%s/.%s/cur/%s%s", m->path, folder, name,
	    strstr(name, ":2,") == NULL ? ":2," : "");
	code = rename_mail(path, &to, &gone, err);
	if (code == DRO_OK && gone) {
		code = make_folder(m, folder, err);
		if (code == DRO_OK)
			code = rename_mail(path, &to, &gone, err);
	}
	dro_buf_finish(&to);
	return (code);
}

static enum dro_code
flag_seen(const struct maildir *m, const char *path, const char *name,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_buf to;
	bool gone;

	dro_buf_init(&to, PATH_OCTETS);
	dro_buf_addf(&to, "%s/cur/", m->path);
	seen_name(name, &to);
	code = rename_mail(path, &to, &gone, err);
	dro_buf_finish(&to);
	return (code);
}

static enum dro_code
apply(const struct maildir *m, const char *path, enum dro_settled how,
    struct dro_err *err)
{
	const char *name = strrchr(path, '/') + 1;
	const char *folder;

	switch (dro_after_of(m->after, how, &folder)) {
	case DRO_AFTER_KEEP:
		break;
	case DRO_AFTER_SEEN:
		return (flag_seen(m, path, name, err));
	case DRO_AFTER_MOVE:
		return (move(m, path, name, folder, err));
	}
	return (DRO_OK);
}

static enum dro_code
settle(void *ctx, uint64_t token, enum dro_settled how, struct dro_err *err)
{
	struct maildir *m = ctx;
	struct mail *mail = m->first;
	enum dro_code code;

	assert(mail != NULL && mail->token == token);
	(void)token;
	if ((m->first = mail->next) == NULL)
		m->last = &m->first;
	code = apply(m, mail->path, how, err);
	free(mail);
	return (code);
}

static void
finish(void *ctx)
{
	struct maildir *m = ctx;
	struct mail *mail;

	while ((mail = m->first) != NULL) {
		m->first = mail->next;
		free(mail);
	}
	dro_walk_destroy(m->walk);
	dro_buf_finish(&m->octets);
	free(m);
}

enum dro_code
dro_inlet_maildir(const char *path, const struct dro_mail_after *after,
    struct dro_inlet *out, struct dro_err *err)
{
	struct maildir *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return (dro_err_nomem(err));
	m->path = path;
	m->after = after;
	m->last = &m->first;
	dro_buf_init(&m->octets, 2 * DRO_MAIL_MAX);
	*out = (struct dro_inlet){m, next, settle, total, finish};
	return (DRO_OK);
}
