#include "ingest/wire_parts.h"

int
dro_wire_next(const char *ptr, size_t len, struct dro_frame *out)
{
	const unsigned char *p = (const unsigned char *)ptr;
	size_t size;

	if (len < DRO_FRAME_HEAD)
		return (0);
	size = (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 |
	    (size_t)p[3] << 24;
	if (size > DRO_FRAME_MAX || p[4] == 0 || p[4] >= DRO_FRAME_N)
		return (-1);
	if (len - DRO_FRAME_HEAD < size)
		return (0);
	out->type = (enum dro_frame_type)p[4];
	out->ptr = ptr + DRO_FRAME_HEAD;
	out->len = size;
	return (1);
}

void
dro_wire_put_conf(struct dro_buf *buf, const struct dro_reading_conf *conf)
{
	size_t at = dro_part_begin(buf, DRO_FRAME_CONF), i;

	dro_part_int(buf, conf->now);
	dro_part_int(buf, (int64_t)conf->n_authserv_ids);
	for (i = 0; i < conf->n_authserv_ids; i++)
		dro_part_text(buf, conf->authserv_ids[i]);
	dro_part_text(buf, conf->recipient != NULL ? conf->recipient : "");
	dro_part_end(buf, at, 0);
}

void
dro_wire_put_input(struct dro_buf *buf, const struct dro_input *input)
{
	size_t at = dro_part_begin(buf, DRO_FRAME_INPUT);

	dro_buf_addc(buf, input->mail ? 1 : 0);
	dro_part_end(buf, at, input->len);
}

void
dro_wire_put_key(
    struct dro_buf *buf, enum dro_key_status status, const char *text)
{
	size_t at = dro_part_begin(buf, DRO_FRAME_KEY);

	dro_part_int(buf, status);
	dro_part_text(buf, text);
	dro_part_end(buf, at, 0);
}

void
dro_wire_put_hello(struct dro_buf *buf, const struct dro_sandbox *sandbox)
{
	size_t at = dro_part_begin(buf, DRO_FRAME_HELLO);

	dro_part_int(buf, sandbox->landlock_abi);
	dro_part_int(buf, sandbox->landlock_errno);
	dro_part_int(buf, sandbox->seccomp_errno);
	dro_part_int(buf, sandbox->limits_errno);
	dro_part_end(buf, at, 0);
}

void
dro_wire_put_sender(struct dro_buf *buf, const struct dro_sender *sender)
{
	size_t at = dro_part_begin(buf, DRO_FRAME_SENDER);

	dro_part_int(buf, sender->auth);
	dro_part_int(buf, sender->again);
	dro_part_text(buf, sender->from);
	dro_part_text(buf, sender->signer);
	dro_part_text(buf, sender->selector);
	dro_part_text(buf, sender->identity);
	dro_part_int(buf, sender->key_bits);
	dro_part_text(buf, sender->note);
	dro_part_text(buf, sender->recipient);
	dro_part_end(buf, at, 0);
}

void
dro_wire_put_original(struct dro_buf *buf, const void *ptr, size_t len)
{
	size_t at = dro_part_begin(buf, DRO_FRAME_ORIGINAL);

	dro_buf_add(buf, ptr, len);
	dro_part_end(buf, at, 0);
}

void
dro_wire_put_whole(struct dro_buf *buf)
{
	dro_part_end(buf, dro_part_begin(buf, DRO_FRAME_WHOLE), 0);
}

void
dro_wire_put_refuse(
    struct dro_buf *buf, const char *member, const struct dro_refused *why)
{
	size_t at = dro_part_begin(buf, DRO_FRAME_REFUSE);

	dro_part_text(buf, member);
	dro_part_int(buf, why->why);
	dro_part_text(buf, why->detail);
	dro_part_end(buf, at, 0);
}

void
dro_wire_put_warn(struct dro_buf *buf, const char *member, enum dro_warn warn)
{
	size_t at = dro_part_begin(buf, DRO_FRAME_WARN);

	dro_part_text(buf, member);
	dro_part_int(buf, warn);
	dro_part_end(buf, at, 0);
}

void
dro_wire_put_ask(struct dro_buf *buf, const char *selector, const char *domain)
{
	size_t at = dro_part_begin(buf, DRO_FRAME_ASK);

	dro_part_text(buf, selector);
	dro_part_text(buf, domain);
	dro_part_end(buf, at, 0);
}

void
dro_wire_put_done(struct dro_buf *buf, enum dro_code code)
{
	size_t at = dro_part_begin(buf, DRO_FRAME_DONE);

	dro_part_int(buf, code);
	dro_part_end(buf, at, 0);
}
