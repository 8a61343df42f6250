/* sets.h - public data sets and networks: where they come from, on what terms, as what they are kept.
 *
 * One list, of which `kdgrid data fetch --list` and docs/CORPORA.md are made. A file's SHA-256 stands here where the
 * file was at hand when the row was written; a publisher may change what has none, and FETCHED.json says what came.
 */
#ifndef KD_FETCH_SETS_H
#define KD_FETCH_SETS_H

#include <stddef.h>
#include <stdint.h>

/* What is done to a file when it is there. */
typedef enum {
    KD_FETCH_AS_IT_IS,
    KD_FETCH_CHEMPROT, /* CR LF, BC6ENTC, "False", no index --> data/ChemProt's form (docs/FORMATS.md) */
} kd_fetch_form;

typedef struct {
    const char   *from;   /* below the set's base */
    const char   *as;     /* its name in our folder */
    int64_t       bytes;  /* 0: not known */
    const char   *sha256; /* of what is kept, so behind the conversion; NULL: not known */
    kd_fetch_form form;
} kd_fetch_file;

enum { KD_FETCH_FILES = 4 };

typedef struct {
    const char *name; /* the folder's name, as experiment files write it; may be "vocab/xyz" */
    const char *what; /* "genes: 12,574 + 2,519 + 5,038 sentences" */
    const char *
        base; /* an address that ends with "/"; NULL: nobody may fetch it without asking, see `by_hand` */
    const char   *source;
    const char   *licence;
    const char   *by_hand;               /* what to do where no program may; NULL else */
    kd_fetch_file files[KD_FETCH_FILES]; /* until one has no name */
} kd_fetch_set;

extern const kd_fetch_set kd_fetch_sets[];
extern const size_t       kd_fetch_set_count;

/* NULL when there is none; `near` is then the likeliest that was meant, or NULL. */
const kd_fetch_set *kd_fetch_find(const char *name, const char **near);

size_t kd_fetch_file_count(const kd_fetch_set *set);

#endif
