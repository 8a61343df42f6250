/* exchange.c - parts of gradients on their way, each in one of two stages.
 *
 *     GATHERING   own piece: the others' terms come; their pieces: our terms go
 *     SPREADING   own piece: the sum goes to the others; their pieces: their sums come
 *
 * A stage is over when all of its requests are: then nothing reads or writes what the next one needs. Parts are the same
 * on every rank, in the same order, and a part's number is its tag, so that messages of two ranks meet whatever their
 * pace is. Buffers stay from one update to the next. */
#include "harness/dispatch/exchange.h"

#include <math.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/base/clock.h"
#include "harness/base/status.h"
#include "harness/base/vec.h"
#include "harness/dispatch/ranks.h"

enum { TAG_TOTAL = 1, TAG_PARTS = 2 };

typedef enum { GATHERING, SPREADING, SUMMED } stage;

/* Terms are floats, or bf16 in two bytes each; either way `size` bytes. */
typedef struct {
    float       *numbers;
    size_t       count, size;
    stage        stage;
    MPI_Request *requests; /* (2 (N-1)) */
    char        *terms;    /* (N, longest piece) what comes for the own piece */
    char        *rounded;  /* (count) what goes out as bf16, and comes in; NULL for f32 */
    size_t       terms_bytes, rounded_bytes;
} part;

static struct {
    int rank, count;
    KD_VEC(part *) parts; /* the first `begun` are on their way, or over */
    size_t            begun, over;
    double           *others; /* of totals */
    size_t            others_count;
    MPI_Request      *requests;
    kd_exchange_count counted;
} own;

/* ---- bf16: the upper half of a float, rounded to nearest, to even in the middle ---- */

static void encode(size_t count, const float *from, uint16_t *to)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, from + i, sizeof bits);
        bool     is_number = (bits & 0x7fffffffu) <= 0x7f800000u;
        uint32_t rounded = bits + 0x7fffu + (bits >> 16 & 1);
        to[i] = (uint16_t)((is_number ? rounded : bits | 0x400000u) >> 16);
    }
}

static void decode(size_t count, const uint16_t *from, float *to)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = (uint32_t)from[i] << 16;
        memcpy(to + i, &bits, sizeof bits);
    }
}

/* ---- pieces ---- */

static size_t piece_begin(const part *p, int rank)
{
    return p->count * (size_t)rank / (size_t)own.count;
}

static size_t piece_count(const part *p, int rank)
{
    return piece_begin(p, rank + 1) - piece_begin(p, rank);
}

/* Where a rank's piece is read from and written to by MPI. */
static char *piece_of(const part *p, int rank)
{
    size_t begin = piece_begin(p, rank);
    return p->rounded ? p->rounded + begin * p->size : (char *)(p->numbers + begin);
}

/* Where the terms of a rank for the own piece come in. */
static char *term_of(const part *p, int rank)
{
    return p->terms + (size_t)rank * piece_count(p, own.rank) * p->size;
}

static void send(part *p, int at, const void *from, int to, size_t bytes, int tag)
{
    MPI_Isend(from, (int)bytes, MPI_BYTE, to, tag, MPI_COMM_WORLD, &p->requests[at]);
    own.counted.bytes += (double)bytes;
}

static int tag_of(const part *p, size_t number)
{
    return TAG_PARTS + 2 * (int)(number % 8192) + (p->stage == SPREADING);
}

static void post(part *p, size_t number)
{
    bool   gathers = p->stage == GATHERING;
    int    at = 0, tag = tag_of(p, number);
    size_t mine = piece_count(p, own.rank) * p->size;
    for (int r = 0; r < own.count; r++) {
        size_t theirs = piece_count(p, r) * p->size;
        if (r == own.rank) continue;
        MPI_Irecv(gathers ? term_of(p, r) : piece_of(p, r), (int)(gathers ? mine : theirs),
                  MPI_BYTE, r, tag, MPI_COMM_WORLD, &p->requests[at++]);
        send(p, at++, piece_of(p, gathers ? r : own.rank), r, gathers ? theirs : mine, tag);
    }
}

/* ---- the sum ---- */

enum { STRIP = 1024 };

/* The own terms are read where they stand; the sum takes their place strip by strip. */
static void sum_pieces(part *p)
{
    size_t count = piece_count(p, own.rank);
    float *to = p->numbers + piece_begin(p, own.rank), term[STRIP], sum[STRIP];
    for (size_t from = 0; from < count; from += STRIP) {
        size_t length = count - from < STRIP ? count - from : STRIP;
        for (int r = 0; r < own.count; r++) {
            const char *source = r == own.rank ? piece_of(p, r) : term_of(p, r);
            if (p->rounded)
                decode(length, (const uint16_t *)source + from, term);
            else
                memcpy(term, (const float *)source + from, length * sizeof *term);
            for (size_t i = 0; i < length; i++) sum[i] = r == 0 ? term[i] : sum[i] + term[i];
        }
        memcpy(to + from, sum, length * sizeof *sum);
    }
    if (p->rounded) encode(count, to, (uint16_t *)piece_of(p, own.rank));
}

/* ---- moving on ---- */

static bool move_on(part *p, size_t number)
{
    int is_over;
    MPI_Testall(2 * (own.count - 1), p->requests, &is_over, MPI_STATUSES_IGNORE);
    if (!is_over) return false;
    if (p->stage == GATHERING) {
        sum_pieces(p);
        p->stage = SPREADING;
        post(p, number);
        return true;
    }
    if (p->rounded) decode(p->count, (const uint16_t *)p->rounded, p->numbers);
    p->stage = SUMMED;
    own.over++;
    return true;
}

static bool look_at_parts(void)
{
    bool moved = false;
    for (size_t i = 0; i < own.begun; i++) {
        part *p = own.parts.items[i];
        if (p->stage != SUMMED) moved |= move_on(p, i);
    }
    return moved;
}

static void pause_for(double span_s)
{
    struct timespec t = { 0, (long)(span_s * 1e9) };
    if (span_s > 0) nanosleep(&t, NULL);
}

/* ---- what peers ask for ---- */

static char *room(char *block, size_t *has, size_t wants)
{
    if (wants <= *has) return block;
    free(block);
    *has = wants;
    return kd_alloc(wants, 1);
}

static part *next_part(void)
{
    if (own.begun == own.parts.count) {
        part *fresh = kd_alloc(1, sizeof *fresh);
        *fresh = (part){ .requests = kd_alloc(2 * (size_t)own.count, sizeof(MPI_Request)) };
        kd_vec_push(&own.parts, fresh);
    }
    return own.parts.items[own.begun++];
}

static void begin_part(float *numbers, size_t count, kd_wire_form wire)
{
    size_t number = own.begun;
    part  *p = next_part();
    p->numbers = numbers;
    p->count = count;
    p->size = wire == KD_WIRE_BF16 ? sizeof(uint16_t) : sizeof(float);
    p->stage = GATHERING;
    p->terms = room(p->terms, &p->terms_bytes,
                    (size_t)own.count * (count / (size_t)own.count + 1) * p->size);
    if (wire == KD_WIRE_BF16) {
        p->rounded = room(p->rounded, &p->rounded_bytes, count * p->size);
        encode(count, numbers, (uint16_t *)p->rounded);
    } else {
        free(p->rounded);
        p->rounded = NULL;
        p->rounded_bytes = 0;
    }
    post(p, number);
}

/* What is longer goes out in parts, so that the first are sums when the last leave. */
#define MOST_FLOATS ((size_t)1 << 20)

static void begin(void *user, float *numbers, size_t count, kd_wire_form wire)
{
    (void)user;
    if (own.count == 1) return;
    for (size_t from = 0; from < count; from += MOST_FLOATS)
        begin_part(numbers + from, count - from < MOST_FLOATS ? count - from : MOST_FLOATS, wire);
}

static void advance(void *user)
{
    (void)user;
    if (own.over < own.begun) look_at_parts();
}

static void finish(void *user)
{
    (void)user;
    kd_patience patience;
    double      since_s = kd_clock_s();
    kd_patience_reset(&patience);
    while (own.over < own.begun)
        if (look_at_parts())
            kd_patience_reset(&patience);
        else
            pause_for(kd_patience_next_s(&patience));
    own.begun = own.over = 0;
    own.counted.finishing_s += kd_clock_s() - since_s;
}

static bool wait_until(double until_s, int count, MPI_Request *requests)
{
    kd_patience patience;
    int         is_over;
    kd_patience_reset(&patience);
    for (;;) {
        MPI_Testall(count, requests, &is_over, MPI_STATUSES_IGNORE);
        if (is_over) return true;
        if (kd_clock_s() > until_s) return false;
        pause_for(kd_patience_next_s(&patience));
    }
}

static void wait_all(int count, MPI_Request *requests)
{
    wait_until(INFINITY, count, requests);
}

/* Everybody tells everybody: the numbers are few. */
static void total(void *user, double *numbers, int count)
{
    (void)user;
    int    bytes = count * (int)sizeof *numbers, at = 0;
    size_t all = (size_t)count * (size_t)own.count;
    double since_s = kd_clock_s();
    if (own.others_count < all) {
        free(own.others);
        own.others_count = all;
        own.others = kd_alloc(own.others_count, sizeof *own.others);
    }
    memcpy(own.others + own.rank * count, numbers, (size_t)bytes);
    for (int r = 0; r < own.count; r++) {
        if (r == own.rank) continue;
        MPI_Irecv(own.others + r * count, bytes, MPI_BYTE, r, TAG_TOTAL, MPI_COMM_WORLD,
                  &own.requests[at++]);
        MPI_Isend(own.others + own.rank * count, bytes, MPI_BYTE, r, TAG_TOTAL, MPI_COMM_WORLD,
                  &own.requests[at++]);
    }
    wait_all(at, own.requests);
    for (int i = 0; i < count; i++) {
        numbers[i] = own.others[i];
        for (int r = 1; r < own.count; r++) numbers[i] += own.others[r * count + i];
    }
    own.counted.totalling_s += kd_clock_s() - since_s;
}

#define MOST_GIVEN ((size_t)1 << 28)

static void give(void *user, void *bytes, size_t count)
{
    (void)user;
    for (size_t from = 0; from < count; from += MOST_GIVEN) {
        size_t      length = count - from < MOST_GIVEN ? count - from : MOST_GIVEN;
        MPI_Request request;
        MPI_Ibcast((char *)bytes + from, (int)length, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
        wait_all(1, &request);
    }
}

/* ---- in the order of life ---- */

kd_peers kd_exchange_open(void)
{
    own.rank = kd_ranks_rank();
    own.count = kd_ranks_count();
    own.requests = kd_alloc(2 * (size_t)own.count, sizeof *own.requests);
    return (kd_peers){ .rank = own.rank,
                       .count = own.count,
                       .total = total,
                       .begin = begin,
                       .advance = advance,
                       .finish = finish,
                       .give = give };
}

void kd_exchange_close(void)
{
    for (size_t i = 0; i < own.parts.count; i++) {
        part *p = own.parts.items[i];
        free(p->requests);
        free(p->terms);
        free(p->rounded);
        free(p);
    }
    kd_vec_fini(&own.parts);
    free(own.requests);
    free(own.others);
    memset(&own, 0, sizeof own);
}

kd_exchange_count kd_exchange_counted(void)
{
    return own.counted;
}

bool kd_exchange_meet(double most_s)
{
    MPI_Request request;
    MPI_Ibarrier(MPI_COMM_WORLD, &request);
    return wait_until(kd_clock_s() + most_s, 1, &request);
}
