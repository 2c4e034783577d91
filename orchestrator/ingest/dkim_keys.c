#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/domain.h"
#include "dns/txt.h"
#include "ingest/dkim_keys.h"
#include "presets/reporters.h"

/* One answer; ${text} is NULL unless the key was found. */
struct known {
	char *name; /* "selector._domainkey.domain"; NULL: free */
	enum dro_key_status status;
	char *text;
};

struct dro_dkim_keys {
	struct dro_txt *txt;
	struct known known[DRO_DKIM_KEYS_MAX];
	size_t next; /* is overwritten next */
	int64_t waited_ms[2]; /* for strangers, for large reporters */
};

enum dro_code
dro_dkim_keys_create(const struct dro_dns_conf *conf,
    struct dro_dkim_keys **out, struct dro_err *err)
{
	struct dro_dkim_keys *keys;
	enum dro_code code;

	if ((keys = calloc(1, sizeof(*keys))) == NULL)
		return (dro_err_nomem(err));
	if ((code = dro_txt_create(conf, &keys->txt, err)) == DRO_OK)
		*out = keys;
	else
		free(keys);
	return (code);
}

static void
forget(struct known *known)
{
	free(known->name);
	free(known->text);
	memset(known, 0, sizeof(*known));
}

void
dro_dkim_keys_destroy(struct dro_dkim_keys *keys)
{
	size_t i;

	if (keys == NULL)
		return;
	for (i = 0; i < DRO_DKIM_KEYS_MAX; i++)
		forget(&keys->known[i]);
	dro_txt_destroy(keys->txt);
	free(keys);
}

static const struct known *
find(const struct dro_dkim_keys *keys, const char *name)
{
	size_t i;

	for (i = 0; i < DRO_DKIM_KEYS_MAX; i++)
		if (keys->known[i].name != NULL &&
		    strcmp(keys->known[i].name, name) == 0)
			return (&keys->known[i]);
	return (NULL);
}

/* Without memory it is asked again, nothing worse. */
static void
remember(struct dro_dkim_keys *keys, const char *name,
    enum dro_key_status status, const char *text)
{
	struct known *known = &keys->known[keys->next];

	forget(known);
	if ((known->name = strdup(name)) == NULL ||
	    (status == DRO_KEY_FOUND && (known->text = strdup(text)) == NULL)) {
		forget(known);
		return;
	}
	known->status = status;
	keys->next = (keys->next + 1) % DRO_DKIM_KEYS_MAX;
}

static bool
is_key(const struct dro_value *value)
{
	return (value->len >= 7 && memcmp(value->ptr, "v=DKIM1", 7) == 0);
}

/* The one record that is a key; a lone one may leave its version out. */
static enum dro_key_status
choose(const struct dro_rrset *rrset, char *text)
{
	const struct dro_value *value = NULL;
	size_t i, n = 0;

	for (i = 0; i < rrset->n; i++)
		if (is_key(&rrset->values[i])) {
			value = &rrset->values[i];
			n++;
		}
	if (n == 0 && rrset->n == 1)
		value = &rrset->values[0];
	if (n > 1 || value == NULL || value->len > DRO_KEY_TEXT_MAX ||
	    memchr(value->ptr, '\0', value->len) != NULL)
		return (DRO_KEY_ABSENT);
	memcpy(text, value->ptr, value->len);
	text[value->len] = '\0';
	return (DRO_KEY_FOUND);
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* The name servers' answer; what it took beyond reason goes to ${waited_ms}. */
static enum dro_key_status
ask(struct dro_dkim_keys *keys, const char *name, int64_t *waited_ms,
    char *text)
{
	enum dro_key_status key = DRO_KEY_UNKNOWN;
	const int64_t began = now_ms();
	int64_t took_ms;
	enum dro_txt_status status;
	struct dro_arena *arena;
	struct dro_rrset *rrset;

	if ((arena = dro_arena_create()) == NULL)
		return (DRO_KEY_UNKNOWN);
	rrset = dro_arena_alloc(arena, 1, sizeof(*rrset));
	if (rrset != NULL &&
	    dro_txt_look(keys->txt, name, arena, rrset, &status, NULL) ==
		DRO_OK) {
		if (status == DRO_TXT_FOUND)
			key = choose(rrset, text);
		else if (status == DRO_TXT_ABSENT)
			key = DRO_KEY_ABSENT;
	}
	dro_arena_destroy(arena);
	took_ms = now_ms() - began;
	if (key == DRO_KEY_UNKNOWN || took_ms > DRO_DKIM_KEYS_SLOW_MS)
		*waited_ms += took_ms;
	return (key);
}

/* Whether ${domain} is, or is above, the domain of a large reporter. */
static bool
is_large(const char *domain)
{
	const struct dro_large_reporter *list;
	size_t i, n;

	list = dro_large_reporters(&n);
	for (i = 0; i < n; i++)
		if (dro_domain_within(domain, list[i].domain) ||
		    dro_domain_within(list[i].domain, domain))
			return (true);
	return (false);
}

enum dro_key_status
dro_dkim_keys_fetch(
    void *arg, const char *selector, const char *domain, char *text)
{
	struct dro_dkim_keys *keys = arg;
	char joined[2 * DRO_DOMAIN_LEN + 16], name[DRO_DOMAIN_LEN];
	const struct known *known;
	enum dro_key_status status;
	int64_t *waited_ms;

	text[0] = '\0';
	(void)snprintf(
	    joined, sizeof(joined), "%s._domainkey.%s", selector, domain);
	if (strlen(selector) >= DRO_DOMAIN_LEN ||
	    strlen(domain) >= DRO_DOMAIN_LEN ||
	    dro_domain_normalise(joined, name, NULL) != DRO_OK)
		return (DRO_KEY_ABSENT);
	if ((known = find(keys, name)) != NULL) {
		if (known->status == DRO_KEY_FOUND)
			(void)snprintf(
			    text, DRO_KEY_TEXT_MAX + 1, "%s", known->text);
		return (known->status);
	}
	waited_ms = &keys->waited_ms[is_large(domain)];
	if (*waited_ms >= DRO_DKIM_KEYS_WAIT_MS)
		return (DRO_KEY_UNKNOWN);
	status = ask(keys, name, waited_ms, text);
	remember(keys, name, status, text);
	return (status);
}
