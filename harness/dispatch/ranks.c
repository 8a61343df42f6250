/* ranks.c - MPI, as little of it as possible. */
#include "harness/dispatch/ranks.h"

#include <math.h>
#include <mpi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/vec.h"
#include "harness/dispatch/shm.h"

#define SPINS       200
#define FEW_SPINS   10 /* MPI may need more than one look to see what has come */
#define FIRST_S     5e-6
#define GROWTH      1.5
#define LONG_S      1e-3 /* reached within 3 ms; from here on a hundredth of the time waited */
#define LONGEST_S   5e-3
#define FINISHING_S 5
#define PARTING_S   0.5

void kd_ranks_start(int *argc, char ***argv)
{
    int granted;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* without mpirun nobody could end us */
    kd_shm_enter();
    MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &granted);
    /* A rank that dies shows as silence, never as an error that could be handled. */
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

int kd_ranks_rank(void)
{
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}

int kd_ranks_count(void)
{
    int count;
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    return count;
}

/* ---- sending ---- */

/* A blocking send to a machine that is lost would never return, and with it whoever sends to all others as well. */
typedef struct {
    MPI_Request request;
    kd_message  message;
} letter;

static KD_VEC(letter *) letters;

static bool has_gone(letter *l)
{
    int is_over;
    MPI_Test(&l->request, &is_over, MPI_STATUS_IGNORE);
    return is_over;
}

/* One that is on its way no longer, or a new one. */
static letter *take_letter(void)
{
    for (size_t i = 0; i < letters.count; i++)
        if (has_gone(letters.items[i])) return letters.items[i];
    letter *fresh = kd_alloc(1, sizeof *fresh);
    kd_vec_push(&letters, fresh);
    return fresh;
}

void kd_ranks_send(int rank, kd_message_tag tag, const void *payload)
{
    letter *l = take_letter();
    size_t  length = kd_message_size(tag);
    memcpy(&l->message, payload, length);
    MPI_Isend(&l->message, (int)length, MPI_BYTE, rank, tag, MPI_COMM_WORLD, &l->request);
}

/* Of a job that is whole all go; else those to the dead never do, and for the others a moment is enough. */
static void finish_sending(double most_s)
{
    double until_s = kd_clock_s() + most_s;
    for (size_t i = 0; i < letters.count; i++)
        while (!has_gone(letters.items[i]) && kd_clock_s() < until_s) kd_sleep_s(LONG_S);
}

/* ---- the end ---- */

static volatile sig_atomic_t last_code;

static void leave(int number)
{
    (void)number;
    _exit(last_code);
}

void kd_ranks_end(bool is_broken, int code)
{
    finish_sending(is_broken ? PARTING_S : FINISHING_S);
    if (!is_broken) {
        last_code = code;
        signal(SIGALRM, leave);
        alarm(FINISHING_S);
        MPI_Finalize();
        alarm(0);
    }
    kd_shm_leave();
}

/* ---- waiting ---- */

void kd_patience_reset(kd_patience *patience)
{
    *patience = (kd_patience){ .spins = SPINS, .sleep_s = FIRST_S };
}

void kd_patience_end(kd_patience *patience)
{
    patience->spins = FEW_SPINS;
}

double kd_patience_next_s(kd_patience *patience)
{
    if (patience->spins > 0) {
        patience->spins--;
        return 0;
    }
    double now_s = patience->sleep_s;
    patience->waited_s += now_s;
    double most_s = fmin(fmax(LONG_S, patience->waited_s / 100), LONGEST_S);
    patience->sleep_s = fmin(now_s * GROWTH, most_s);
    return now_s;
}
