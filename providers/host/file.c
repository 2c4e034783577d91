#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/internal.h"

#include "host/host.h"

/* Of a new file: its folder says who may read it. */
#define NEW_MODE 0640

/* What errno means for whoever has to do something about it. */
static enum dro_code
fault(const char *path, const char *doing, int error, struct dro_err *err)
{
	enum dro_code code = DRO_EIO;

	if (error == ENOENT || error == ENOTDIR)
		code = DRO_ENOTFOUND;
	else if (error == EACCES || error == EPERM || error == EROFS)
		code = DRO_EAUTH;
	else if (error == ELOOP)
		return (dro_err_set(err, DRO_EINVAL,
		    "%.300s: is a symbolic link; name the file itself, since "
		    "replacing it would replace the link",
		    path));
	return (dro_err_set(err, code, "%.300s: cannot %s: %s", path, doing,
	    strerrordesc_np(error)));
}

/* Open a regular file that is no link; a FIFO must not make us wait. */
static enum dro_code
open_regular(const char *path, int *out, struct stat *st, struct dro_err *err)
{
	enum dro_code rc;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return (fault(path, "open", errno, err));
	if (fstat(fd, st) != 0) {
		rc = fault(path, "stat", errno, err);
	} else if (!S_ISREG(st->st_mode)) {
		rc = dro_err_set(
		    err, DRO_EINVAL, "%.300s: is not a regular file", path);
	} else {
		*out = fd;
		return (DRO_OK);
	}
	(void)close(fd);
	return (rc);
}

enum dro_code
dro_host_file_read(struct dro_host *host, const char *path, size_t max,
    struct dro_buf *out, struct dro_err *err)
{
	size_t total = 0;
	char chunk[16384];
	struct stat st;
	enum dro_code rc;
	ssize_t n;
	int fd = -1;

	(void)host; /* reading is allowed in every mode */
	if ((rc = open_regular(path, &fd, &st, err)) != DRO_OK)
		return (rc);
	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			rc = fault(path, "read", errno, err);
			goto out;
		}
		if ((size_t)n > max - total) {
			rc = dro_err_set(err, DRO_ELIMIT,
			    "%.300s: longer than %zu octets", path, max);
			goto out;
		}
		total += (size_t)n;
		dro_buf_add(out, chunk, (size_t)n);
	}
	rc = dro_buf_check(out, path, err);
out:
	(void)close(fd);
	return (rc);
}

static int
write_all(int fd, const char *ptr, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, ptr, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return (-1);
		ptr += n;
		len -= (size_t)n;
	}
	return (0);
}

/* Give the new file the owner and mode of the old one. */
static int
take_after(int fd, const struct stat *old)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return (-1);
	if ((st.st_uid != old->st_uid || st.st_gid != old->st_gid) &&
	    fchown(fd, old->st_uid, old->st_gid) != 0)
		return (-1);
	return (fchmod(fd, old->st_mode & 07777));
}

/* Make the rename itself survive a power cut. */
static int
sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? strdup(".")
				  : strndup(path, (size_t)(slash - path) + 1);
	int fd, rc;

	if (dir == NULL)
		return (-1);
	fd = open(dir, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	free(dir);
	if (fd < 0)
		return (-1);
	rc = fsync(fd);
	(void)close(fd);
	return (rc);
}

/*
 * The temporary file beside ${path}: always the same hidden name, so that
 * what a crash leaves behind is cleared by the next write and cannot pile up.
 */
static char *
temporary_beside(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash == NULL ? path : slash + 1;
	char *out;

	if (asprintf(&out, "%.*s.%s.rollout", (int)(base - path), path, base) <
	    0)
		return (NULL);
	return (out);
}

/* Create it anew for us alone; never through somebody else's link. */
static int
create_temporary(const char *name)
{
	(void)unlink(name);
	return (open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

/*
 * Put the octets at ${ptr} in place of ${path}, which has the owner and mode
 * of ${old}; NULL: there is none yet.
 */
static enum dro_code
put(const char *path, const struct stat *old, const char *ptr, size_t len,
    struct dro_err *err)
{
	char *temporary = temporary_beside(path);
	enum dro_code rc = DRO_OK;
	int fd;

	if (temporary == NULL)
		return (dro_err_nomem(err));
	if ((fd = create_temporary(temporary)) < 0) {
		rc = fault(path, "write beside", errno, err);
		goto out;
	}
	if (write_all(fd, ptr, len) != 0 ||
	    (old != NULL ? take_after(fd, old) : fchmod(fd, NEW_MODE)) != 0 ||
	    fsync(fd) != 0 || rename(temporary, path) != 0) {
		rc = fault(path, "replace", errno, err);
		(void)unlink(temporary);
		goto out;
	}
	if (sync_directory(path) != 0)
		rc = dro_err_set(err, DRO_ETIMEOUT,
		    "%.300s: replaced, but a power cut may undo it: %s", path,
		    strerrordesc_np(errno));
out:
	if (fd >= 0)
		(void)close(fd);
	free(temporary);
	return (rc);
}

/* Replace or write, if ${create} also what is not there yet. */
static enum dro_code
write_file(struct dro_host *host, const char *path, bool create,
    const char *ptr, size_t len, struct dro_err *err)
{
	struct stat old = {0};
	enum dro_code rc;
	int fd = -1;

	if (host->read_only)
		return (dro_err_set(err, DRO_EAUTH,
		    "%.300s: not written: this run only reads", path));
	rc = open_regular(path, &fd, &old, err);
	if (fd >= 0)
		(void)close(fd);
	if (rc == DRO_ENOTFOUND && create)
		return (put(path, NULL, ptr, len, err));
	return (rc == DRO_OK ? put(path, &old, ptr, len, err) : rc);
}

enum dro_code
dro_host_file_replace(struct dro_host *host, const char *path, const char *ptr,
    size_t len, struct dro_err *err)
{
	return (write_file(host, path, false, ptr, len, err));
}

enum dro_code
dro_host_file_write(struct dro_host *host, const char *path, const char *ptr,
    size_t len, struct dro_err *err)
{
	return (write_file(host, path, true, ptr, len, err));
}
