/*
 * Runs a fuzz target in every test run, without a fuzzer:
 *     fuzz_<name> FOLDER [COUNT]
 * Every file in FOLDER, and the empty input, goes through the target once;
 * then COUNT inputs made from them, the same ones in every run.  An empty
 * folder is an error, because it would prove nothing.  The input that ends
 * the program is left in the working directory, as fuzz_<name>.crash.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef DRO_SANITIZE
#include <sanitizer/common_interface_defs.h>
#endif

/* libFuzzer's own limit is 4 KB by default; corpora hold whole reports. */
#define INPUT_MAX ((size_t)8 << 20)
/* Made inputs are short: more of them in the same time. */
#define MADE_MAX ((size_t)16 << 10)
#define CHANGES_MAX 8
#define SEED UINT64_C(20260105)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	uint8_t *ptr;
	size_t len;
};

struct corpus {
	struct input *inputs;
	size_t n;
};

/* What is being tried, for whoever has to look at a crash. */
static struct input current;
static char crash[256];

static void
keep(void)
{
	int fd;

	if (current.ptr == NULL) /* a leak, told at the end */
		return;
	fd = open(crash, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd >= 0 && write(fd, current.ptr, current.len) >= 0)
		(void)close(fd);
}

static void
on_abort(int number)
{
	keep();
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

/* An exact allocation, so that one octet too far is seen by ASan. */
static int
run(const uint8_t *ptr, size_t len)
{
	uint8_t *exact = malloc(len == 0 ? 1 : len);

	if (exact == NULL)
		return (-1);
	if (len > 0)
		memcpy(exact, ptr, len);
	current = (struct input){exact, len};
	(void)LLVMFuzzerTestOneInput(exact, len);
	current = (struct input){NULL, 0};
	free(exact);
	return (0);
}

static int
load(const char *folder, const char *name, struct input *out)
{
	char path[4096];
	uint8_t *all, *fit;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((all = malloc(INPUT_MAX)) == NULL)
		return (-1);
	if ((f = fopen(path, "rb")) == NULL) {
		free(all);
		return (-1);
	}
	out->len = fread(all, 1, INPUT_MAX, f);
	if (ferror(f) || !feof(f))
		out->len = INPUT_MAX;
	fclose(f);
	fit = realloc(all, out->len == 0 ? 1 : out->len);
	out->ptr = fit != NULL ? fit : all;
	return (out->len == INPUT_MAX ? -1 : 0);
}

static int
not_hidden(const struct dirent *entry)
{
	return (entry->d_name[0] != '.');
}

/* All files, sorted by name, so that made inputs stay the same. */
static int
load_all(const char *folder, struct corpus *corpus)
{
	struct dirent **entries;
	int i, n = scandir(folder, &entries, not_hidden, alphasort), rc = 0;

	if (n <= 0 ||
	    (corpus->inputs = calloc((size_t)n, sizeof(struct input))) == NULL)
		return (-1);
	for (i = 0; i < n; i++) {
		if (load(folder, entries[i]->d_name, &corpus->inputs[i]) != 0) {
			fprintf(stderr, "%s/%s: cannot be replayed\n", folder,
			    entries[i]->d_name);
			rc = -1;
		}
		free(entries[i]);
	}
	free(entries);
	corpus->n = (size_t)n;
	return (rc);
}

/* ---- made inputs */

/* SplitMix64: any seed will do, also the number of the input. */
static uint64_t
draw(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31));
}

/* Below ${n}, which may be 0. */
static size_t
below(uint64_t *seed, size_t n)
{
	return (n == 0 ? 0 : (size_t)(draw(seed) % n));
}

/* Replace ${cut} octets at ${at} by ${len} others, within the room. */
static void
put(struct input *in, size_t at, size_t cut, const uint8_t *ptr, size_t len)
{
	uint8_t taken[MADE_MAX];

	if (len > MADE_MAX - (in->len - cut))
		len = MADE_MAX - (in->len - cut);
	memcpy(taken, ptr, len); /* ${ptr} may lie in what moves */
	memmove(in->ptr + at + len, in->ptr + at + cut, in->len - at - cut);
	memcpy(in->ptr + at, taken, len);
	in->len = in->len - cut + len;
}

/* One change of the kinds that find most: octets, runs, other inputs. */
static void
change(const struct corpus *corpus, struct input *in, uint64_t *seed)
{
	static const uint8_t odd[] = {0, 1, '\n', '\r', ' ', '"', '&', '(', '-',
	    '.', '0', '9', ':', ';', '<', '=', '>', '@', 0x7f, 0x80, 0xff};
	const struct input *other = &corpus->inputs[below(seed, corpus->n)];
	size_t at = below(seed, in->len + 1), left = in->len - at;
	size_t from = below(seed, other->len + 1), n;
	uint8_t octet;

	switch (below(seed, 6)) {
	case 0: /* a bit */
		if (left > 0)
			in->ptr[at] ^= (uint8_t)(1u << below(seed, 8));
		break;
	case 1: /* an octet, in place or between */
		octet = odd[below(seed, sizeof(odd))];
		put(in, at, left > 0 ? below(seed, 2) : 0, &octet, 1);
		break;
	case 2: /* gone */
		put(in, at, below(seed, left < 64 ? left + 1 : 64), in->ptr, 0);
		break;
	case 3: /* again */
		n = below(seed, left + 1);
		put(in, at, 0, in->ptr + at, n);
		break;
	case 4: /* cut short */
		in->len = at;
		break;
	default: /* a piece of another input */
		n = other->len - from;
		put(in, at, below(seed, left + 1), other->ptr + from,
		    below(seed, (n < MADE_MAX ? n : MADE_MAX) + 1));
		break;
	}
}

static int
run_made(const struct corpus *corpus, uint64_t number)
{
	uint8_t room[MADE_MAX];
	struct input in = {room, 0};
	const struct input *base;
	uint64_t seed = SEED + number;
	size_t changes;

	(void)draw(&seed);
	base = &corpus->inputs[below(&seed, corpus->n)];
	in.len = base->len < MADE_MAX ? base->len : MADE_MAX;
	memcpy(in.ptr, base->ptr, in.len);
	for (changes = 1 + below(&seed, CHANGES_MAX); changes > 0; changes--)
		change(corpus, &in, &seed);
	return (run(in.ptr, in.len));
}

int
main(int argc, char **argv)
{
	struct corpus corpus = {NULL, 0};
	unsigned long i, count = 0;
	char *end;
	int rc;

	if (argc == 3) {
		count = strtoul(argv[2], &end, 10);
		if (*end != '\0')
			argc = 0;
	}
	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: %s FOLDER [COUNT]\n", argv[0]);
		return (64);
	}
	snprintf(crash, sizeof(crash), "%s.crash", basename(argv[0]));
	(void)signal(SIGABRT, on_abort);
#ifdef DRO_SANITIZE
	__sanitizer_set_death_callback(keep);
#endif
	rc = load_all(argv[1], &corpus);
	rc |= run(NULL, 0);
	for (i = 0; i < corpus.n; i++)
		rc |= run(corpus.inputs[i].ptr, corpus.inputs[i].len);
	for (i = 0; corpus.n > 0 && i < count; i++)
		rc |= run_made(&corpus, i);
	printf("%zu inputs, %lu made of them\n", corpus.n, count);
	for (i = 0; i < corpus.n; i++)
		free(corpus.inputs[i].ptr);
	free(corpus.inputs);
	return (rc != 0);
}
