/*
 * Text on its way to a terminal: the output never holds a control octet, a
 * C1 control or a bidi or zero-width character in UTF-8, and safe text is not
 * changed any more.  The same input as JSON text must always make a string.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "output/output.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Larger than any input of the fuzzer, escaped. */
#define CEILING ((size_t)64 << 20)

static void
check_octets(const unsigned char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] < 0x20 || p[i] == 0x7f)
			abort();
		/* C1: U+0080 to U+009F */
		if (p[i] == 0xc2 && p[i + 1] < 0xa0)
			abort();
		/* U+200B to U+200F, U+2028 to U+202E, U+2060 to U+206F */
		if (p[i] == 0xe2 && p[i + 1] == 0x80 &&
		    ((p[i + 2] >= 0x8b && p[i + 2] <= 0x8f) ||
			(p[i + 2] >= 0xa8 && p[i + 2] <= 0xae)))
			abort();
		if (p[i] == 0xe2 && p[i + 1] == 0x81 && p[i + 2] >= 0xa0 &&
		    p[i + 2] <= 0xaf)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dro_buf once, twice;
	json_t *text;

	dro_buf_init(&once, CEILING);
	dro_buf_init(&twice, CEILING);
	dro_buf_adds(&once, "");
	dro_out_text(&once, (const char *)data, size);
	dro_out_text(&twice, once.ptr, once.len);
	if (once.failed || twice.failed || once.len != twice.len)
		abort();
	if (once.len > 0 && memcmp(once.ptr, twice.ptr, once.len) != 0)
		abort();
	/* A string of valid UTF-8, which jansson checks by itself. */
	if ((text = json_stringn(once.ptr, once.len)) == NULL)
		abort();
	json_decref(text);
	check_octets((const unsigned char *)once.ptr, once.len);
	/* No character takes more columns than octets. */
	if (dro_out_width(once.ptr) > once.len)
		abort();
	if ((text = dro_json_textn((const char *)data, size)) == NULL)
		abort();
	json_decref(text);
	dro_buf_finish(&once);
	dro_buf_finish(&twice);
	return (0);
}
