/*
 * Any octets as what an IMAP server says, and as the name of a mailbox: mails
 * that are listed lie in the window that was asked about, and a name that is
 * sent is one quoted string that means what was configured.
 */
#include <assert.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/imap_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_items(const char *answer, size_t len, int64_t lo, int64_t hi)
{
	struct dro_imap_item *items;
	size_t i, n;

	assert(dro_imap_items(answer, len, lo, hi, &items, &n, NULL) == DRO_OK);
	for (i = 0; i < n; i++) {
		assert(items[i].uid >= lo && items[i].uid <= hi);
		assert(items[i].size >= 0);
		assert(i == 0 || items[i - 1].uid <= items[i].uid);
	}
	/* No line without its own "* ... FETCH (". */
	for (i = 0; i < n; i++)
		assert(memmem(answer, len, "\n* ", 3) != NULL ||
		    (len > 2 && memcmp(answer, "* ", 2) == 0));
	free(items);
}

static void
check_words(const char *answer)
{
	static const char *const names[] = {
	    "UIDVALIDITY", "UIDNEXT", "MESSAGES"};
	int64_t number;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (dro_imap_number(answer, names[i], &number)) {
			assert(number >= 0);
			assert(strcasestr(answer, names[i]) != NULL);
		}
	if (dro_imap_has(answer, "UIDPLUS"))
		assert(strcasestr(answer, "UIDPLUS") != NULL);
}

/* The string that a server reads at ${s}; its length goes to ${used}. */
static char *
unquote(const char *s, size_t len, size_t *used)
{
	char *out = malloc(len + 1);
	size_t i = 1, n = 0;

	assert(out != NULL && len >= 2 && s[0] == '"');
	while (i < len && s[i] != '"') {
		i += s[i] == '\\';
		assert(i < len && s[i] >= ' ' && s[i] <= '~');
		out[n++] = s[i++];
	}
	out[n] = '\0';
	*used = i + 1;
	return (out);
}

static void
check_name(const char *utf8)
{
	struct dro_buf name, quoted;
	char *read, *from, back[4096], *to = back;
	size_t used, left, room = sizeof(back);
	iconv_t cd;

	dro_buf_init(&name, 4096);
	dro_buf_init(&quoted, 8192);
	if (dro_imap_mailbox(utf8, &name, NULL) == DRO_OK) {
		dro_imap_quote(name.ptr != NULL ? name.ptr : "", &quoted);
		read = unquote(quoted.ptr, quoted.len, &used);
		assert(used == quoted.len && strlen(read) == name.len);
		cd = iconv_open("UTF-8", "UTF-7-IMAP");
		assert((intptr_t)cd != -1);
		from = read;
		left = strlen(read);
		assert(iconv(cd, &from, &left, &to, &room) != (size_t)-1);
		assert(sizeof(back) - room == strlen(utf8));
		assert(memcmp(back, utf8, strlen(utf8)) == 0);
		(void)iconv_close(cd);
		free(read);
	}
	dro_buf_finish(&quoted);
	dro_buf_finish(&name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	assert(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check_items(text, size, 1, 128);
	check_items(text, size, INT64_C(0xfffffff0), INT64_C(0xffffffff));
	check_words(text);
	check_name(text);
	free(text);
	return (0);
}
