#ifndef DRO_ORCHESTRATOR_CONFIG_INCLUDE_H
#define DRO_ORCHESTRATOR_CONFIG_INCLUDE_H

#include <stddef.h>

#include "config/reader.h"

/* One file per client is the most that anybody needs. */
#define DRO_INCLUDE_MAX 1000

/* All files that others name come to this many octets at most. */
#define DRO_NAMED_BYTES_MAX (32u << 20)

/* A file with clients in it. */
struct dro_document {
	const char *path; /* absolute; NULL: the main file */
	const char *dir; /* absolute: what paths in it are relative to */
	const char *shown_dir; /* the same as messages name it */
	const struct dro_node *clients; /* or NULL */
};

struct dro_documents {
	size_t n;
	struct dro_document *items;
};

/**
 * dro_bind_include(r, list, docs):
 * Read the files that include: ${list} (NULL: none) names, each once, and
 * put them behind those in ${docs}, which has room for DRO_INCLUDE_MAX more.
 */
void dro_bind_include(struct dro_reader *r, const struct dro_node *list,
    struct dro_documents *docs);

/**
 * dro_shown_path(r, path):
 * The absolute ${path} as messages name it: from where the file being bound
 * was found, if it lies in its folder.  Never NULL.
 */
const char *dro_shown_path(struct dro_reader *r, const char *path);

/**
 * dro_named_file(r, node, what, path, max, text, len):
 * All of the file ${path} that ${node} names, for the caller to free.  NULL
 * in ${text} after an error about ${what}.
 */
void dro_named_file(struct dro_reader *r, const struct dro_node *node,
    const char *what, const char *path, size_t max, char **text, size_t *len);

#endif /* !DRO_ORCHESTRATOR_CONFIG_INCLUDE_H */
