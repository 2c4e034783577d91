/*
 * Any octets as a mail with signatures, and as what DNS says about a key: the
 * first line is the key record (none: there is no such name; "?": no answer),
 * the rest is the mail.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/sender.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1600000100)

static enum dro_key_status
fetch(void *arg, const char *selector, const char *domain, char *text)
{
	const char *key = arg;

	assert(*selector != '\0' && *domain != '\0');
	assert(strlen(selector) < 256 && strlen(domain) < 256);
	if (*key == '\0')
		return (DRO_KEY_ABSENT);
	if (*key == '?')
		return (DRO_KEY_UNKNOWN);
	memcpy(text, key, strlen(key) + 1);
	return (DRO_KEY_FOUND);
}

static void
check(const struct dro_sender *s)
{
	const bool proved =
	    s->auth == DRO_AUTH_DKIM_ALIGNED || s->auth == DRO_AUTH_AR_TRUSTED;

	assert(s->auth > DRO_AUTH_NONE && s->auth <= DRO_AUTH_INVALID);
	assert(s->from != NULL && s->signer != NULL && s->selector != NULL);
	assert(s->recipient != NULL);
	assert(strlen(s->recipient) <= DRO_RECIPIENT_MAX);
	assert(strspn(s->recipient, " \t\r\n") == 0);
	assert(s->identity != NULL && s->note != NULL && *s->note != '\0');
	/* Who proved nothing has no name, and who did has the whole of it. */
	assert(proved == (*s->identity != '\0'));
	assert(!proved || (*s->from != '\0' && *s->signer != '\0'));
	assert(s->auth != DRO_AUTH_DKIM_ALIGNED || s->key_bits == 0 ||
	    s->key_bits >= 1024);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const ids[] = {"mx.msp.example"};
	const uint8_t *lf = memchr(data, '\n', size);
	char key[DRO_KEY_TEXT_MAX + 1] = "";
	const struct dro_sender_conf conf = {.now = NOW,
	    .n_ids = DRO_ARRAY_LEN(ids),
	    .ids = ids,
	    .fetch = fetch,
	    .fetch_arg = key,
	    .recipient = "Delivered-To"};
	struct dro_arena *arena;
	struct dro_sender sender;
	size_t n;

	if (lf == NULL || (n = (size_t)(lf - data)) >= DRO_KEY_TEXT_MAX)
		return (0);
	if (dro_sender_prepare(NULL) != DRO_OK ||
	    (arena = dro_arena_create()) == NULL)
		abort();
	memcpy(key, data, n);
	if (dro_sender_judge((const char *)lf + 1, size - n - 1, &conf, arena,
		&sender, NULL) != DRO_OK)
		abort();
	check(&sender);
	dro_arena_destroy(arena);
	return (0);
}
