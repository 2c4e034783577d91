#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/file.h"
#include "config/include.h"

const char *
dro_shown_path(struct dro_reader *r, const char *path)
{
	size_t len = strlen(r->dir);
	const char *shown;

	if (strncmp(path, r->dir, len) != 0 || path[len] != '/')
		return (path);
	shown =
	    dro_arena_printf(r->arena, "%s%s", r->shown_dir, path + len + 1);
	if (shown == NULL)
		r->log.failed = true;
	return (shown != NULL ? shown : path);
}

/* A text in memory opens no file. */
static bool
in_memory(struct dro_reader *r, const struct dro_node *node, const char *what)
{
	if (r->alone)
		dro_reader_error(r, node,
		    "%s: this text stands in no file, so it names none", what);
	return (r->alone);
}

void
dro_named_file(struct dro_reader *r, const struct dro_node *node,
    const char *what, const char *path, size_t max, char **text, size_t *len)
{
	const char *shown = dro_shown_path(r, path);
	struct dro_err err;
	enum dro_code code;
	int fd;

	*text = NULL;
	if (in_memory(r, node, what))
		return;
	code = dro_file_open(path, shown, &fd, &err);
	if (code == DRO_OK) {
		code = dro_file_slurp(fd, shown, max, text, len, &err);
		close(fd);
	}
	if (code == DRO_ENOMEM) {
		r->log.failed = true;
		return;
	}
	if (code != DRO_OK) {
		dro_reader_error(r, node, "%s: %s", what, err.msg);
		return;
	}
	r->octets += *len;
	r->out->fingerprint = dro_file_mix(r->out->fingerprint, *text, *len);
	if (*len <= max && r->octets <= DRO_NAMED_BYTES_MAX)
		return;
	if (*len > max)
		dro_reader_error(r, node, "%s: %s: larger than %zu MiB", what,
		    shown, max >> 20);
	else
		dro_reader_error(r, node,
		    "%s: %s: all files together are larger than %u MiB", what,
		    shown, DRO_NAMED_BYTES_MAX >> 20);
	free(*text);
	*text = NULL;
}

/* The clients of the included file ${path}, whose text is ${text}. */
static const struct dro_node *
parse(struct dro_reader *r, const char *shown, const char *text, size_t len)
{
	struct dro_setting set[DRO_K_N] = {0};
	const struct dro_node *root;
	const char *file = r->log.file;

	r->log.file = shown;
	root = dro_yaml_parse(text, len, r->arena, &r->log);
	r->log.file = file;
	if (root == NULL)
		return (NULL);
	if (root->kind != DRO_NODE_MAP) {
		dro_reader_error(r, root,
		    "an included file begins with \"clients:\"; found %s",
		    dro_found(r, root));
		return (NULL);
	}
	dro_bind(r, root, DRO_IN_INCLUDED, set);
	return (set[DRO_K_CLIENTS].node);
}

/* Read one file that ${node} names; a second time it is passed over. */
static void
take_file(struct dro_reader *r, const struct dro_node *node, const char *path,
    struct dro_documents *docs)
{
	struct dro_document *doc = &docs->items[docs->n];
	const char *name = strrchr(r->out->path, '/');
	char *text;
	size_t i, len;

	name = name != NULL ? name + 1 : r->out->path;
	len = strlen(r->dir);
	if (strncmp(path, r->dir, len) == 0 && path[len] == '/' &&
	    strcmp(path + len + 1, name) == 0) {
		dro_reader_error(r, node,
		    "include: %s matches this file itself; keep the others in "
		    "a folder of their own",
		    dro_found(r, node));
		return;
	}
	for (i = 0; i < docs->n; i++)
		if (docs->items[i].path != NULL &&
		    strcmp(docs->items[i].path, path) == 0)
			return;
	if (docs->n > DRO_INCLUDE_MAX) {
		dro_reader_error(
		    r, node, "include: more than %d files", DRO_INCLUDE_MAX);
		return;
	}
	dro_named_file(
	    r, node, "include", path, DRO_YAML_BYTES_MAX, &text, &len);
	if (text == NULL)
		return;
	path = dro_arena_strdup(r->arena, path);
	name = path != NULL ? dro_shown_path(r, path) : NULL;
	doc->path = path;
	doc->dir = path != NULL ? dro_file_folder(path, r->arena) : NULL;
	doc->shown_dir = name != NULL ? dro_shown_dir(r, name) : NULL;
	if (doc->dir == NULL || doc->shown_dir == NULL) {
		r->log.failed = true;
	} else {
		doc->clients = parse(r, name, text, len);
		docs->n++;
	}
	free(text);
}

/* ${dir} with what glob(3) would take for a pattern escaped. */
static void
escape(const char *dir, struct dro_buf *out)
{
	for (; *dir != '\0'; dir++) {
		if (strchr("*?[]\\", *dir) != NULL)
			dro_buf_addc(out, '\\');
		dro_buf_addc(out, *dir);
	}
}

/* A folder that is not there holds no file; one that is closed is a fault. */
static int
glob_error(const char *path, int error)
{
	(void)path;
	return (error != ENOENT && error != ENOTDIR);
}

static int
by_text(const void *a, const void *b)
{
	return (strcmp(*(const char *const *)a, *(const char *const *)b));
}

/* The files that ${pattern} matches, in the order of their names. */
static void
take_glob(struct dro_reader *r, const struct dro_node *node,
    const char *pattern, struct dro_documents *docs)
{
	glob_t found = {0};
	size_t i;

	switch (glob(pattern, GLOB_NOSORT, glob_error, &found)) {
	case 0:
		qsort(found.gl_pathv, found.gl_pathc, sizeof(char *), by_text);
		for (i = 0; i < found.gl_pathc && !r->log.failed; i++)
			take_file(r, node, found.gl_pathv[i], docs);
		break;
	case GLOB_NOMATCH:
		dro_reader_warning(
		    r, node, "include: no file matches %s", dro_found(r, node));
		break;
	case GLOB_ABORTED:
		dro_reader_error(r, node,
		    "include: %s: a folder cannot be read", dro_found(r, node));
		break;
	default:
		r->log.failed = true;
	}
	globfree(&found);
}

/* One entry of include: a file that must be there, or a pattern. */
static void
take_entry(struct dro_reader *r, const struct dro_node *node,
    struct dro_documents *docs)
{
	struct dro_buf pattern;
	const char *s, *path;

	if ((s = dro_value_line(r, node, "include", 1024)) == NULL)
		return;
	if (strpbrk(s, "*?[") == NULL) {
		if ((path = dro_value_path(r, node, "include")) != NULL)
			take_file(r, node, path, docs);
		return;
	}
	if (in_memory(r, node, "include"))
		return;
	dro_buf_init(&pattern, 64u << 10);
	if (*s != '/') {
		escape(r->dir, &pattern);
		dro_buf_addc(&pattern, '/');
	}
	dro_buf_adds(&pattern, strncmp(s, "./", 2) == 0 ? s + 2 : s);
	if (pattern.failed)
		r->log.failed = true;
	else
		take_glob(r, node, pattern.ptr, docs);
	dro_buf_finish(&pattern);
}

void
dro_bind_include(struct dro_reader *r, const struct dro_node *list,
    struct dro_documents *docs)
{
	const struct dro_item *item;

	if (list == NULL || !dro_is_list(r, list, "include"))
		return;
	for (item = list->first; item != NULL && !r->log.failed;
	     item = item->next)
		take_entry(r, item->value, docs);
}
