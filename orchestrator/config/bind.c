#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/reader.h"
#include "config/suggest.h"

/* What of a wrong value is shown, in octets. */
#define FOUND_MAX 60

/* Longest text of one finding; texts of libraries come with 512 at most. */
#define FINDING_MAX 2048

void *
dro_reader_alloc(struct dro_reader *r, size_t n, size_t size)
{
	void *p = dro_arena_alloc(r->arena, n, size);

	if (p == NULL)
		r->log.failed = true;
	return (p);
}

void
dro_reader_error(
    struct dro_reader *r, const struct dro_node *node, const char *fmt, ...)
{
	char text[FINDING_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	dro_log_at(
	    &r->log, false, node->file, node->line, node->column, "%s", text);
}

void
dro_reader_warning(
    struct dro_reader *r, const struct dro_node *node, const char *fmt, ...)
{
	char text[FINDING_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	dro_log_at(
	    &r->log, true, node->file, node->line, node->column, "%s", text);
}

const char *
dro_found(struct dro_reader *r, const struct dro_node *node)
{
	const char *s;
	size_t len;

	if (node->kind == DRO_NODE_LIST)
		return ("a list");
	if (node->kind == DRO_NODE_MAP)
		return ("a map");
	if (dro_node_null(node))
		return ("nothing");
	if (r->quiet)
		return ("text that is not shown here");
	len = strlen(node->text);
	if (len > FOUND_MAX) {
		/* Not in the middle of a character. */
		len = FOUND_MAX;
		while (
		    len > 0 && ((unsigned char)node->text[len] & 0xc0) == 0x80)
			len--;
	}
	s = dro_arena_printf(r->arena, "\"%.*s%s\"", (int)len, node->text,
	    node->text[len] != '\0' ? "..." : "");
	if (s == NULL)
		r->log.failed = true;
	return (s != NULL ? s : "");
}

const char *
dro_suggestion(struct dro_reader *r, const struct dro_guess *guess)
{
	const char *text = dro_guess_text(guess, r->arena);

	if (text == NULL)
		r->log.failed = true;
	return (text != NULL ? text : "");
}

const char *
dro_shown_dir(struct dro_reader *r, const char *path)
{
	const char *slash = strrchr(path, '/'), *dir;

	dir = slash == NULL
	    ? ""
	    : dro_arena_strndup(r->arena, path, (size_t)(slash + 1 - path));
	if (dir == NULL)
		r->log.failed = true;
	return (dir);
}

bool
dro_is_map(struct dro_reader *r, const struct dro_node *node, const char *what)
{
	if (node->kind == DRO_NODE_MAP || dro_node_null(node))
		return (true);
	dro_reader_error(r, node, "%s: expected keys with values, found %s",
	    what, dro_found(r, node));
	return (false);
}

bool
dro_is_list(struct dro_reader *r, const struct dro_node *node, const char *what)
{
	if (node->kind == DRO_NODE_LIST || dro_node_null(node))
		return (true);
	dro_reader_error(r, node,
	    "%s: expected a list such as [a, b], found %s", what,
	    dro_found(r, node));
	return (false);
}

bool
dro_is_few(struct dro_reader *r, const struct dro_node *node, const char *what)
{
	if (node->n <= DRO_ENTRIES_MAX)
		return (true);
	dro_reader_error(
	    r, node, "%s: more than %d entries", what, DRO_ENTRIES_MAX);
	return (false);
}

/* Say why ${key}, which the main file knows, is not for an included one. */
static void
not_included(struct dro_reader *r, const struct dro_node *key,
    const struct dro_key *known)
{
	if (known->id == DRO_K_INCLUDE)
		dro_reader_error(r, key,
		    "include: an included file includes no others; name them "
		    "all in the main file");
	else
		dro_reader_error(r, key,
		    "%s belongs in the main file: accounts, commands and "
		    "endpoints are the operator's; an included file holds "
		    "clients alone",
		    known->name);
}

/*
 * Say that ${key} is not known at ${place}, and what may have been meant.  A
 * misspelt key is not missing as well.
 */
static void
unknown_key(struct dro_reader *r, const struct dro_item *item, unsigned place,
    struct dro_setting *out)
{
	const struct dro_node *key = item->key;
	const struct dro_key *keys;
	const char *hint = NULL;
	struct dro_guess guess;
	size_t i, n;

	if (place == DRO_IN_INCLUDED &&
	    dro_key_find(DRO_IN_ROOT, key->text) != NULL) {
		not_included(r, key, dro_key_find(DRO_IN_ROOT, key->text));
		return;
	}
	/* {why: old, and slow} is why: old, and a key "and slow" of nothing. */
	if (strchr(key->text, ' ') != NULL && dro_node_null(item->value))
		hint = "; a comma ends a text within { }: put the text in "
		       "quotes";
	keys = dro_keys(&n);
	dro_guess_init(&guess, key->text);
	for (i = 0; i < n; i++)
		if ((keys[i].places & place) != 0)
			dro_guess_try(&guess, keys[i].name);
	if (guess.best != NULL)
		out[dro_key_find(place, guess.best)->id].key = key;
	for (i = 0; guess.best == NULL && hint == NULL && i < n; i++)
		if (strcmp(keys[i].name, key->text) == 0)
			hint = dro_arena_printf(r->arena, "; it belongs in %s",
			    dro_place_name(keys[i].places));
	if (hint == NULL)
		hint = dro_suggestion(r, &guess);
	dro_reader_error(r, key, "unknown key %s in %s%s", dro_found(r, key),
	    dro_place_name(place), hint);
}

void
dro_bind(struct dro_reader *r, const struct dro_node *map, unsigned place,
    struct dro_setting *out)
{
	const struct dro_item *item;
	const struct dro_key *key;
	struct dro_setting *set;

	for (item = map->first; item != NULL; item = item->next) {
		key = dro_key_find(place, item->key->text);
		if (key == NULL) {
			unknown_key(r, item, place, out);
			continue;
		}
		set = &out[key->id];
		set->key = item->key;
		set->node = item->value;
		if (key->type != DRO_T_MAP) {
			dro_value_bind(r, key, item->value, set);
			continue;
		}
		set->ok = dro_is_map(r, item->value, key->name);
		if (set->ok)
			dro_bind(r, item->value, key->sub, out);
	}
}
