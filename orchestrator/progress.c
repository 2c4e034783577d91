#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "progress.h"

#define EVERY_MS 100 /* ten times a second */
#define BAR_MAX 30
#define ERASE "\r\x1b[K" /* ECMA-48: to the end of the line */

static int64_t
monotonic_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

void
dro_progress_start(struct dro_progress *p, bool wanted)
{
	const char *term = getenv("TERM");
	struct winsize ws;

	*p = (struct dro_progress){.columns = 80};
	p->on = wanted && isatty(STDERR_FILENO) && term != NULL &&
	    strcmp(term, "dumb") != 0;
	if (p->on && ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 &&
	    ws.ws_col > 0)
		p->columns = ws.ws_col;
	p->start_ms = p->last_ms = monotonic_ms();
}

/* "####......", as wide as the terminal allows. */
static void
add_bar(struct dro_buf *line, int room, uint64_t done, uint64_t total)
{
	int i, width = room > BAR_MAX ? BAR_MAX : room;

	if (width < 5)
		return;
	dro_buf_adds(line, "  ");
	for (i = 0; i < width; i++)
		dro_buf_addc(line,
		    (uint64_t)i * total < done * (uint64_t)width ? '#' : '.');
}

/* Hours only if there are any. */
static void
add_time(struct dro_buf *buf, uint64_t s)
{
	if (s >= 3600)
		dro_buf_addf(buf, "%llu:%02llu:%02llu",
		    (unsigned long long)(s / 3600),
		    (unsigned long long)(s / 60 % 60),
		    (unsigned long long)(s % 60));
	else
		dro_buf_addf(buf, "%llu:%02llu", (unsigned long long)(s / 60),
		    (unsigned long long)(s % 60));
}

void
dro_progress_show(
    struct dro_progress *p, const char *name, uint64_t done, uint64_t total)
{
	struct dro_buf line, tail;
	int64_t now_ms;
	uint64_t rate;

	if (!p->on || (now_ms = monotonic_ms()) - p->last_ms < EVERY_MS)
		return;
	p->last_ms = now_ms;
	p->shown = true;
	rate = done * 1000 / (uint64_t)(now_ms - p->start_ms);
	dro_buf_init(&line, 4096);
	dro_buf_init(&tail, 4096);
	dro_buf_addf(&tail, "  %llu", (unsigned long long)done);
	if (total > 0)
		dro_buf_addf(&tail, "/%llu", (unsigned long long)total);
	dro_buf_addf(&tail, "  %llu/s", (unsigned long long)rate);
	if (rate > 0 && total > done) {
		dro_buf_adds(&tail, "  ETA ");
		add_time(&tail, (total - done) / rate);
	}
	dro_buf_adds(&line, name);
	if (total > 0)
		add_bar(&line, p->columns - 3 - (int)line.len - (int)tail.len,
		    done < total ? done : total, total);
	dro_buf_add(&line, tail.ptr, tail.len);
	if (!line.failed && !tail.failed)
		(void)fprintf(stderr, ERASE "%.*s", p->columns - 1, line.ptr);
	dro_buf_finish(&tail);
	dro_buf_finish(&line);
}

void
dro_progress_end(struct dro_progress *p)
{
	if (p->shown)
		(void)fputs(ERASE, stderr);
	p->shown = false;
}
