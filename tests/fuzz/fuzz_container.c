/*
 * Any octets as a container: the first says how many are read at a time.
 * The documents are looked at, not parsed; fuzz_report does that.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *ptr;
	size_t len, step;
};

struct seen {
	bool open;
	size_t answers, octets;
};

static struct dro_container *container;

static void
finish(void)
{
	dro_container_destroy(container);
}

static ssize_t
take(void *arg, void *buf, size_t cap)
{
	struct input *in = arg;
	size_t n = in->len < cap ? in->len : cap;

	if (n > in->step)
		n = in->step;
	memcpy(buf, in->ptr, n);
	in->ptr += n;
	in->len -= n;
	return ((ssize_t)n);
}

static void
begin(void *arg, const char *member)
{
	struct seen *seen = arg;

	assert(!seen->open);
	assert(member == NULL || *member != '\0');
	seen->open = true;
}

static bool
data_of(void *arg, const char *ptr, size_t len)
{
	struct seen *seen = arg;
	size_t i, spaces = 0;

	assert(seen->open);
	seen->octets += len;
	for (i = 0; i < len; i++) /* reads every octet */
		spaces += ptr[i] == '!';
	return (spaces < 100); /* as a reader that refuses */
}

static void
end(void *arg)
{
	struct seen *seen = arg;

	assert(seen->open);
	seen->open = false;
	seen->answers++;
}

static void
refuse(void *arg, const char *member, const struct dro_refused *why)
{
	struct seen *seen = arg;

	(void)member;
	assert(why->why > DRO_REFUSE_NONE && why->why < DRO_REFUSE_N);
	assert(memchr(why->detail, '\0', sizeof(why->detail)) != NULL);
	seen->open = false;
	seen->answers++;
}

static void
warn(void *arg, const char *member, enum dro_warn warn)
{
	(void)arg;
	(void)member;
	assert(warn < DRO_WARN_N);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = {false, 0, 0};
	const struct dro_sink sink = {&seen, begin, data_of, end, refuse, warn};
	struct input in;

	if (size == 0)
		return (0);
	if (container == NULL) {
		container = dro_container_create();
		atexit(finish);
	}
	if (container == NULL)
		abort();
	in = (struct input){
	    data + 1, size - 1, data[0] == 0 ? SIZE_MAX : data[0]};
	if (dro_container_read(container, take, &in, &sink, NULL) != DRO_OK)
		abort();
	assert(!seen.open && seen.answers > 0);
	assert(seen.octets <= DRO_OUTPUT_MAX);
	return (0);
}
