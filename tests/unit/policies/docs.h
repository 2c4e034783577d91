#ifndef DRO_TEST_DOCS_H
#define DRO_TEST_DOCS_H

/*
 * Tables of docs/, as tests read them: each row as its cells, without the
 * white space around them.  Include after cmocka.h.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DOCS_CELLS 8
#define DOCS_LINE 4096

/* Cut ${line} into the cells of a table row; 0: it is none. */
static inline size_t
docs_cells(char *line, char **cells)
{
	char *cell, *rest, *end;
	size_t n = 0;

	line[strcspn(line, "\n")] = '\0';
	if (line[0] != '|')
		return (0);
	rest = line + 1;
	while ((cell = strsep(&rest, "|")) != NULL && rest != NULL) {
		assert_true(n < DOCS_CELLS);
		cell += strspn(cell, " ");
		for (end = cell + strlen(cell); end > cell && end[-1] == ' ';)
			*--end = '\0';
		cells[n++] = cell;
	}
	return (n);
}

/*
 * Give the rows of the first table below the line ${heading} of docs/${file}
 * to ${row}, without its head; there are ${n} cells in each.  Return how many
 * rows there were.
 */
static inline size_t
docs_table(const char *file, const char *heading, size_t n,
    void (*row)(char **cells, void *arg), void *arg)
{
	char path[512], line[DOCS_LINE], *cells[DOCS_CELLS];
	size_t lines = 0, found;
	bool below = false;
	FILE *f;

	(void)snprintf(
	    path, sizeof(path), "%s/../../docs/%s", DRO_TEST_DATA, file);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("%s: cannot be read", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (!below) {
			below = strcmp(line, heading) == 0;
			continue;
		}
		if ((found = docs_cells(line, cells)) == 0) {
			if (lines > 0)
				break;
			continue;
		}
		if (found != n)
			fail_msg("%s: %s: %zu cells in a row, not %zu", path,
			    heading, found, n);
		if (++lines > 2) /* the head and the line below it */
			row(cells, arg);
	}
	(void)fclose(f);
	if (lines < 3)
		fail_msg("%s: no table below \"%s\"", path, heading);
	return (lines - 2);
}

/* Whether ${cell} has ${word} between backticks. */
static inline bool
docs_says(const char *cell, const char *word)
{
	char quoted[128];

	(void)snprintf(quoted, sizeof(quoted), "`%s`", word);
	return (strstr(cell, quoted) != NULL);
}

#endif /* !DRO_TEST_DOCS_H */
