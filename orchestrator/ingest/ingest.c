#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "ingest/ingest.h"
#include "ingest/intake.h"
#include "ingest/mail.h"
#include "ingest/workers.h"
#include "inputs.h"

/* Octets of inputs that are read ahead of the one whose turn it is. */
#define HELD_MAX ((size_t)2 << 20)
_Static_assert(HELD_MAX <= DRO_MAIL_MAX, "what is larger comes alone");
/* What a path may be, or the name of a mail in a mailbox. */
#define PATH_OCTETS ((size_t)16 << 10)

/* An input that the inlet could not read, in its place among the others. */
struct passed {
	struct passed *next;
	const char *path;
	struct dro_refused why;
};

/* An input on its way. */
struct slot {
	struct passed *passed; /* those just before it */
	struct dro_buf path, octets;
	struct dro_input input;
	unsigned char hash[DRO_HASH_LEN];
	bool known; /* was read in an earlier run */
	struct dro_known_input before;
};

/* What a commit must hold before the inlet may be told. */
struct settling {
	uint64_t token;
	enum dro_settled how;
};

/* One run. */
struct run {
	const struct dro_ingest_job *job;
	const struct dro_inlet *inlet;
	struct dro_intake intake;
	EVP_MD *sha256;
	EVP_MD_CTX *digest;
	bool ended; /* the inlet has no more, or failed */
	struct dro_err broke; /* why it failed */
	struct passed *passed, **passed_tail;
	size_t first, n; /* slots in use, a ring */
	size_t held; /* their octets */
	struct slot slots[DRO_WORKERS_WINDOW];
	size_t n_settling;
	struct settling settling[DRO_INGEST_BATCH];
	int64_t settling_since_ms;
};

static int64_t
monotonic_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* The intake's own error, once it has one. */
static enum dro_code
intake_code(struct run *run, struct dro_err *err)
{
	if (run->intake.code != DRO_OK)
		*err = run->intake.err;
	return (run->intake.code);
}

/* ---- in: from the inlet to a worker */

static void
on_unreadable(void *arg, const char *path, const struct dro_refused *why)
{
	struct run *run = arg;
	struct passed *p = dro_arena_alloc(run->intake.arena, 1, sizeof(*p));

	if (p == NULL ||
	    (p->path = dro_arena_strdup(run->intake.arena, path)) == NULL) {
		run->intake.code = dro_err_nomem(&run->intake.err);
		return;
	}
	p->why = *why;
	*run->passed_tail = p;
	run->passed_tail = &p->next;
}

/* SHA-256 of an input; by hand, as EVP_Digest looks the name up each time. */
static bool
hash_input(struct run *run, const struct dro_input *input,
    unsigned char out[DRO_HASH_LEN])
{
	return (EVP_DigestInit_ex(run->digest, run->sha256, NULL) == 1 &&
	    EVP_DigestUpdate(run->digest, input->ptr, input->len) == 1 &&
	    EVP_DigestFinal_ex(run->digest, out, NULL) == 1);
}

/* Keep an input until its turn: the inlet's is gone with the next. */
static enum dro_code
fill_slot(struct run *run, struct slot *slot, const struct dro_input *input,
    struct dro_err *err)
{
	bool borrowed;

	slot->passed = run->passed;
	run->passed = NULL;
	run->passed_tail = &run->passed;
	dro_buf_reset(&slot->path);
	dro_buf_adds(&slot->path, input->path);
	/* Only a file can be larger; nothing is taken in before it is out. */
	borrowed = input->len > DRO_MAIL_MAX;
	if (!borrowed)
		dro_buf_add(&slot->octets, input->ptr, input->len);
	if (slot->path.failed || slot->octets.failed ||
	    !hash_input(run, input, slot->hash))
		return (dro_err_nomem(err));
	slot->input = *input;
	slot->input.path = slot->path.ptr;
	if (!borrowed)
		slot->input.ptr = slot->octets.ptr;
	run->held += input->len;
	run->n++;
	return (dro_input_known(run->job->store, slot->hash, run->job->trust,
	    &slot->before, &slot->known, err));
}

/* The next input of the inlet, if it has one. */
static enum dro_code
take_in(struct run *run, struct dro_err *err)
{
	struct slot *slot =
	    &run->slots[(run->first + run->n) % DRO_WORKERS_WINDOW];
	struct dro_input input;
	enum dro_code code;

	code = run->inlet->next(
	    run->inlet->ctx, &input, on_unreadable, run, &run->broke);
	if (code != DRO_OK || input.path == NULL)
		run->ended = true;
	code = intake_code(run, err);
	if (run->ended || code != DRO_OK)
		return (code);
	if ((code = fill_slot(run, slot, &input, err)) == DRO_OK &&
	    !slot->known)
		code = dro_workers_give(run->job->workers, &slot->input, err);
	return (code);
}

/* ---- out: from a worker to the store, in order */

/* Make what was read durable, then tell the inlet. */
static enum dro_code
settle(struct run *run, struct dro_err *err)
{
	enum dro_code code = dro_reports_flush(run->job->store, err);
	size_t i;

	for (i = 0;
	     i < run->n_settling && code == DRO_OK && run->broke.code == DRO_OK;
	     i++)
		if (run->inlet->settle(run->inlet->ctx, run->settling[i].token,
			run->settling[i].how, &run->broke) != DRO_OK)
			run->ended = true;
	run->n_settling = 0;
	return (code);
}

static void
refuse_passed(struct run *run, const struct passed *p)
{
	for (; p != NULL; p = p->next)
		dro_intake_refuse(&run->intake, p->path, &p->why);
}

static void
free_slot(struct run *run, struct slot *slot)
{
	run->held -= slot->input.len;
	dro_buf_finish(&slot->octets);
	dro_buf_init(&slot->octets, DRO_MAIL_MAX);
	run->first = (run->first + 1) % DRO_WORKERS_WINDOW;
	run->n--;
}

/* What the oldest input holds. */
static enum dro_code
take_out(struct run *run, struct dro_err *err)
{
	const struct dro_reading_sink sink = dro_intake_sink(&run->intake);
	struct slot *slot = &run->slots[run->first];
	struct dro_refused failed = {DRO_REFUSE_NONE, ""};
	enum dro_code code = DRO_OK;
	enum dro_settled how;

	refuse_passed(run, slot->passed);
	dro_intake_begin(&run->intake, &slot->input, slot->hash);
	if (slot->known)
		dro_intake_known(&run->intake, slot->before.reports);
	else
		code = dro_workers_take(run->job->workers, &sink, &failed, err);
	if (code != DRO_OK)
		return (code);
	if (failed.why != DRO_REFUSE_NONE)
		dro_intake_failed(&run->intake, &failed);
	how = dro_intake_end(&run->intake);
	if (run->n_settling == 0)
		run->settling_since_ms = monotonic_ms();
	run->settling[run->n_settling++] =
	    (struct settling){slot->input.token, how};
	free_slot(run, slot);
	if ((code = intake_code(run, err)) == DRO_OK &&
	    (run->n_settling == DRO_INGEST_BATCH ||
		monotonic_ms() - run->settling_since_ms >= DRO_INGEST_BATCH_MS))
		code = settle(run, err);
	return (code);
}

static bool
wants_more(const struct run *run)
{
	const struct dro_ingest_job *job = run->job;

	return (!run->ended && run->n < DRO_WORKERS_WINDOW &&
	    (run->held < HELD_MAX || run->n == 0) &&
	    (job->stop == NULL || !job->stop(job->arg)));
}

static enum dro_code
read_all(struct run *run, struct dro_err *err)
{
	const struct dro_ingest_job *job = run->job;
	const struct dro_ingest_result *out = run->intake.out;
	enum dro_code code = DRO_OK;

	while (code == DRO_OK && (wants_more(run) || run->n > 0)) {
		while (code == DRO_OK && wants_more(run))
			code = take_in(run, err);
		if (code == DRO_OK && run->n > 0)
			code = take_out(run, err);
		if (code == DRO_OK && job->progress != NULL)
			job->progress(job->arg, out, (uint64_t)out->files,
			    run->inlet->total(run->inlet->ctx));
	}
	if (code != DRO_OK)
		return (code);
	refuse_passed(run, run->passed);
	if ((code = intake_code(run, err)) == DRO_OK)
		code = settle(run, err);
	if (code != DRO_OK || run->broke.code == DRO_OK)
		return (code);
	/* The inlet failed; what came before is kept. */
	run->intake.out->inlet_failed = true;
	*err = run->broke;
	return (err->code);
}

static void
destroy(struct run *run)
{
	size_t i;

	for (i = 0; i < DRO_WORKERS_WINDOW; i++) {
		dro_buf_finish(&run->slots[i].path);
		dro_buf_finish(&run->slots[i].octets);
	}
	EVP_MD_CTX_free(run->digest);
	EVP_MD_free(run->sha256);
	free(run);
}

/* A run of ${job}; NULL when out of memory. */
static struct run *
create(const struct dro_ingest_job *job, const struct dro_inlet *inlet)
{
	struct run *run = calloc(1, sizeof(*run));
	size_t i;

	if (run == NULL)
		return (NULL);
	run->job = job;
	run->inlet = inlet;
	run->passed_tail = &run->passed;
	for (i = 0; i < DRO_WORKERS_WINDOW; i++) {
		dro_buf_init(&run->slots[i].path, PATH_OCTETS);
		dro_buf_init(&run->slots[i].octets, DRO_MAIL_MAX);
	}
	run->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	run->digest = EVP_MD_CTX_new();
	if (run->sha256 == NULL || run->digest == NULL) {
		destroy(run);
		return (NULL);
	}
	return (run);
}

enum dro_code
dro_ingest(const struct dro_ingest_job *job, const struct dro_inlet *inlet,
    struct dro_arena *arena, struct dro_ingest_result *out, struct dro_err *err)
{
	const struct dro_reading_conf conf = {.now = job->now,
	    .n_authserv_ids = job->n_authserv_ids,
	    .authserv_ids = job->authserv_ids,
	    .recipient = job->recipient};
	struct dro_err own = {.code = DRO_OK};
	enum dro_code code;
	struct run *run;

	memset(out, 0, sizeof(*out));
	if ((run = create(job, inlet)) == NULL)
		return (dro_err_nomem(err));
	dro_intake_init(&run->intake, job, arena, out);
	dro_workers_source(job->workers, &conf);
	code = read_all(run, err != NULL ? err : &own);
	dro_intake_finish(&run->intake);
	destroy(run);
	return (code);
}
