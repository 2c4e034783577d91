#ifndef DRO_ORCHESTRATOR_CONFIG_SCHEMA_H
#define DRO_ORCHESTRATOR_CONFIG_SCHEMA_H

#include <jansson.h>

/**
 * dro_config_schema():
 * The JSON Schema (draft-07) of a configuration, made from the table of keys
 * and the options of the built-in providers.  A file that it refuses is
 * refused by the reader; the reader also checks what a schema cannot say.
 * NULL when out of memory.
 */
json_t *dro_config_schema(void);

#endif /* !DRO_ORCHESTRATOR_CONFIG_SCHEMA_H */
