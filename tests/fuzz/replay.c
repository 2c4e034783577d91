/*
 * Runs a fuzz target over a kept corpus in every test run, without a fuzzer:
 *     fuzz_<name> FOLDER
 * Every file in FOLDER, and the empty input, goes through the target once.
 * An empty corpus is an error, because it would prove nothing.
 */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's own limit is 4 KB by default; corpora hold whole reports. */
#define INPUT_MAX ((size_t)8 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An exact allocation, so that one byte too far is seen by ASan. */
static int
replay(const char *folder, const char *name)
{
	char path[4096];
	FILE *f = NULL;
	uint8_t *all, *exact = NULL;
	size_t n;
	int rc = -1;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((all = malloc(INPUT_MAX)) == NULL)
		return (-1);
	if ((f = fopen(path, "rb")) == NULL)
		goto out;
	n = fread(all, 1, INPUT_MAX, f);
	if (ferror(f) || !feof(f) || (exact = malloc(n == 0 ? 1 : n)) == NULL)
		goto out;
	memcpy(exact, all, n);
	(void)LLVMFuzzerTestOneInput(exact, n);
	rc = 0;
out:
	if (rc != 0)
		fprintf(stderr, "%s: cannot be replayed\n", path);
	if (f != NULL)
		fclose(f);
	free(exact);
	free(all);
	return (rc);
}

int
main(int argc, char **argv)
{
	DIR *dir;
	struct dirent *entry;
	uint8_t none = 0;
	size_t n = 0;
	int rc = 0;

	if (argc != 2 || (dir = opendir(argv[1])) == NULL) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return (64);
	}
	(void)LLVMFuzzerTestOneInput(&none, 0);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		rc |= replay(argv[1], entry->d_name);
		n++;
	}
	closedir(dir);
	printf("%zu inputs\n", n);
	return (rc != 0 || n == 0);
}
