#ifndef DRO_TEST_WORKDIR_H
#define DRO_TEST_WORKDIR_H

/* A directory for one test, and programs started in it. */

#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct workdir {
	char path[64];
};

/* Start a program; its output goes to ${output} in the directory. */
static inline pid_t
work_spawn(struct workdir *work, const char *const *argv, const char *input,
    const char *output)
{
	posix_spawn_file_actions_t files;
	char path[128];
	char *env[] = {(char[]){"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, NULL};
	pid_t pid;

	(void)snprintf(path, sizeof(path), "%s/%s", work->path, output);
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawn_file_actions_addopen(
	    &files, 0, input == NULL ? "/dev/null" : input, O_RDONLY, 0);
	(void)posix_spawn_file_actions_addopen(
	    &files, 1, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	(void)posix_spawn_file_actions_adddup2(&files, 1, 2);
	if (posix_spawnp(&pid, argv[0], &files, NULL,
		(char *const *)(const void *)argv, env) != 0)
		pid = -1;
	(void)posix_spawn_file_actions_destroy(&files);
	return (pid);
}

/* Run a program to its end; true if it succeeded. */
static inline bool
work_run(struct workdir *work, const char *const *argv, const char *input,
    const char *output)
{
	pid_t pid = work_spawn(work, argv, input, output);
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return (false);
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The text of a file in the directory; the caller frees it. */
static inline char *
work_text(struct workdir *work, const char *name)
{
	char path[128], *text = calloc(1, 1 << 20);
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", work->path, name);
	if (text == NULL || (file = fopen(path, "re")) == NULL) {
		free(text);
		return (NULL);
	}
	text[fread(text, 1, (1 << 20) - 1, file)] = '\0';
	(void)fclose(file);
	return (text);
}

static inline bool
work_write(struct workdir *work, const char *name, const char *text)
{
	char path[320];
	FILE *file;
	bool good;

	(void)snprintf(path, sizeof(path), "%s/%s", work->path, name);
	if ((file = fopen(path, "we")) == NULL)
		return (false);
	good = fputs(text, file) >= 0;
	return (fclose(file) == 0 && good);
}

static inline int
work_forget(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return (remove(path));
}

/* Remove the directory and all in it. */
static inline void
work_finish(struct workdir *work)
{
	(void)nftw(work->path, work_forget, 8, FTW_DEPTH | FTW_PHYS);
}

static inline bool
work_init(struct workdir *work)
{
	(void)snprintf(work->path, sizeof(work->path), "/tmp/dro-test-XXXXXX");
	return (mkdtemp(work->path) != NULL);
}

#endif /* !DRO_TEST_WORKDIR_H */
