#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "ingest/layers.h"

#define NAME_MAX_SHOWN 1024 /* of a zip entry; more is nobody's file name */

/* Hold a zip archive whole: its directory is at the end. */
static unsigned char *
slurp(struct dro_container *c, size_t *len, dro_read_fn *fn, void *arg)
{
	unsigned char *all = NULL, *more;
	size_t cap = 0;
	ssize_t n = (ssize_t)*len;

	*len = 0;
	do {
		if (c->taken > DRO_INPUT_MAX) {
			(void)dro_layers_refuse(c, DRO_REFUSE_INPUT_SIZE,
			    "more than 16 MiB of compressed data");
			break;
		}
		if (all == NULL || *len + (size_t)n > cap) {
			cap = cap == 0 ? BLOCK : cap * 2;
			if ((more = realloc(all, cap)) == NULL) {
				c->nomem = true;
				break;
			}
			all = more;
		}
		memcpy(all + *len, c->in, (size_t)n);
		*len += (size_t)n;
		n = dro_layers_next(c, fn, arg);
	} while (n > 0);
	if (c->nomem || c->refused.why != DRO_REFUSE_NONE) {
		free(all);
		return (NULL);
	}
	return (all);
}

/*
 * Inflate and plain storage only: the other methods that libarchive knows
 * let an entry choose how much memory the decoder takes.  The name of the
 * format ends with the method of the entry.
 */
static bool
method_known(struct archive *a)
{
	const char *name = archive_format_name(a);

	return (name != NULL &&
	    (strstr(name, "(deflation)") != NULL ||
		strstr(name, "(uncompressed)") != NULL));
}

/* One entry's data; false: the archive cannot be read further. */
static bool
read_entry(struct dro_container *c, struct archive *a)
{
	la_ssize_t n = 0;

	while ((n = archive_read_data(a, c->in, BLOCK)) > 0)
		if (!dro_layers_spend(c, (size_t)n) ||
		    !dro_layers_push(c, 1, c->in, (size_t)n))
			break;
	if (n < 0)
		(void)dro_layers_refuse(c, DRO_REFUSE_ZIP_CORRUPT,
		    archive_error_string(a) != NULL ? archive_error_string(a)
						    : "cannot be read");
	else if (n == 0)
		(void)dro_layers_finish(c, 1);
	return (n != ARCHIVE_FATAL && !c->nomem &&
	    c->refused.why != DRO_REFUSE_OUTPUT_SIZE &&
	    c->refused.why != DRO_REFUSE_ZIP_RATIO);
}

/* One entry; its name is data and never a path. */
static bool
take_entry(
    struct dro_container *c, struct archive *a, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname_utf8(entry);
	char name[NAME_MAX_SHOWN];
	bool more = true;

	if (path == NULL)
		path = archive_entry_pathname(entry);
	if (path == NULL || *path == '\0')
		path = "(no name)";
	(void)snprintf(name, sizeof(name), "%s", path);
	c->member = name;
	dro_layers_reset(c);
	if (archive_entry_filetype(entry) == AE_IFDIR)
		;
	else if (archive_entry_is_encrypted(entry))
		(void)dro_layers_refuse(
		    c, DRO_REFUSE_ZIP_ENCRYPTED, "encrypted");
	else if (!method_known(a))
		(void)dro_layers_refuse(c, DRO_REFUSE_ZIP_METHOD,
		    "compressed by another method than deflate");
	else
		more = read_entry(c, a);
	dro_layers_close(c);
	c->member = NULL;
	return (more);
}

static void
read_entries(struct dro_container *c, struct archive *a)
{
	struct archive_entry *entry;
	size_t n = 0;
	int rc;

	for (;;) {
		rc = archive_read_next_header(a, &entry);
		if (rc == ARCHIVE_EOF)
			break;
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) {
			(void)dro_layers_refuse(c, DRO_REFUSE_ZIP_CORRUPT,
			    archive_error_string(a) != NULL
				? archive_error_string(a)
				: "cannot be read");
			break;
		}
		if (++n > DRO_ZIP_ENTRIES_MAX) {
			(void)dro_layers_refuse(c, DRO_REFUSE_ZIP_ENTRIES,
			    "more than 1000 entries");
			break;
		}
		if (!take_entry(c, a, entry))
			break;
	}
	if (c->answers == 0 && !c->nomem)
		(void)dro_layers_refuse(c, DRO_REFUSE_ZIP_NO_REPORT,
		    "a zip archive without any report");
	dro_layers_settle(c);
}

/*
 * Through the directory only: libarchive's other way, front to back, has to
 * inflate what is to be skipped, which no budget would see.
 */
void
dro_zip_read(struct dro_container *c, ssize_t n, dro_read_fn *fn, void *arg)
{
	size_t len = (size_t)n;
	unsigned char *all = slurp(c, &len, fn, arg);
	struct archive *a = NULL;

	c->zip = true;
	if (all == NULL)
		goto out;
	if ((a = archive_read_new()) == NULL ||
	    archive_read_support_format_zip_seekable(a) != ARCHIVE_OK) {
		c->nomem = true;
		goto out;
	}
	if (archive_read_open_memory(a, all, len) != ARCHIVE_OK)
		(void)dro_layers_refuse(c, DRO_REFUSE_ZIP_CORRUPT,
		    archive_error_string(a) != NULL ? archive_error_string(a)
						    : "cannot be read");
	else
		read_entries(c, a);
out:
	dro_layers_settle(c);
	if (a != NULL)
		(void)archive_read_free(a);
	free(all);
}
