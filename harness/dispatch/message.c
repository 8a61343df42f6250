/* message.c - the table of messages, read. */
#include "harness/dispatch/message.h"

#define X(tag, sender, payload, meaning) \
    _Static_assert(sizeof(payload) <= KD_MESSAGE_MAX, #tag " is larger than a message may be");
KD_MESSAGES(X)
#undef X

static const struct {
    const char *word;
    size_t      size;
    kd_sender   sender;
} table[KD_MSG_COUNT] = { [KD_MSG_NONE] = { "NONE", 0, KD_SENDER_COORDINATOR },
#define X(tag, sender, payload, meaning) \
    [KD_MSG_##tag] = { #tag, sizeof(payload), KD_SENDER_##sender },
                          KD_MESSAGES(X)
#undef X
};

size_t kd_message_size(kd_message_tag tag)
{
    return table[tag].size;
}

kd_status kd_message_check(int tag, size_t length, kd_sender sender, kd_error *err)
{
    if (tag <= KD_MSG_NONE || tag >= KD_MSG_COUNT)
        return kd_fail(err, KD_EBUG, "no message has tag %d", tag);
    if (table[tag].sender != sender)
        return kd_fail(err, KD_EBUG, "%s came from the side that receives it", table[tag].word);
    if (table[tag].size != length)
        return kd_fail(err, KD_EBUG, "%s has %zu bytes, expected %zu", table[tag].word, length,
                       table[tag].size);
    return KD_OK;
}
