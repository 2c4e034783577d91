/*
 * Any octets as an input, all the way: mail, containers, XML.  The first octet
 * says whether it is known to be a mail.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "ingest/reading.h"

#include "checked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	bool mail;
	size_t senders, originals, answers;
};

static struct dro_reading *reading;

static void
finish(void)
{
	dro_reading_destroy(reading);
}

static enum dro_key_status
no_key(void *arg, const char *selector, const char *domain, char *text)
{
	(void)arg, (void)selector, (void)domain, (void)text;
	return (DRO_KEY_ABSENT);
}

static void
on_sender(void *arg, const struct dro_sender *sender)
{
	struct seen *seen = arg;

	assert(seen->senders == 0 && seen->originals == 0);
	/* Without a key and without a trusted server nothing is proved. */
	assert(*sender->identity == '\0');
	seen->senders++;
}

static void
on_original(void *arg, const void *ptr, size_t len)
{
	struct seen *seen = arg;

	assert(ptr != NULL || len == 0);
	seen->originals++;
}

static void
on_report(void *arg, const char *member, const struct dro_report *report,
    dro_warns warns)
{
	struct seen *seen = arg;

	(void)member, (void)warns;
	assert(seen->originals > 0);
	check_report(report);
	seen->answers++;
}

static void
on_refuse(void *arg, const char *member, const struct dro_refused *why)
{
	struct seen *seen = arg;

	(void)member;
	assert(why->why > DRO_REFUSE_NONE && why->why < DRO_REFUSE_N);
	seen->answers++;
}

static void
on_warn(void *arg, const char *member, enum dro_warn warn)
{
	(void)arg, (void)member;
	assert(warn < DRO_WARN_N);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct dro_reading_conf conf = {.now = 1769904000, .key = no_key};
	struct seen seen = {.mail = false};
	const struct dro_reading_sink sink = {
	    &seen, on_sender, on_original, on_report, on_refuse, on_warn};
	struct dro_input input;

	if (size == 0)
		return (0);
	if (reading == NULL) {
		if (dro_sender_prepare(NULL) != DRO_OK)
			abort();
		reading = dro_reading_create();
		atexit(finish);
	}
	if (reading == NULL)
		abort();
	input = (struct dro_input){.path = "x",
	    .mail = (data[0] & 1) != 0,
	    .ptr = (const char *)data + 1,
	    .len = size - 1};
	if (dro_reading_read(reading, &conf, &input, &sink, NULL) != DRO_OK)
		abort();
	assert(seen.answers > 0);
	assert(!input.mail || seen.senders == 1);
	return (0);
}
