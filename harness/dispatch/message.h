/* message.h - every message between the coordinator and its workers, in one table.
 *
 *      worker                coordinator
 *        | READY ------------> |
 *        | <----------- ASSIGN |   one cell, under one lease
 *        | PULSE ------------> |   every second while it runs
 *        | RESULT -----------> |   counts as READY: the next ASSIGN follows at once
 *        | <-------------- ACK |   the journal holds all results up to this one; also sent
 *        |                     |   now and then as a sign of life
 *        | <------------- STOP |   only when the run is asked to stop
 *        | <------------ LEAVE |   the end
 *
 * A message is its payload, as it lies in memory, under its tag: all ranks run one program, which
 * READY makes sure of. None is larger than KD_MESSAGE_MAX, so MPI sends it eagerly and a dead
 * receiver never blocks the sender; whatever is larger goes through files. docs/PROTOCOL.md
 * is the prose of this table.
 */
#ifndef KD_DISPATCH_MESSAGE_H
#define KD_DISPATCH_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/digest.h"
#include "harness/base/status.h"
#include "harness/child/attempt.h"
#include "harness/ledger/lease.h"

#define KD_MESSAGE_MAX      1024
#define KD_MESSAGE_PROTOCOL 5 /* raised when a payload changes */

typedef struct {
    uint32_t protocol;
    int32_t  pid;
    int32_t  cores; /* that it may use; */
    uint64_t place; /* workers that tell the same here share them */
    char     host[64];
} kd_msg_ready;

typedef struct {
    kd_lease          lease; /* of KD_NO_NODE from a worker that has none */
    kd_progress_point point;
} kd_msg_pulse;

/* Results carry a sequence number of their worker, from 1, that ACK refers to. */
typedef struct {
    uint64_t   sequence;
    kd_lease   lease;
    kd_outcome outcome;
} kd_msg_result;

typedef struct {
    uint64_t sequence; /* all results up to this one are in the journal */
} kd_msg_ack;

typedef struct {
    int32_t is_urgent; /* end it at once, not at its next safe point */
} kd_msg_stop;

typedef struct {
    int32_t is_broken; /* a rank died: MPI cannot be ended properly any more */
} kd_msg_leave;

/*    tag     sent by      payload         meaning                                               */
#define KD_MESSAGES(X)                                                                          \
    X(READY, WORKER, kd_msg_ready, "idle; answer ASSIGN")                                       \
    X(ASSIGN, COORDINATOR, kd_assignment, "run this cell; answer RESULT")                       \
    X(PULSE, WORKER, kd_msg_pulse, "still at it; no answer")                                    \
    X(RESULT, WORKER, kd_msg_result, "the object is in the store, or why not; counts as READY") \
    X(ACK, COORDINATOR, kd_msg_ack, "the journal holds your results up to this one")            \
    X(STOP, COORDINATOR, kd_msg_stop, "bring your cell to its safe point, and say so")          \
    X(LEAVE, COORDINATOR, kd_msg_leave, "no work is left; leave the loop")

typedef enum {
    KD_MSG_NONE, /* a tag of 0 is nobody's */
#define X(tag, sender, payload, meaning) KD_MSG_##tag,
    KD_MESSAGES(X)
#undef X
        KD_MSG_COUNT
} kd_message_tag;

typedef enum { KD_SENDER_COORDINATOR, KD_SENDER_WORKER } kd_sender;

/* Room for any message. */
typedef union {
#define X(tag, sender, payload, meaning) payload tag;
    KD_MESSAGES(X)
#undef X
    unsigned char bytes[KD_MESSAGE_MAX];
} kd_message;

size_t kd_message_size(kd_message_tag tag);

/* KD_EBUG unless a message with this tag may come from `sender` and has this many bytes. */
kd_status kd_message_check(int tag, size_t length, kd_sender sender, kd_error *err);

#endif
