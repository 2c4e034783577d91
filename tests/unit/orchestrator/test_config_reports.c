/* Sources of reports, as the reader binds them. */

#include "config_read.h"

#include "config/secrets.h"

static const char text[] =
    "version: 1\n"
    "reports:\n"
    "  - {name: box, mbox: {path: rua.mbox}}\n"
    "  - {name: dir, trust: known, maildir: {path: /var/rua,\n"
    "      after: {stored: seen, refused: move, refused_folder: Bad}}}\n"
    "  - {name: own, imap: {host: imap.example, user: rua,\n"
    "      password: {env: DRO_TEST_SECRET}}}\n"
    "  - {name: far, imap: {host: 2001:db8::1, port: 1993, user: rua,\n"
    "      token: {command: [get, token]}, mailbox: Berichte/2026,\n"
    "      ca_file: ca.pem, after: {stored: move, folder: Done}}}\n";

static void
paths_are_bound(void **state)
{
	const struct dro_report_source *s;
	struct reading t;

	(void)state;
	read_good(&t, text);
	assert_int_equal(t.config.n_reports, 4);
	s = t.config.reports;
	assert_int_equal(s->kind, DRO_SOURCE_MBOX);
	assert_string_equal(s->path, "/etc/rollout/rua.mbox");
	assert_int_equal(s->after.stored, DRO_AFTER_KEEP);
	s++;
	assert_int_equal(s->kind, DRO_SOURCE_MAILDIR);
	assert_string_equal(s->path, "/var/rua");
	assert_int_equal(s->trust, DRO_TRUST_KNOWN);
	assert_int_equal(s->after.stored, DRO_AFTER_SEEN);
	assert_null(s->after.folder);
	assert_int_equal(s->after.refused, DRO_AFTER_MOVE);
	assert_string_equal(s->after.refused_folder, "Bad");
	finish(&t);
}

static void
mailboxes_are_bound(void **state)
{
	const struct dro_report_source *s;
	const char *secret;
	struct reading t;

	(void)state;
	read_good(&t, text);
	s = &t.config.reports[2];
	assert_int_equal(s->kind, DRO_SOURCE_IMAP);
	assert_null(s->path);
	assert_string_equal(s->imap.host, "imap.example");
	assert_int_equal(s->imap.port, 993);
	assert_string_equal(s->imap.user, "rua");
	assert_string_equal(s->imap.mailbox, "INBOX");
	assert_null(s->imap.ca_file);
	assert_false(s->imap.token);
	assert_int_equal(s->trust, DRO_TRUST_UNAUTHENTICATED);
	setenv("DRO_TEST_SECRET", "pass", 1);
	assert_int_equal(
	    dro_config_secret(&s->imap.secret, t.arena, &secret, &t.err),
	    DRO_OK);
	assert_string_equal(secret, "pass");
	unsetenv("DRO_TEST_SECRET");
	assert_int_equal(
	    dro_config_secret(&s->imap.secret, t.arena, &secret, &t.err),
	    DRO_ENOTFOUND);
	assert_string_equal(t.err.msg,
	    "password: {env: DRO_TEST_SECRET}: not set in the environment");
	s++;
	assert_string_equal(s->imap.host, "2001:db8::1");
	assert_int_equal(s->imap.port, 1993);
	assert_true(s->imap.token);
	assert_int_equal(s->imap.secret.n, 3);
	assert_string_equal(s->imap.secret.values[0], "command");
	assert_string_equal(s->imap.secret.values[2], "token");
	assert_string_equal(s->imap.mailbox, "Berichte/2026");
	assert_string_equal(s->imap.ca_file, "/etc/rollout/ca.pem");
	assert_int_equal(s->after.stored, DRO_AFTER_MOVE);
	assert_string_equal(s->after.folder, "Done");
	assert_int_equal(s->after.refused, DRO_AFTER_KEEP);
	finish(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_are_bound),
	    cmocka_unit_test(mailboxes_are_bound),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
