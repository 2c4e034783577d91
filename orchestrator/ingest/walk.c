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
/* Names of one directory, all together: some millions. */
#define NAMES_OCTETS ((size_t)256 << 20)

/* A directory in the making of the walk: its names, sorted. */
struct level {
	struct dro_buf names; /* one after the other, each with its NUL */
	uint32_t *starts; /* of each in ${names}, in order */
	size_t n, next;
	size_t path_len; /* of the directory itself */
};

struct dro_walk {
	struct dro_buf path;
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
	level->starts = NULL;
}

void
dro_walk_destroy(struct dro_walk *w)
{
	if (w == NULL)
		return;
	while (w->depth > 0)
		pop(w);
	dro_buf_finish(&w->path);
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

/* All names of an open directory but the hidden ones; false: no memory. */
static bool
list(struct dro_walk *w, struct level *level, DIR *dir)
{
	const struct dirent *entry;
	size_t at;

	while (errno = 0, (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		dro_buf_add(
		    &level->names, entry->d_name, strlen(entry->d_name) + 1);
		level->n++;
	}
	if (errno != 0)
		refuse(w, DRO_REFUSE_UNREADABLE, strerror(errno));
	if (level->names.failed ||
	    (level->starts = calloc(level->n + 1, sizeof(uint32_t))) == NULL)
		return (false);
	for (at = 0, level->n = 0; at < level->names.len; level->n++) {
		level->starts[level->n] = (uint32_t)at;
		at += strlen(level->names.ptr + at) + 1;
	}
	return (true);
}

static int
by_name(const void *a, const void *b, void *names)
{
	const char *base = names;

	return (
	    strcmp(base + *(const uint32_t *)a, base + *(const uint32_t *)b));
}

/* Step down into the directory that ${fd} is; takes it over. */
static enum dro_code
push(struct dro_walk *w, int fd, struct dro_err *err)
{
	struct level *level = &w->levels[w->depth];
	DIR *dir;
	bool ok;

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
	dro_buf_init(&level->names, NAMES_OCTETS);
	level->path_len = w->path.len;
	w->depth++;
	ok = list(w, level, dir);
	(void)closedir(dir);
	if (!ok)
		return (dro_err_nomem(err));
	w->known += level->n;
	qsort_r(level->starts, level->n, sizeof(uint32_t), by_name,
	    level->names.ptr);
	return (DRO_OK);
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
		if (level->next == level->n) {
			pop(w);
			continue;
		}
		w->path.len = level->path_len;
		dro_buf_addc(&w->path, '/');
		dro_buf_adds(
		    &w->path, level->names.ptr + level->starts[level->next++]);
		if ((code = dro_buf_check(&w->path, "path", err)) == DRO_OK)
			code = visit(w, fd, err);
	}
	if (code == DRO_OK && *fd >= 0)
		*path = w->path.ptr;
	return (code);
}
