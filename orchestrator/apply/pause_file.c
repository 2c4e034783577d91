#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/pause_file.h"

/* What of the first line is shown. */
#define REASON_MAX 500

static void
name_of(const struct dro_config *config, char out[PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%s.pause", config->database);
}

/* The first line of the file at ${path}; what it cannot say is said for it. */
static const char *
read_reason(const char *path, struct dro_arena *arena)
{
	char line[REASON_MAX + 1];
	ssize_t n = -1;
	size_t len;
	int fd;

	/* Not to wait for the writer of a FIFO. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0) {
		n = read(fd, line, REASON_MAX);
		(void)close(fd);
	}
	if (n < 0)
		return ("the pause file cannot be read");
	line[n] = '\0';
	len = strcspn(line, "\r\n");
	if (len == 0)
		return ("the pause file gives no reason");
	return (dro_arena_strndup(arena, line, len));
}

bool
dro_pause_file_there(const struct dro_config *config)
{
	char path[PATH_MAX];
	struct stat sb;

	name_of(config, path);
	return (lstat(path, &sb) == 0);
}

enum dro_code
dro_pause_file(struct dro_session *session, const struct dro_pause **out,
    struct dro_err *err)
{
	struct dro_pause *pause;
	char path[PATH_MAX];

	if (!session->pause_read && dro_pause_file_there(session->config)) {
		pause = dro_arena_alloc(session->arena, 1, sizeof(*pause));
		if (pause == NULL)
			return (dro_err_nomem(err));
		name_of(session->config, path);
		pause->scope = DRO_PAUSE_ALL;
		pause->name = "";
		pause->reason = read_reason(path, session->arena);
		if (pause->reason == NULL)
			return (dro_err_nomem(err));
		session->pause = pause;
	}
	session->pause_read = true;
	*out = session->pause;
	return (DRO_OK);
}

static enum dro_code
fail(const char *path, struct dro_err *err)
{
	return (dro_err_set(err,
	    errno == EACCES || errno == EPERM ? DRO_EAUTH : DRO_EIO, "%s: %s",
	    path, strerror(errno)));
}

enum dro_code
dro_pause_file_write(
    const struct dro_config *config, const char *reason, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	char path[PATH_MAX];
	int fd;

	name_of(config, path);
	fd = open(path,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW,
	    0644);
	if (fd < 0)
		return (fail(path, err));
	/* A name without the text pauses too, so no order matters. */
	if (dprintf(fd, "%s\n", reason) < 0 || fsync(fd) != 0)
		code = fail(path, err);
	if (close(fd) != 0 && code == DRO_OK)
		code = fail(path, err);
	return (code);
}

enum dro_code
dro_pause_file_remove(
    const struct dro_config *config, bool *was, struct dro_err *err)
{
	char path[PATH_MAX];

	name_of(config, path);
	*was = unlink(path) == 0;
	if (!*was && errno != ENOENT)
		return (fail(path, err));
	return (DRO_OK);
}
