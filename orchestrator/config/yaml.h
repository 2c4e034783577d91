#ifndef DRO_ORCHESTRATOR_CONFIG_YAML_H
#define DRO_ORCHESTRATOR_CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "config/findings.h"

/*
 * Limits on a config file: what a person writes stays far below, what an
 * attacker writes stops early.  An alias counts as all that it stands for.
 */
#define DRO_YAML_BYTES_MAX (4u << 20)
#define DRO_YAML_DEPTH_MAX 32
#define DRO_YAML_NODES_MAX 200000
#define DRO_YAML_ANCHORS_MAX 256

enum dro_node_kind { DRO_NODE_TEXT, DRO_NODE_LIST, DRO_NODE_MAP };

struct dro_node;

/* A list entry (key NULL), or a key of a map with its value. */
struct dro_item {
	const struct dro_node *key;
	const struct dro_node *value;
	struct dro_item *next;
};

/* One node; aliases of one anchor share it, so it is never changed. */
struct dro_node {
	enum dro_node_kind kind;
	const char *file; /* as messages name it */
	int line, column; /* from 1 */
	const char *text; /* of DRO_NODE_TEXT, NUL-terminated, without NUL */
	bool quoted; /* "", '' or a block: never null */
	size_t n;
	struct dro_item *first, *last;
	size_t weight; /* nodes in it, itself included */
	int height; /* collections on the longest way down */
	bool open; /* still being read: an alias to it is a cycle */
};

/**
 * dro_yaml_parse(text, len, arena, log):
 * The root of the one document in ${text}.  Keys are texts and differ within
 * a map; tags, merge keys, further documents and whatever exceeds the limits
 * are errors in ${log}.  NULL if there is no tree to look at, which is always
 * an error in ${log}; a tree may come with errors as well.
 */
const struct dro_node *dro_yaml_parse(
    const char *text, size_t len, struct dro_arena *arena, struct dro_log *log);

/** dro_node_null(node): a plain scalar that is empty, "~" or "null". */
bool dro_node_null(const struct dro_node *node);

#endif /* !DRO_ORCHESTRATOR_CONFIG_YAML_H */
