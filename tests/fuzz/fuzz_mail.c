/*
 * Any octets as a mail: its parts are handed over or it is refused, within
 * the limits of mail.h.  What they hold is fuzz_container's.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/container.h"
#include "ingest/mail.h"
#include "ingest/sender.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	size_t parts, refusals, stop_after;
};

static bool
part(void *arg, const char *name, const void *ptr, size_t len)
{
	struct seen *seen = arg;
	const char *octets = ptr;
	size_t i, sum = 0;

	assert(seen->parts < seen->stop_after);
	assert(*name != '\0' && len > 0 && len <= DRO_INPUT_MAX);
	for (i = 0; i < len; i++) /* reads every octet */
		sum += octets[i] == '<';
	assert(sum <= len);
	return (++seen->parts < seen->stop_after);
}

static void
refused(void *arg, const char *name, const struct dro_refused *why)
{
	struct seen *seen = arg;

	(void)name;
	assert(why->why > DRO_REFUSE_NONE && why->why < DRO_REFUSE_N);
	assert(memchr(why->detail, '\0', sizeof(why->detail)) != NULL);
	seen->refusals++;
}

/* The first octet: after how many parts nothing more is wanted. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = {0, 0, SIZE_MAX};

	if (size == 0)
		return (0);
	if (dro_sender_prepare(NULL) != DRO_OK)
		abort();
	if (data[0] > 0 && data[0] < 8)
		seen.stop_after = data[0];
	(void)dro_mail_looks(data + 1, size - 1);
	if (dro_mail_parts(data + 1, size - 1, part, refused, &seen, NULL) !=
	    DRO_OK)
		abort();
	assert(seen.parts + seen.refusals > 0);
	assert(seen.parts <= DRO_MAIL_PARTS_MAX);
	return (0);
}
