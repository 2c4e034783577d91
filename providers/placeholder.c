typedef int dro_placeholder; /* the room has no code yet */
