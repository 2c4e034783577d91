#ifndef DRO_ORCHESTRATOR_CONFIG_CSV_H
#define DRO_ORCHESTRATOR_CONFIG_CSV_H

#include <stddef.h>

#include "config/reader.h"

/* What a person keeps in a sheet stays far below. */
#define DRO_CSV_BYTES_MAX (4u << 20)
#define DRO_CSV_ROWS_MAX 100000
#define DRO_CSV_FIELD_MAX 1024

/**
 * dro_csv_parse(r, file, text, len):
 * The domains in the CSV ${text} as `domains:` of a client would hold them:
 * a map of domain to a map of settings, each at its place in ${file}.  RFC
 * 4180 with "," or ";", which the header decides; UTF-8, with or without a
 * byte order mark.  The header names the column domain and settings that may
 * stand in a column; an empty field says nothing.  Errors go to ${r}; what
 * could be read is returned, or NULL.
 */
const struct dro_node *dro_csv_parse(
    struct dro_reader *r, const char *file, const char *text, size_t len);

/**
 * dro_csv_read(r, set):
 * The same for the file that the setting `csv` of a client names.
 */
const struct dro_node *dro_csv_read(
    struct dro_reader *r, const struct dro_setting *set);

#endif /* !DRO_ORCHESTRATOR_CONFIG_CSV_H */
