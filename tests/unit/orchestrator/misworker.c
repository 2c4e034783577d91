/*
 * A worker that does what its input says, for test_ingest_workers.c: the
 * first word of the input is what goes wrong.  Built twice: with MISWORKER_BARE
 * it says that it has no sandbox.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/wire.h"

#define LATE_US 100000

static struct dro_buf in, out;

static void
send_out(void)
{
	if (write(0, out.ptr, out.len) != (ssize_t)out.len)
		_exit(9);
	dro_buf_reset(&out);
}

static bool
says(const struct dro_input *input, const char *word)
{
	return (input->len >= strlen(word) &&
	    memcmp(input->ptr, word, strlen(word)) == 0);
}

/* Dies the first time, and leaves a directory to know the second by. */
static void
die_once(const struct dro_input *input)
{
	char path[256] = "";

	if (says(input, "late "))
		(void)usleep(LATE_US);
	memcpy(path, input->ptr + 5, input->len - 5);
	if (mkdir(path, 0700) == 0)
		(void)raise(SIGKILL);
}

static void
take(const struct dro_input *input)
{
	struct dro_refused why = {DRO_REFUSE_EMPTY, "read"};
	int i;

	if (says(input, "abort"))
		abort();
	if (says(input, "sys"))
		(void)raise(SIGSYS);
	if (says(input, "exit"))
		_exit(3);
	if (says(input, "sleep"))
		for (;;)
			(void)pause();
	while (says(input, "spin"))
		;
	if (says(input, "once ") || says(input, "late "))
		die_once(input);
	if (says(input, "input slow"))
		(void)usleep(4 * LATE_US);
	if (says(input, "noise"))
		dro_buf_add(&out, "\xff\xff\xff\xff\xff\xff", 6);
	if (says(input, "input"))
		dro_wire_put_whole(&out);
	if (says(input, "lie"))
		dro_wire_put_hello(&out, &(struct dro_sandbox){0});
	for (i = 0; says(input, "ask") && i < 1000; i++)
		dro_wire_put_ask(&out, "s1", "signer.example");
	if (says(input, "name"))
		dro_wire_put_ask(&out, "s1", "Signer.Example");
	dro_wire_put_refuse(&out, NULL, &why);
	dro_wire_put_done(&out, says(input, "memory") ? DRO_ENOMEM : DRO_OK);
	if (says(input, "more"))
		dro_wire_put_done(&out, DRO_OK);
	send_out();
	if (says(input, "after"))
		_exit(0);
}

int
main(void)
{
	struct dro_sandbox sandbox = {.landlock_abi = 7};
	char block[4096];
	ssize_t n;

	dro_buf_init(&in, DRO_FRAME_MAX);
	dro_buf_init(&out, DRO_FRAME_MAX);
#ifdef MISWORKER_BARE
	sandbox.landlock_abi = 0;
	sandbox.landlock_errno = ENOSYS;
#endif
	dro_wire_put_hello(&out, &sandbox);
	send_out();
	while ((n = read(0, block, sizeof(block))) > 0) {
		struct dro_frame frame;
		struct dro_input input;
		size_t at = 0;

		dro_buf_add(&in, block, (size_t)n);
		while (dro_wire_next(in.ptr + at, in.len - at, &frame) == 1) {
			if (dro_wire_get_input(&frame, &input))
				take(&input);
			at += DRO_FRAME_HEAD + frame.len;
		}
		memmove(in.ptr, in.ptr + at, in.len - at);
		in.len -= at;
	}
	return (0);
}
