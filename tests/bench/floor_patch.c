/*
 * floor_patch ENDPOINT KEY ZONES TEXT: the least that changing a record in
 * every zone of a PowerDNS could cost: one PATCH each, over one connection,
 * nothing read before or after.  ${ZONES} is a file with a zone per line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

static size_t
swallow(char *ptr, size_t size, size_t n, void *arg)
{
	(void)ptr;
	(void)arg;
	return (size * n);
}

int
main(int argc, char **argv)
{
	char zone[256], url[512], body[1024], key[256];
	struct curl_slist *headers = NULL;
	CURL *curl = curl_easy_init();
	long status = 0;
	CURLcode code;
	FILE *zones;

	if (argc != 5 || curl == NULL || (zones = fopen(argv[3], "re")) == NULL)
		return (64);
	(void)snprintf(key, sizeof(key), "X-API-Key: %s", argv[2]);
	headers = curl_slist_append(headers, key);
	headers = curl_slist_append(headers, "Content-Type: application/json");
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PATCH");
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
	while (fgets(zone, sizeof(zone), zones) != NULL) {
		zone[strcspn(zone, "\n")] = '\0';
		(void)snprintf(url, sizeof(url),
		    "%s/api/v1/servers/localhost/zones/%s.", argv[1], zone);
		(void)snprintf(body, sizeof(body),
		    "{\"rrsets\":[{\"name\":\"_dmarc.%s.\",\"type\":\"TXT\","
		    "\"changetype\":\"REPLACE\",\"ttl\":3600,\"records\":"
		    "[{\"content\":\"\\\"%s\\\"\",\"disabled\":false}]}]}",
		    zone, argv[4]);
		(void)curl_easy_setopt(curl, CURLOPT_URL, url);
		(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
		if ((code = curl_easy_perform(curl)) != CURLE_OK) {
			(void)fprintf(stderr, "floor_patch: %s: %s\n", url,
			    curl_easy_strerror(code));
			return (1);
		}
		(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
		if (status != 204) {
			(void)fprintf(
			    stderr, "floor_patch: %s: HTTP %ld\n", url, status);
			return (1);
		}
	}
	(void)fclose(zones);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return (0);
}
