#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "ingest/walk.h"

/* PATH_MAX and 16 names below it are shorter. */
#define PATH_OCTETS ((size_t)16 << 10)
/*
 * Of the names of one directory the first so many octets are held, or at most
 * twice as many: some thousands.  For those behind them it is read again.
 */
#define NAMES_OCTETS ((size_t)384 << 10)

/* A directory in the making of the walk: the next of its names, sorted. */
struct level {
	DIR *dir;
	struct dro_buf names; /* one after the other, each with its NUL */
	uint32_t *starts; /* of each in ${names}, in order */
	size_t n, next;
	bool more; /* there are names behind these */
	size_t path_len; /* of the directory itself */
};

struct dro_walk {
	struct dro_buf path;
	struct dro_buf after, up_to; /* names, while a directory is read */
	bool begun;
	uint64_t known;
	size_t depth; /* levels in use */
	struct level levels[DRO_WALK_DEPTH_MAX];
	dro_walk_refused_fn *refused; /* of the call in hand */
	void *arg;
};

enum dro_code
dro_walk_create(const char *path, struct dro_walk **out, struct dro_err *err)
{
	struct dro_walk *w;
	enum dro_code code;
	struct stat st;

	*out = NULL;
	if (stat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return (dro_err_set(
		    err, DRO_ENOTFOUND, "%s: no such file or directory", path));
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (dro_err_nomem(err));
	w->known = 1;
	dro_buf_init(&w->path, PATH_OCTETS);
	dro_buf_init(&w->after, PATH_OCTETS);
	dro_buf_init(&w->up_to, PATH_OCTETS);
	dro_buf_adds(&w->path, path);
	if ((code = dro_buf_check(&w->path, "path", err)) != DRO_OK) {
		dro_walk_destroy(w);
		return (code);
	}
	*out = w;
	return (DRO_OK);
}

static void
pop(struct dro_walk *w)
{
	struct level *level = &w->levels[--w->depth];

	free(level->starts);
	dro_buf_finish(&level->names);
	(void)closedir(level->dir);
}

void
dro_walk_destroy(struct dro_walk *w)
{
	if (w == NULL)
		return;
	while (w->depth > 0)
		pop(w);
	dro_buf_finish(&w->path);
	dro_buf_finish(&w->after);
	dro_buf_finish(&w->up_to);
	free(w);
}

uint64_t
dro_walk_known(const struct dro_walk *w)
{
	return (w->known);
}

static void
refuse(struct dro_walk *w, enum dro_refuse why, const char *text)
{
	struct dro_refused refused = {DRO_REFUSE_NONE, ""};

	dro_refused_set(&refused, why, "%s", text);
	w->refused(w->arg, w->path.ptr, &refused);
}

static int
by_name(const void *a, const void *b, void *names)
{
	const char *base = names;

	return (
	    strcmp(base + *(const uint32_t *)a, base + *(const uint32_t *)b));
}

static const char *
name_at(const struct level *level, size_t i)
{
	return (level->names.ptr + level->starts[i]);
}

/* Find the names and bring them into order; false: no memory. */
static bool
sort(struct level *level)
{
	size_t at;

	free(level->starts);
	level->starts = calloc(level->n + 1, sizeof(uint32_t));
	if (level->starts == NULL || level->names.failed)
		return (false);
	for (at = 0, level->n = 0; at < level->names.len; level->n++) {
		level->starts[level->n] = (uint32_t)at;
		at += strlen(level->names.ptr + at) + 1;
	}
	qsort_r(level->starts, level->n, sizeof(uint32_t), by_name,
	    level->names.ptr);
	return (true);
}

/* Too many: keep the first, and from now on none behind them. */
static bool
keep_first(struct dro_walk *w, struct level *level)
{
	struct dro_buf kept;
	const char *name;

	if (!sort(level))
		return (false);
	dro_buf_init(&kept, level->names.ceiling);
	for (level->n = 0; kept.len < NAMES_OCTETS; level->n++) {
		name = name_at(level, level->n);
		dro_buf_add(&kept, name, strlen(name) + 1);
		dro_buf_reset(&w->up_to);
		dro_buf_adds(&w->up_to, name);
		if (kept.failed || w->up_to.failed)
			break;
	}
	dro_buf_finish(&level->names);
	level->names = kept;
	level->more = true;
	return (!kept.failed && !w->up_to.failed);
}

/* The next names of a directory, but the hidden ones; false: no memory. */
static bool
list(struct dro_walk *w, struct level *level)
{
	const struct dirent *entry;
	bool first = level->n == 0;

	dro_buf_reset(&w->after);
	dro_buf_reset(&w->up_to);
	if (!first) {
		dro_buf_adds(&w->after, name_at(level, level->n - 1));
		rewinddir(level->dir);
	}
	dro_buf_reset(&level->names);
	level->n = level->next = 0;
	level->more = false;
	while (errno = 0, (entry = readdir(level->dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		w->known += first ? 1 : 0;
		if ((!first && strcmp(entry->d_name, w->after.ptr) <= 0) ||
		    (level->more && strcmp(entry->d_name, w->up_to.ptr) > 0))
			continue;
		dro_buf_add(
		    &level->names, entry->d_name, strlen(entry->d_name) + 1);
		level->n++;
		if (level->names.len > 2 * NAMES_OCTETS &&
		    !keep_first(w, level))
			return (false);
	}
	if (errno != 0)
		refuse(w, DRO_REFUSE_UNREADABLE, strerror(errno));
	return (!w->after.failed && sort(level));
}

/* Step down into the directory that ${fd} is; takes it over. */
static enum dro_code
push(struct dro_walk *w, int fd, struct dro_err *err)
{
	struct level *level = &w->levels[w->depth];
	DIR *dir;

	if (w->depth == DRO_WALK_DEPTH_MAX) {
		refuse(w, DRO_REFUSE_UNREADABLE,
		    "directories nested deeper than 16");
		(void)close(fd);
		return (DRO_OK);
	}
	if ((dir = fdopendir(fd)) == NULL) {
		refuse(w, DRO_REFUSE_UNREADABLE, strerror(errno));
		(void)close(fd);
		return (DRO_OK);
	}
	memset(level, 0, sizeof(*level));
	level->dir = dir;
	dro_buf_init(&level->names, 4 * NAMES_OCTETS);
	level->path_len = w->path.len;
	w->depth++;
	return (list(w, level) ? DRO_OK : dro_err_nomem(err));
}

/* Look at the path in hand; ${fd} stays -1 unless it is a regular file. */
static enum dro_code
visit(struct dro_walk *w, int *fd, struct dro_err *err)
{
	struct stat st;
	int got;

	/* A fifo must not hang the run, nor a terminal take it over. */
	got = open(w->path.ptr, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (got < 0 && errno == ENXIO) {
		refuse(w, DRO_REFUSE_NOT_REGULAR, "a socket");
	} else if (got < 0 || fstat(got, &st) != 0) {
		refuse(w, DRO_REFUSE_UNREADABLE, strerror(errno));
	} else if (S_ISREG(st.st_mode)) {
		*fd = got;
		return (DRO_OK);
	} else if (!S_ISDIR(st.st_mode)) {
		refuse(w, DRO_REFUSE_NOT_REGULAR,
		    "neither a file nor a directory");
	} else if (w->depth == 0 || lstat(w->path.ptr, &st) != 0 ||
	    !S_ISLNK(st.st_mode)) {
		/* Named on its own, a link is what it points to. */
		w->known--;
		return (push(w, got, err));
	}
	if (got >= 0)
		(void)close(got);
	return (DRO_OK);
}

enum dro_code
dro_walk_next(struct dro_walk *w, const char **path, int *fd,
    dro_walk_refused_fn *refused, void *arg, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	struct level *level;

	w->refused = refused;
	w->arg = arg;
	*path = NULL;
	*fd = -1;
	if (!w->begun) {
		w->begun = true;
		code = visit(w, fd, err);
	}
	while (code == DRO_OK && *fd < 0 && w->depth > 0) {
		level = &w->levels[w->depth - 1];
		w->path.len = level->path_len;
		w->path.ptr[w->path.len] = '\0';
		if (level->next == level->n && level->more && !list(w, level))
			return (dro_err_nomem(err));
		if (level->next == level->n) {
			pop(w);
			continue;
		}
		dro_buf_addc(&w->path, '/');
		dro_buf_adds(&w->path, name_at(level, level->next++));
		if ((code = dro_buf_check(&w->path, "path", err)) == DRO_OK)
			code = visit(w, fd, err);
	}
	if (code == DRO_OK && *fd >= 0)
		*path = w->path.ptr;
	return (code);
}
