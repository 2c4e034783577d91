#ifndef DRO_TEST_TSV_H
#define DRO_TEST_TSV_H

/*
 * Hand-written tables in tests/data: one row a line, fields between tabs,
 * "#" begins a comment line.  Include after cmocka.h.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

#define TSV_FIELDS 16

/* A field that is a whole number. */
static inline int64_t
tsv_int(const char *s)
{
	return (strtoll(s, NULL, 10));
}

/* Turn \xHH, \t and \\ into the octets they stand for. */
static inline void
tsv_unescape(char *s)
{
	char *to = s, hex[3] = "";

	for (; *s != '\0'; s++) {
		if (*s != '\\') {
			*to++ = *s;
		} else if (s[1] == 'x') {
			memcpy(hex, s + 2, 2);
			*to++ = (char)strtol(hex, NULL, 16);
			s += 3;
		} else {
			*to++ = s[1] == 't' ? '\t' : s[1];
			s++;
		}
	}
	*to = '\0';
}

/*
 * Give each row of ${file}, which has ${fields} fields, to ${check}.  Fail
 * after the last one if any was not true, having named them all.
 */
static inline void
tsv_each(const char *file, size_t fields, bool (*check)(char **field))
{
	char path[512], line[4096], *field[TSV_FIELDS], *rest;
	unsigned number = 0, rows = 0, bad = 0;
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", DRO_TEST_DATA, file);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("%s: cannot be read", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		rows++;
		rest = line;
		for (n = 0; n < TSV_FIELDS && rest != NULL; n++) {
			field[n] = strsep(&rest, "\t");
			tsv_unescape(field[n]);
		}
		if (n == fields && check(field))
			continue;
		print_error("%s:%u: does not hold\n", path, number);
		bad++;
	}
	(void)fclose(f);
	assert_true(rows > 0);
	assert_int_equal(bad, 0);
}

#endif /* !DRO_TEST_TSV_H */
