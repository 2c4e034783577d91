#include "ingest/after.h"

enum dro_after
dro_after_of(const struct dro_mail_after *after, enum dro_settled how,
    const char **folder)
{
	*folder = NULL;
	switch (how) {
	case DRO_SETTLED_STORED:
		*folder = after->folder;
		return (after->stored);
	case DRO_SETTLED_REFUSED:
		*folder = after->refused_folder;
		return (after->refused);
	case DRO_SETTLED_FOREIGN:
	case DRO_SETTLED_FAILED:
		break;
	}
	return (DRO_AFTER_KEEP);
}
