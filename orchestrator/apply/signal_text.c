#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/date.h"
#include "config/reader.h"

#include "apply/signal.h"

/* A sentence; more is no reason anybody reads. */
#define REASON_MAX 500

/* One reading; texts of findings begin with the name of the signal. */
struct reading {
	struct dro_arena *arena;
	struct dro_signal_doc *doc;
	bool failed; /* out of memory */
};

static void
say(struct reading *r, const char **wrong, const char *text)
{
	*wrong = text;
	r->failed = r->failed || text == NULL;
}

/* A text of the document for a message: cut, and never NULL. */
static const char *
shown(struct reading *r, const json_t *value)
{
	const char *s = json_string_value(value);

	if (s == NULL)
		return (value == NULL ? "nothing" : "no text");
	s = dro_arena_printf(r->arena, "\"%.60s\"", s);
	r->failed = r->failed || s == NULL;
	return (s != NULL ? s : "");
}

/* A member that nobody knows may be the misspelt one that matters. */
static const char *
stranger(json_t *object, const char *const *known)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach(object, key, value)
	{
		for (i = 0; known[i] != NULL; i++)
			if (strcmp(key, known[i]) == 0)
				break;
		if (known[i] == NULL)
			return (key);
	}
	return (NULL);
}

/* The time ${name} of ${of}, which must be there; false: said in ${wrong}. */
static bool
get_time(struct reading *r, const json_t *object, const char *of,
    const char *name, int64_t *out, const char **wrong)
{
	const json_t *value = json_object_get(object, name);
	const char *s = json_string_value(value);

	if (s != NULL && dro_date_parse(s, out, NULL) == DRO_OK && *out > 0)
		return (true);
	say(r, wrong,
	    dro_arena_printf(r->arena,
		"%s: %s%s%s: expected a time such as 2026-11-20T06:00:00Z, "
		"found %s: correct it",
		r->doc->head.name, of, *of != '\0' ? ": " : "", name,
		shown(r, value)));
	return (false);
}

static bool
get_word(struct reading *r, const json_t *object, const char *of,
    struct dro_said *out)
{
	const json_t *value = json_object_get(object, "signal");
	const char *s = json_string_value(value);
	enum dro_word w;

	for (w = DRO_WORD_GO; s != NULL && w <= DRO_WORD_BACK; w++)
		if (strcmp(s, dro_word_name(w)) == 0) {
			out->word = w;
			return (true);
		}
	say(r, &out->wrong,
	    dro_arena_printf(r->arena,
		"%s: %s: signal: expected \"go\", \"hold\" or \"back\", found "
		"%s: correct it",
		r->doc->head.name, of, shown(r, value)));
	return (false);
}

/* Whoever is held up wants to know why. */
static bool
get_reason(struct reading *r, const json_t *object, const char *of,
    struct dro_said *out)
{
	const json_t *value = json_object_get(object, "reason");
	const char *s = json_string_value(value);

	if (value == NULL && out->word == DRO_WORD_GO)
		return (true);
	if (s != NULL && *s != '\0' && strlen(s) <= REASON_MAX) {
		say(r, &out->reason, dro_arena_strdup(r->arena, s));
		return (true);
	}
	say(r, &out->wrong,
	    dro_arena_printf(r->arena,
		"%s: %s: reason: expected a text of 1 to %d octets, found %s: "
		"correct it",
		r->doc->head.name, of, REASON_MAX, shown(r, value)));
	return (false);
}

static void
get_said(
    struct reading *r, json_t *object, const char *of, struct dro_said *out)
{
	static const char *const known[] = {
	    "signal", "reason", "at", "until", NULL};
	const char *key;

	if (!json_is_object(object)) {
		say(r, &out->wrong,
		    dro_arena_printf(r->arena,
			"%s: %s: expected {\"signal\": ..., \"at\": ...}: "
			"correct it",
			r->doc->head.name, of));
		return;
	}
	if ((key = stranger(object, known)) != NULL) {
		say(r, &out->wrong,
		    dro_arena_printf(r->arena,
			"%s: %s: unknown member \"%.60s\": expected signal, "
			"reason, at, until",
			r->doc->head.name, of, key));
		return;
	}
	if (!get_word(r, object, of, out) || !get_reason(r, object, of, out))
		return;
	/* A go that always was needs no beginning. */
	out->at = r->doc->head.at;
	if ((out->word != DRO_WORD_GO ||
		json_object_get(object, "at") != NULL) &&
	    !get_time(r, object, of, "at", &out->at, &out->wrong))
		return;
	if (json_object_get(object, "until") != NULL)
		(void)get_time(
		    r, object, of, "until", &out->until, &out->wrong);
}

static int
by_domain(const void *a, const void *b)
{
	const struct dro_signal_entry *x = a, *y = b;

	return (strcmp(x->domain, y->domain));
}

/* A name that cannot be told might be that of any domain. */
static bool
get_entry(struct reading *r, const char *key, json_t *value,
    struct dro_signal_entry *out)
{
	char name[DRO_DOMAIN_LEN] = "*";
	struct dro_err err;

	if (strcmp(key, "*") != 0 &&
	    dro_domain_ascii(key, name, &err) != DRO_OK) {
		say(r, &r->doc->head.wrong,
		    dro_arena_printf(r->arena,
			"%s: domains: %s: expected domains, or \"*\" for all",
			r->doc->head.name, err.msg));
		return (false);
	}
	if ((out->domain = dro_arena_strdup(r->arena, name)) == NULL)
		r->failed = true;
	else
		get_said(r, value, out->domain, &out->said);
	return (!r->failed);
}

static void
get_entries(struct reading *r, json_t *domains)
{
	struct dro_signal_doc *doc = r->doc;
	const char *key;
	json_t *value;
	size_t i;

	doc->entries = dro_arena_alloc(
	    r->arena, json_object_size(domains), sizeof(*doc->entries));
	if (doc->entries == NULL) {
		r->failed = true;
		return;
	}
	json_object_foreach(domains, key, value)
	{
		if (!get_entry(r, key, value, &doc->entries[doc->n]))
			return;
		doc->n++;
	}
	qsort(doc->entries, doc->n, sizeof(*doc->entries), by_domain);
	for (i = 1; i < doc->n; i++)
		if (by_domain(&doc->entries[i - 1], &doc->entries[i]) == 0)
			say(r, &doc->head.wrong,
			    dro_arena_printf(r->arena,
				"%s: domains: %s is there twice: keep one",
				doc->head.name, doc->entries[i].domain));
}

static void
get_document(struct reading *r, json_t *root)
{
	static const char *const known[] = {"schema", "at", "domains", NULL};
	struct dro_signal *head = &r->doc->head;
	json_t *domains = json_object_get(root, "domains");
	const char *schema, *key;

	schema = json_string_value(json_object_get(root, "schema"));
	if (schema == NULL || strcmp(schema, "rollout.signal/1") != 0)
		say(r, &head->wrong,
		    dro_arena_printf(r->arena,
			"%s: schema: expected \"rollout.signal/1\", found %s",
			head->name, shown(r, json_object_get(root, "schema"))));
	else if ((key = stranger(root, known)) != NULL)
		say(r, &head->wrong,
		    dro_arena_printf(r->arena,
			"%s: unknown member \"%.60s\": expected schema, at, "
			"domains",
			head->name, key));
	else if (!json_is_object(domains))
		say(r, &head->wrong,
		    dro_arena_printf(r->arena,
			"%s: domains: expected {\"DOMAIN\": {\"signal\": "
			"...}, ...}",
			head->name));
	else if (get_time(r, root, "", "at", &head->at, &head->wrong))
		get_entries(r, domains);
}

enum dro_code
dro_signal_parse(const char *text, size_t len, struct dro_arena *arena,
    struct dro_signal_doc *out, struct dro_err *err)
{
	struct reading r = {.arena = arena, .doc = out};
	json_error_t why;
	json_t *root;

	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (root == NULL)
		say(&r, &out->head.wrong,
		    dro_arena_printf(arena,
			"%s: line %d, column %d: no JSON: %.100s: see what "
			"writes it",
			out->head.name, why.line, why.column, why.text));
	else
		get_document(&r, root);
	json_decref(root);
	return (r.failed ? dro_err_nomem(err) : DRO_OK);
}
