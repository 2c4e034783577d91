#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/file.h"

enum dro_code
dro_file_open(const char *path, const char *shown, int *fd, struct dro_err *err)
{
	struct stat st;

	/* Not to wait for the writer of a FIFO. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return (dro_err_set(err,
		    errno == ENOENT || errno == ENOTDIR ? DRO_ENOTFOUND
							: DRO_EIO,
		    "%s: %s", shown, strerror(errno)));
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return (DRO_OK);
	close(*fd);
	*fd = -1;
	return (dro_err_set(err, DRO_EIO, "%s: not a regular file", shown));
}

enum dro_code
dro_file_slurp(int fd, const char *shown, size_t max, char **text, size_t *len,
    struct dro_err *err)
{
	ssize_t n;

	*len = 0;
	if ((*text = malloc(max + 1)) == NULL)
		return (dro_err_nomem(err));
	do {
		n = read(fd, *text + *len, max + 1 - *len);
		if (n < 0 && errno != EINTR) {
			free(*text);
			*text = NULL;
			return (dro_err_set(
			    err, DRO_EIO, "%s: %s", shown, strerror(errno)));
		}
		if (n > 0)
			*len += (size_t)n;
	} while (n != 0 && *len <= max);
	return (DRO_OK);
}

/* FNV-1a; the length keeps the seams between texts. */
int64_t
dro_file_mix(int64_t print, const char *text, size_t len)
{
	uint64_t h = (uint64_t)print ^ len ^ UINT64_C(0xcbf29ce484222325);

	for (; len > 0; len--)
		h = (h ^ (unsigned char)*text++) * UINT64_C(0x100000001b3);
	return ((int64_t)h);
}

const char *
dro_file_folder(const char *path, struct dro_arena *arena)
{
	const char *slash, *dir;
	char *cwd;

	slash = strrchr(path, '/');
	if (slash == path)
		return ("");
	if (*path == '/')
		return (dro_arena_strndup(arena, path, (size_t)(slash - path)));
	if ((cwd = realpath(".", NULL)) == NULL)
		return (NULL);
	dir = slash == NULL
	    ? dro_arena_strdup(arena, cwd)
	    : dro_arena_printf(arena, "%s/%.*s",
		  strcmp(cwd, "/") == 0 ? "" : cwd, (int)(slash - path), path);
	free(cwd);
	return (dir);
}
