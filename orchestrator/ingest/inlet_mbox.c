#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "ingest/inlet_mbox.h"
#include "ingest/mail.h"
#include "ingest/walk.h"

#define BLOCK ((size_t)64 << 10)
#define PLACE_MAX ((size_t)16 << 10)

#define LOCK_WAIT_MS 10000
#define LOCK_STEP_MS 100

struct mbox {
	const char *path;
	int fd;
	char *window; /* octets of the file that are looked at */
	size_t cap, from, len; /* those not handed out yet: from..len */
	bool begun, end; /* the first line is passed; nothing is left to read */
	uint64_t n; /* mails met */
	struct dro_buf place; /* "PATH:N" of the mail in hand */
};

/* A mail being looked for; offsets count from mbox.from. */
struct hunt {
	size_t line,
	    scanned; /* the line in hand begins; known to hold no end */
	size_t len; /* of the mail, once it is found */
	size_t after; /* where the next one begins */
	bool blank; /* the line before is empty */
	bool cut; /* the line in hand lost its beginning */
	bool over; /* the mail is too large, what was read of it is dropped */
	bool quoted; /* it has lines that begin with ">From " */
};

/* ---- where mails begin and end */

static bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

/* "... hh:mm:ss 2026": a "From " line as programs write it. */
static bool
ends_in_date(const char *line, size_t len)
{
	size_t i;

	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
		len--;
	if (len < 4)
		return (false);
	for (i = 1; i <= 4; i++)
		if (!is_digit(line[len - i]))
			return (false);
	for (i = 2; i + 2 < len; i++)
		if (line[i] == ':' && is_digit(line[i - 2]) &&
		    is_digit(line[i - 1]) && is_digit(line[i + 1]) &&
		    is_digit(line[i + 2]))
			return (true);
	return (false);
}

static bool
is_from(const char *line, size_t len)
{
	return (len >= 5 && memcmp(line, "From ", 5) == 0);
}

/* ">From ", ">>From ", ... */
static bool
is_quoted(const char *line, size_t len)
{
	size_t i = 0;

	while (i < len && line[i] == '>')
		i++;
	return (i > 0 && is_from(line + i, len - i));
}

/* Take one ">" from every quoted line of a mail; returns its new length. */
static size_t
unquote(char *mail, size_t len)
{
	size_t from = 0, to = 0, n;
	const char *end;

	while (from < len) {
		end = memchr(mail + from, '\n', len - from);
		n = end != NULL ? (size_t)(end + 1 - (mail + from))
				: len - from;
		if (is_quoted(mail + from, n)) {
			from++;
			n--;
		}
		memmove(mail + to, mail + from, n);
		from += n;
		to += n;
	}
	return (to);
}

/* ---- the window on the file */

/* Read one more block behind the window. */
static enum dro_code
grow(struct mbox *m, struct dro_err *err)
{
	char *window;
	size_t cap;
	ssize_t n;

	if (m->from > 0 && m->len + BLOCK > m->cap) {
		memmove(m->window, m->window + m->from, m->len - m->from);
		m->len -= m->from;
		m->from = 0;
	}
	if (m->len + BLOCK > m->cap) {
		cap = m->cap == 0 ? 4 * BLOCK : m->cap * 2;
		if ((window = realloc(m->window, cap)) == NULL)
			return (dro_err_nomem(err));
		m->window = window;
		m->cap = cap;
	}
	do
		n = read(m->fd, m->window + m->len, BLOCK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return (dro_err_set(
		    err, DRO_EIO, "%s: %s", m->path, strerror(errno)));
	m->end = n == 0;
	m->len += (size_t)n;
	return (DRO_OK);
}

/* Forget what is known not to hold the end of a mail that is too large. */
static void
drop(struct mbox *m, struct hunt *h)
{
	h->over = true;
	/* The beginning of a line may still tell. */
	if (h->scanned - h->line >= BLOCK) {
		h->line = h->scanned;
		h->cut = true;
	}
	m->from += h->line;
	h->scanned -= h->line;
	h->line = 0;
}

/* One whole line, its end included; true: the mail ends before it. */
static bool
take_line(const struct mbox *m, struct hunt *h, size_t len)
{
	const char *line = m->window + m->from + h->line;

	if (!h->cut && is_from(line, len) &&
	    (h->blank || ends_in_date(line, len - 1))) {
		h->len = h->line;
		h->after = h->line + len;
		return (true);
	}
	h->blank = !h->cut && (len == 1 || (len == 2 && *line == '\r'));
	h->quoted |= !h->cut && is_quoted(line, len);
	h->cut = false;
	h->line += len;

	return (false);
}

/* Look for the end of the mail that begins at the window. */
static enum dro_code
find_end(struct mbox *m, struct hunt *h, struct dro_err *err)
{
	enum dro_code code;
	const char *scan, *end;

	for (;;) {
		scan = m->window + m->from + h->scanned;
		end = memchr(scan, '\n', m->len - m->from - h->scanned);
		if (end != NULL) {
			h->scanned += (size_t)(end + 1 - scan);
			if (take_line(m, h, h->scanned - h->line))
				return (DRO_OK);
			continue;
		}
		h->scanned = m->len - m->from;
		if (m->end)
			break;
		if (h->scanned > DRO_MAIL_MAX)
			drop(m, h);
		if ((code = grow(m, err)) != DRO_OK)
			return (code);
	}
	/* The last line may lack its end. */
	if (h->line < h->scanned)
		h->quoted |= !h->cut &&
		    is_quoted(
			m->window + m->from + h->line, h->scanned - h->line);
	h->len = h->after = h->scanned;
	return (DRO_OK);
}

/* Pass the line that every mbox begins with, unless it has no mails. */
static enum dro_code
begin(struct mbox *m, bool *is_mbox, struct dro_err *err)
{
	struct hunt h = {.blank = true};
	enum dro_code code;

	m->begun = true;
	if ((code = grow(m, err)) != DRO_OK)
		return (code);
	while (m->from < m->len &&
	    (m->window[m->from] == '\n' || m->window[m->from] == '\r'))
		m->from++;
	*is_mbox =
	    m->from == m->len || is_from(m->window + m->from, m->len - m->from);
	if (!*is_mbox || m->from == m->len) {
		m->from = m->len;
		m->end = true;
		return (DRO_OK);
	}
	if ((code = find_end(m, &h, err)) == DRO_OK)
		m->from += h.after;
	return (code);
}

/* The empty line before "From " belongs to the mbox, not to the mail. */
static size_t
without_last_line(const char *mail, size_t len)
{
	if (len >= 4 && memcmp(mail + len - 4, "\r\n\r\n", 4) == 0)
		return (len - 2);
	if (len >= 2 && memcmp(mail + len - 2, "\n\n", 2) == 0)
		return (len - 1);
	return (len);
}

static void
refuse(const struct mbox *m, dro_walk_refused_fn *refused, void *arg,
    enum dro_refuse why, const char *text)
{
	struct dro_refused out = {DRO_REFUSE_NONE, ""};

	dro_refused_set(&out, why, "%s", text);
	refused(arg, m->place.ptr, &out);
}

static enum dro_code
next(void *ctx, struct dro_input *out, dro_walk_refused_fn *refused, void *arg,
    struct dro_err *err)
{
	struct mbox *m = ctx;
	bool is_mbox = true;
	enum dro_code code = DRO_OK;
	char *mail;

	memset(out, 0, sizeof(*out));
	if (!m->begun && (code = begin(m, &is_mbox, err)) == DRO_OK &&
	    !is_mbox) {
		dro_buf_adds(&m->place, m->path);
		refuse(m, refused, arg, DRO_REFUSE_NOT_A_REPORT,
		    "no mbox: it does not begin with \"From \"");
	}
	while (code == DRO_OK && (m->from < m->len || !m->end)) {
		struct hunt h = {.blank = false};

		if ((code = find_end(m, &h, err)) != DRO_OK)
			break;
		if (h.after == 0) /* nothing lies behind the last "From " */
			break;
		mail = m->window + m->from;
		m->from += h.after;
		dro_buf_reset(&m->place);
		dro_buf_addf(
		    &m->place, "%s:%llu", m->path, (unsigned long long)++m->n);
		code = dro_buf_check(&m->place, "path of a mail", err);
		if (code == DRO_OK && (h.over || h.len > DRO_MAIL_MAX)) {
			refuse(m, refused, arg, DRO_REFUSE_INPUT_SIZE,
			    "a mail of more than 32 MiB");
			continue;
		}
		out->path = m->place.ptr;
		out->mail = true;
		out->ptr = mail;
		out->len = without_last_line(mail, h.len);
		if (h.quoted)
			out->len = unquote(mail, out->len);
		out->token = m->n;
		break;
	}
	return (code);
}

static enum dro_code
settle(void *ctx DRO_UNUSED, uint64_t token DRO_UNUSED,
    enum dro_settled how DRO_UNUSED, struct dro_err *err DRO_UNUSED)
{
	return (DRO_OK);
}

static uint64_t
total(void *ctx DRO_UNUSED)
{
	return (0);
}

static void
finish(void *ctx)
{
	struct mbox *m = ctx;

	(void)close(m->fd); /* which ends the lock */
	free(m->window);
	dro_buf_finish(&m->place);
	free(m);
}

/* ---- opening it */

/*
 * One look at both locks that programs use on an mbox; the name of a dotlock
 * is only looked for, since nothing is written beside the file.
 */
static bool
try_lock(int fd, const char *dotlock)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	if (access(dotlock, F_OK) == 0)
		return (false);
	/* Of the open file: no other close of this path can undo it. */
	return (fcntl(fd, F_OFD_SETLK, &lock) == 0);
}

static enum dro_code
lock_file(int fd, const char *path, struct dro_err *err)
{
	const struct timespec step = {0, LOCK_STEP_MS * 1000000L};
	bool locked;
	char *dotlock;
	int ms;

	if (asprintf(&dotlock, "%s.lock", path) < 0)
		return (dro_err_nomem(err));
	for (ms = 0; !(locked = try_lock(fd, dotlock)) && ms < LOCK_WAIT_MS;
	     ms += LOCK_STEP_MS)
		(void)nanosleep(&step, NULL);
	free(dotlock);
	if (locked)
		return (DRO_OK);
	return (dro_err_set(err, DRO_ELIMIT,
	    "%s: locked for 10 s by a program that writes to it; try again "
	    "later, or remove %s.lock if it was left behind",
	    path, path));
}

enum dro_code
dro_inlet_mbox(const char *path, struct dro_inlet *out, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	struct mbox *m;
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return (dro_err_set(err,
		    errno == ENOENT || errno == ENOTDIR ? DRO_ENOTFOUND
							: DRO_EIO,
		    "%s: %s", path, strerror(errno)));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		code =
		    dro_err_set(err, DRO_EIO, "%s: not a regular file", path);
	else
		code = lock_file(fd, path, err);
	if (code != DRO_OK) {
		(void)close(fd);
		return (code);
	}
	if ((m = calloc(1, sizeof(*m))) == NULL) {
		(void)close(fd);
		return (dro_err_nomem(err));
	}
	m->path = path;
	m->fd = fd;
	dro_buf_init(&m->place, PLACE_MAX);
	*out = (struct dro_inlet){m, next, settle, total, finish};
	return (DRO_OK);
}
