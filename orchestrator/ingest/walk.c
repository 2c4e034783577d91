#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/walk.h"

/* Where a walk stands. */
struct walk {
	const struct dro_visitor *visitor;
	bool nomem;
};

static bool
refuse(struct walk *w, const char *path, enum dro_refuse why, const char *text)
{
	struct dro_refused refused = {DRO_REFUSE_NONE, ""};

	dro_refused_set(&refused, why, "%s", text);
	return (w->visitor->refuse(w->visitor->arg, path, &refused));
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return (strcmp((*a)->d_name, (*b)->d_name));
}

static int
not_hidden(const struct dirent *entry)
{
	return (entry->d_name[0] != '.');
}

static bool visit(struct walk *, const char *, int);

/* All entries of one directory; false ends the walk. */
static bool
visit_directory(struct walk *w, const char *path, int depth)
{
	struct dirent **entries;
	char *child;
	bool more = true;
	int i, n;

	if (depth == DRO_WALK_DEPTH_MAX)
		return (refuse(w, path, DRO_REFUSE_UNREADABLE,
		    "directories nested deeper than 16"));
	if ((n = scandir(path, &entries, not_hidden, by_name)) < 0)
		return (
		    refuse(w, path, DRO_REFUSE_UNREADABLE, strerror(errno)));
	for (i = 0; i < n; i++) {
		child = NULL;
		if (more &&
		    asprintf(&child, "%s/%s", path, entries[i]->d_name) < 0) {
			w->nomem = true;
			child = NULL;
		}
		more = more && child != NULL && visit(w, child, depth + 1);
		free(child);
		free(entries[i]);
	}
	free(entries);
	return (more);
}

/* One path; at depth 0 a link is what it points to. */
static bool
visit(struct walk *w, const char *path, int depth)
{
	struct stat st;
	bool more;
	int fd;

	/* A fifo must not hang the run, nor a terminal take it over. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return (
		    refuse(w, path, DRO_REFUSE_UNREADABLE, strerror(errno)));
	if (fstat(fd, &st) != 0)
		more = refuse(w, path, DRO_REFUSE_UNREADABLE, strerror(errno));
	else if (S_ISREG(st.st_mode))
		more = w->visitor->file(w->visitor->arg, path, fd);
	else if (!S_ISDIR(st.st_mode))
		more = refuse(w, path, DRO_REFUSE_NOT_REGULAR,
		    "neither a file nor a directory");
	else if (depth > 0 && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		more = true;
	else
		more = visit_directory(w, path, depth);
	close(fd);
	return (more);
}

enum dro_code
dro_walk(
    const char *path, const struct dro_visitor *visitor, struct dro_err *err)
{
	struct walk w = {visitor, false};
	struct stat st;

	if (stat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return (dro_err_set(
		    err, DRO_ENOTFOUND, "%s: no such file or directory", path));
	(void)visit(&w, path, 0);
	return (w.nomem ? dro_err_nomem(err) : DRO_OK);
}
