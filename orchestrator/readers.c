#include "base/buf.h"
#include "readers.h"

enum dro_code
dro_readers_start(
    struct dro_cmd *cmd, struct dro_readers *out, struct dro_err *err)
{
	struct dro_workers_conf conf = {.program = "/proc/self/exe",
	    .n = cmd->config.workers,
	    .optional = cmd->config.sandbox_optional,
	    .cpu_ms = DRO_WORKER_CPU_MS,
	    .wall_ms = DRO_WORKER_WALL_MS,
	    .key = dro_dkim_keys_fetch};
	struct dro_buf missing;
	enum dro_code code;

	code = dro_dkim_keys_create(&cmd->config.dns, &out->keys, err);
	if (code != DRO_OK)
		return (code);
	conf.key_arg = out->keys;
	if ((code = dro_workers_create(&conf, &out->workers, err)) != DRO_OK)
		return (code);
	dro_buf_init(&missing, 1024);
	dro_sandbox_missing(dro_workers_sandbox(out->workers), &missing);
	if (missing.len > 0)
		dro_cmd_warning(
		    "sandbox: optional: reports are read without %s",
		    missing.ptr);
	dro_buf_finish(&missing);
	return (DRO_OK);
}

void
dro_readers_end(struct dro_readers *readers)
{
	dro_workers_destroy(readers->workers);
	dro_dkim_keys_destroy(readers->keys);
}
