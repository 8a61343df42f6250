/* schema_internal.h - the table of rooms, for the schema and the pages made from it. */
#ifndef KD_CONFIG_SCHEMA_INTERNAL_H
#define KD_CONFIG_SCHEMA_INTERNAL_H

#include "harness/config/schema.h"

typedef struct {
    const char       *prefix;     /* "student."; NULL ends the table */
    const kd_setting *table;      /* NULL where it is made at run time, by */
    unsigned          readers;    /* of its rows, where schema.c says nothing else of one */
    const char       *selector;   /* the key whose value `used_by` speaks of, or NULL */
    const char       *gate;       /* the key that opens the room to readers, or NULL */
    const char       *gate_words; /* for these of its values; after a '!' for all others */
    const char       *about;      /* for docs/CONFIG.md */
    const kd_setting *(*make)(void);
} kd_schema_room;

extern const kd_schema_room kd_schema_rooms[];

const kd_setting *kd_schema_table(const kd_schema_room *room);

/* "int"; and what its values may be, "0 to 1" or the choices: nothing for a free text. */
const char *kd_schema_type_word(const kd_setting *row);
void        kd_schema_add_range(const kd_setting *row, kd_str *out);

#endif
