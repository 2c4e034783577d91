#include <errno.h>
#include <string.h>

#include "output/output.h"

enum dro_code
dro_out_flush(const struct dro_out *out, struct dro_err *err)
{
	int failed_before = ferror(out->fp);

	errno = 0;
	if (fflush(out->fp) == 0 && !failed_before)
		return (DRO_OK);
	return (dro_err_set(err, DRO_EIO, "output: cannot be written: %s",
	    errno != 0 ? strerror(errno) : "an earlier write failed"));
}
