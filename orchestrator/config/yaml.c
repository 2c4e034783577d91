#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "config/yaml.h"

struct anchor {
	const char *name;
	const struct dro_node *node;
};

/* A collection being read, with the key that waits for its value. */
struct frame {
	struct dro_node *node;
	const struct dro_node *key;
	bool skip; /* the key was refused: so goes its value */
};

struct builder {
	struct dro_arena *arena;
	struct dro_log *log;
	struct frame frames[DRO_YAML_DEPTH_MAX];
	size_t depth;
	struct anchor anchors[DRO_YAML_ANCHORS_MAX];
	size_t n_anchors;
	size_t nodes;
	const struct dro_node *root;
};

bool
dro_node_null(const struct dro_node *node)
{
	return (node->kind == DRO_NODE_TEXT && !node->quoted &&
	    (*node->text == '\0' || strcmp(node->text, "~") == 0 ||
		strcmp(node->text, "null") == 0));
}

static int
line_of(const yaml_mark_t *mark)
{
	return ((int)mark->line + 1);
}

static int
column_of(const yaml_mark_t *mark)
{
	return ((int)mark->column + 1);
}

/* Count ${n} more nodes; false once the file holds too many. */
static bool
count(struct builder *b, size_t n, const yaml_mark_t *mark)
{
	b->nodes += n;
	if (b->nodes <= DRO_YAML_NODES_MAX)
		return (true);
	dro_log_error(b->log, line_of(mark), column_of(mark),
	    "more than %d nodes, aliases counted each time: too much for a "
	    "configuration",
	    DRO_YAML_NODES_MAX);
	return (false);
}

static struct dro_node *
new_node(struct builder *b, enum dro_node_kind kind, const yaml_event_t *event)
{
	struct dro_node *node;

	if (!count(b, 1, &event->start_mark))
		return (NULL);
	if ((node = dro_arena_alloc(b->arena, 1, sizeof(*node))) == NULL) {
		b->log->failed = true;
		return (NULL);
	}
	node->kind = kind;
	node->file = b->log->file;
	node->line = line_of(&event->start_mark);
	node->column = column_of(&event->start_mark);
	node->weight = 1;
	node->height = kind == DRO_NODE_TEXT ? 0 : 1;
	return (node);
}

static bool
add_anchor(
    struct builder *b, const yaml_char_t *name, const struct dro_node *node)
{
	const char *copy;

	if (name == NULL)
		return (true);
	if (b->n_anchors == DRO_YAML_ANCHORS_MAX) {
		dro_log_error(b->log, node->line, node->column,
		    "more than %d anchors", DRO_YAML_ANCHORS_MAX);
		return (false);
	}
	if ((copy = dro_arena_strdup(b->arena, (const char *)name)) == NULL) {
		b->log->failed = true;
		return (false);
	}
	b->anchors[b->n_anchors].name = copy;
	b->anchors[b->n_anchors++].node = node;
	return (true);
}

/* Tags would give values types of their own; types come from the key here. */
static void
refuse_tag(struct builder *b, const yaml_char_t *tag, const yaml_event_t *event)
{
	if (tag != NULL)
		dro_log_error(b->log, line_of(&event->start_mark),
		    column_of(&event->start_mark),
		    "YAML tag: not used here; remove it, and quote the value "
		    "if it is text");
}

/* Take ${node} as the next key of the map in ${f}; refuse what is no key. */
static void
take_key(struct builder *b, struct frame *f, const struct dro_node *node)
{
	f->key = node;
	f->skip = true;
	if (node->kind != DRO_NODE_TEXT)
		dro_log_error(b->log, node->line, node->column,
		    "a key must be text, not a list or a map");
	else if (!node->quoted && strcmp(node->text, "<<") == 0)
		dro_log_error(b->log, node->line, node->column,
		    "merge key \"<<\": not supported; use defaults, a client "
		    "or a policy to share settings");
	else
		f->skip = false;
}

/* Put the finished ${node} where it belongs: root, key, value or entry. */
static bool
attach(struct builder *b, const struct dro_node *node, int column, int line)
{
	struct dro_item *item;
	struct frame *f;

	if (b->depth == 0) {
		b->root = node;
		return (true);
	}
	f = &b->frames[b->depth - 1];
	f->node->weight += node->weight;
	if (node->height >= f->node->height)
		f->node->height = node->height + 1;
	if ((int)b->depth + node->height > DRO_YAML_DEPTH_MAX) {
		dro_log_error(b->log, line, column,
		    "nested deeper than %d levels", DRO_YAML_DEPTH_MAX);
		return (false);
	}
	if (f->node->kind == DRO_NODE_MAP && f->key == NULL) {
		take_key(b, f, node);
		return (true);
	}
	if (!f->skip) {
		item = dro_arena_alloc(b->arena, 1, sizeof(*item));
		if (item == NULL) {
			b->log->failed = true;
			return (false);
		}
		item->key = f->key;
		item->value = node;
		if (f->node->last != NULL)
			f->node->last->next = item;
		else
			f->node->first = item;
		f->node->last = item;
		f->node->n++;
	}
	f->key = NULL;
	f->skip = false;
	return (true);
}

/* A key and its number of order, for sorting. */
struct entry {
	struct dro_item *item;
	size_t order;
};

static int
by_key(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->item->key->text, y->item->key->text);

	if (order != 0)
		return (order);
	return (x->order < y->order ? -1 : x->order > y->order);
}

/* Unlink the items whose key was taken away. */
static void
sweep(struct dro_node *map)
{
	struct dro_item **link = &map->first, *item;

	map->last = NULL;
	map->n = 0;
	while ((item = *link) != NULL) {
		if (item->key == NULL) {
			*link = item->next;
			continue;
		}
		map->last = item;
		map->n++;
		link = &item->next;
	}
}

/* Report keys that ${map} has twice, and keep the first of each. */
static bool
refuse_duplicates(struct builder *b, struct dro_node *map)
{
	struct entry *all;
	struct dro_item *item;
	size_t i, kept = 0, n = 0;

	if (map->n < 2)
		return (true);
	if ((all = calloc(map->n, sizeof(*all))) == NULL) {
		b->log->failed = true;
		return (false);
	}
	for (item = map->first; item != NULL; item = item->next) {
		all[n].item = item;
		all[n].order = n;
		n++;
	}
	qsort(all, n, sizeof(*all), by_key);
	for (i = 1; i < n; i++) {
		const struct dro_node *first = all[kept].item->key;
		const struct dro_node *key = all[i].item->key;

		if (strcmp(first->text, key->text) != 0) {
			kept = i;
			continue;
		}
		dro_log_error(b->log, key->line, key->column,
		    "\"%.64s\": the same key is on line %d already; keep one "
		    "of them",
		    key->text, first->line);
		all[i].item->key = NULL;
	}
	free(all);
	sweep(map);
	return (true);
}

static bool
on_alias(struct builder *b, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	const yaml_mark_t *mark = &event->start_mark;
	const struct dro_node *node = NULL;
	size_t i;

	/* The newest anchor of that name counts (YAML 1.2.2, 3.2.2.2). */
	for (i = b->n_anchors; i > 0 && node == NULL; i--)
		if (strcmp(b->anchors[i - 1].name, name) == 0)
			node = b->anchors[i - 1].node;
	if (node == NULL || node->open) {
		dro_log_error(b->log, line_of(mark), column_of(mark),
		    "alias \"*%.64s\": %s", name,
		    node == NULL ? "there is no such anchor before it"
				 : "it stands within its own anchor");
		return (false);
	}
	return (count(b, node->weight, mark) &&
	    attach(b, node, column_of(mark), line_of(mark)));
}

static bool
on_scalar(struct builder *b, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	struct dro_node *node;

	refuse_tag(b, event->data.scalar.tag, event);
	if ((node = new_node(b, DRO_NODE_TEXT, event)) == NULL)
		return (false);
	if (memchr(text, '\0', len) != NULL) {
		dro_log_error(b->log, node->line, node->column,
		    "text with a NUL character: remove the \"\\0\"");
		return (false);
	}
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if ((node->text = dro_arena_strndup(b->arena, text, len)) == NULL) {
		b->log->failed = true;
		return (false);
	}
	return (add_anchor(b, event->data.scalar.anchor, node) &&
	    attach(b, node, node->column, node->line));
}

static bool
on_start(struct builder *b, enum dro_node_kind kind, const yaml_char_t *anchor,
    const yaml_event_t *event)
{
	struct dro_node *node;

	if ((node = new_node(b, kind, event)) == NULL)
		return (false);
	if (b->depth == DRO_YAML_DEPTH_MAX) {
		dro_log_error(b->log, node->line, node->column,
		    "nested deeper than %d levels", DRO_YAML_DEPTH_MAX);
		return (false);
	}
	node->open = true;
	memset(&b->frames[b->depth], 0, sizeof(b->frames[0]));
	b->frames[b->depth++].node = node;
	return (add_anchor(b, anchor, node));
}

static bool
on_end(struct builder *b)
{
	struct dro_node *node = b->frames[--b->depth].node;

	node->open = false;
	if (node->kind == DRO_NODE_MAP && !refuse_duplicates(b, node))
		return (false);
	return (attach(b, node, node->column, node->line));
}

/* Take one event; false ends the reading. */
static bool
on_event(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (b->root == NULL)
			return (true);
		dro_log_error(b->log, line_of(&event->start_mark),
		    column_of(&event->start_mark),
		    "a second document begins here: a configuration is one; "
		    "remove the \"---\"");
		return (false);
	case YAML_ALIAS_EVENT:
		return (on_alias(b, event));
	case YAML_SCALAR_EVENT:
		return (on_scalar(b, event));
	case YAML_SEQUENCE_START_EVENT:
		refuse_tag(b, event->data.sequence_start.tag, event);
		return (on_start(b, DRO_NODE_LIST,
		    event->data.sequence_start.anchor, event));
	case YAML_MAPPING_START_EVENT:
		refuse_tag(b, event->data.mapping_start.tag, event);
		return (on_start(
		    b, DRO_NODE_MAP, event->data.mapping_start.anchor, event));
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return (on_end(b));
	case YAML_STREAM_END_EVENT:
	case YAML_NO_EVENT:
		return (false);
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return (true);
}

/* Whether line ${line} (from 1) of ${text} is indented with a tab. */
static bool
tab_indented(const char *text, size_t len, int line)
{
	const char *end = text + len, *p = text;

	for (; line > 1 && p < end; line--)
		if ((p = memchr(p, '\n', (size_t)(end - p))) == NULL)
			return (false);
		else
			p++;
	while (p < end && *p == ' ')
		p++;
	return (p < end && *p == '\t');
}

/* Say what libyaml did not understand, and where. */
static void
explain(const yaml_parser_t *parser, const char *text, size_t len,
    struct dro_log *log)
{
	int line = line_of(&parser->problem_mark);
	int column = column_of(&parser->problem_mark);
	const char *context = parser->context;
	size_t i;

	if (parser->error == YAML_MEMORY_ERROR) {
		log->failed = true;
		return;
	}
	if (parser->error == YAML_READER_ERROR) {
		/* It knows the octet only. */
		line = column = 1;
		for (i = 0; i < parser->problem_offset && i < len; i++) {
			column = text[i] == '\n' ? 1 : column + 1;
			line += text[i] == '\n';
		}
		context = NULL;
	}
	dro_log_error(log, line, column, "not valid YAML: %s%s%s%s",
	    parser->problem != NULL ? parser->problem : "unreadable",
	    context != NULL ? " " : "", context != NULL ? context : "",
	    tab_indented(text, len, line) ? "; indent with spaces, not tabs"
					  : "");
}

const struct dro_node *
dro_yaml_parse(
    const char *text, size_t len, struct dro_arena *arena, struct dro_log *log)
{
	struct builder *b = NULL;
	const struct dro_node *root = NULL;
	size_t errors = log->n_errors;
	yaml_parser_t parser;
	yaml_event_t event;
	bool more = true;

	if (len > DRO_YAML_BYTES_MAX) {
		dro_log_error(log, 1, 1,
		    "larger than %u MiB: too much for a configuration",
		    DRO_YAML_BYTES_MAX >> 20);
		return (NULL);
	}
	if (!yaml_parser_initialize(&parser)) {
		log->failed = true;
		return (NULL);
	}
	if ((b = dro_arena_alloc(arena, 1, sizeof(*b))) == NULL) {
		log->failed = true;
		goto out;
	}
	b->arena = arena;
	b->log = log;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	while (more) {
		if (!yaml_parser_parse(&parser, &event)) {
			explain(&parser, text, len, log);
			goto out;
		}
		more = on_event(b, &event);
		if (event.type == YAML_STREAM_END_EVENT)
			root = b->root;
		yaml_event_delete(&event);
	}
	if (root == NULL && b->root == NULL && log->n_errors == errors)
		dro_log_error(log, 1, 1, "empty: %s",
		    log->file == log->first
			? "a configuration begins with \"version: 1\""
			: "an included file begins with \"clients:\"");
out:
	yaml_parser_delete(&parser);
	return (root);
}
