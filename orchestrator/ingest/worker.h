#ifndef DRO_ORCHESTRATOR_INGEST_WORKER_H
#define DRO_ORCHESTRATOR_INGEST_WORKER_H

/* The word that makes the program a worker; nobody types it. */
#define DRO_WORKER_VERB "ingest-worker"

/**
 * dro_worker_main():
 * Be a worker: a process of its own, made by ingest/workers.h, whose one open
 * descriptor (0) is a socket to ingest.  Load what reading needs, enter the
 * sandbox, and read one input after the other until the socket is closed.
 * Returns an exit status, at once if 0 is no socket.
 */
int dro_worker_main(void);

#endif /* !DRO_ORCHESTRATOR_INGEST_WORKER_H */
