/*
 * read_dns PORT DOMAINS: what plan does to see the records of all domains
 * that 127.0.0.1 serves: look ahead, sum every answer up.  Prints the seconds
 * that this took, the start of a process apart.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dns/dns.h"

#define MAX 100000

static double
now_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return ((double)now.tv_sec + (double)now.tv_nsec / 1e9);
}

int
main(int argc, char **argv)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_dns_conf conf = {0};
	struct dro_dns_servers *servers;
	char address[32], name[256];
	const char *at = address;
	struct dro_dns *dns = NULL;
	struct dro_look *looks;
	struct dro_live live;
	struct dro_err err = {0};
	size_t i, n = 0, seen = 0;
	double began;
	FILE *f;

	if (argc != 3 || arena == NULL || (f = fopen(argv[2], "re")) == NULL)
		return (64);
	looks = dro_arena_alloc(arena, MAX, sizeof(*looks));
	servers = dro_arena_alloc(arena, MAX, sizeof(*servers));
	if (looks == NULL || servers == NULL)
		return (71);
	(void)snprintf(address, sizeof(address), "127.0.0.1@%s", argv[1]);
	while (n < MAX && fgets(name, sizeof(name), f) != NULL) {
		name[strcspn(name, "\n")] = '\0';
		servers[n].domain = dro_arena_strdup(arena, name);
		servers[n].n = 1;
		servers[n].servers = &at;
		looks[n].name = dro_arena_printf(arena, "_dmarc.%s", name);
		looks[n].type = DRO_RR_TXT;
		looks[n++].arena = arena;
	}
	(void)fclose(f);
	began = now_s();
	conf.servers = servers;
	conf.n_servers = n;
	if (dro_dns_create(&conf, &dns, &err) != DRO_OK ||
	    dro_dns_look_many(dns, looks, n, &err) != DRO_OK) {
		(void)fprintf(stderr, "read_dns: %s\n", err.msg);
		return (1);
	}
	for (i = 0; i < n; i++) {
		if (looks[i].code != DRO_OK)
			continue;
		dro_dns_live(&looks[i].sight, arena, &live);
		seen += live.status == DRO_LIVE_OK && live.rrset.n == 1;
	}
	dro_dns_destroy(dns);
	(void)printf("%.6f\n", now_s() - began);
	dro_arena_destroy(arena);
	return (seen == n ? 0 : 1);
}
