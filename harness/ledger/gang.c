/* gang.c - one place where there is one that is large enough, else those with the most room first. */
#include "harness/ledger/gang.h"

static int room_of(int cores, kd_gang_ask ask)
{
    return cores > 0 ? cores / ask.cores : 0;
}

/* Whether some place has the cores of all. */
static bool is_for_one(const kd_gang_place *places, int count, kd_gang_ask ask)
{
    for (int p = 0; p < count; p++)
        if (room_of(places[p].cores, ask) >= ask.ranks) return true;
    return false;
}

bool kd_gang_has_room(const kd_gang_place *places, int count, kd_gang_ask ask)
{
    long room = 0;
    for (int p = 0; p < count; p++) room += room_of(places[p].cores, ask);
    return room >= ask.ranks;
}

static bool takes_all(const kd_gang_place *at, kd_gang_ask ask)
{
    return at->has_hand && room_of(at->free, ask) >= ask.ranks;
}

static bool put_on_one(const kd_gang_place *places, int count, int first, kd_gang_ask ask,
                       int *ranks)
{
    int at = first >= 0 && takes_all(&places[first], ask) ? first : -1;
    for (int p = 0; p < count && at < 0; p++)
        if (takes_all(&places[p], ask)) at = p;
    if (at >= 0) ranks[at] = ask.ranks;
    return at >= 0;
}

/* The place without a rank that has the most room, or -1. */
static int roomiest(const kd_gang_place *places, int count, kd_gang_ask ask, const int *ranks)
{
    int best = -1, most = 0;
    for (int p = 0; p < count; p++) {
        int room = ranks[p] > 0 ? 0 : room_of(places[p].free, ask);
        if (room <= most) continue;
        most = room;
        best = p;
    }
    return best;
}

static bool is_free(const kd_gang_place *places, int count, kd_gang_ask ask)
{
    long room = 0;
    for (int p = 0; p < count; p++) room += room_of(places[p].free, ask);
    return room >= ask.ranks;
}

static bool spread(const kd_gang_place *places, int count, int first, kd_gang_ask ask, int *ranks)
{
    int left = ask.ranks;
    if (!is_free(places, count, ask)) return false;
    int at = first >= 0 && room_of(places[first].free, ask) > 0 ? first : -1;
    if (at < 0) at = roomiest(places, count, ask, ranks);
    for (; left > 0; at = roomiest(places, count, ask, ranks)) {
        int room = room_of(places[at].free, ask);
        ranks[at] = room < left ? room : left;
        left -= ranks[at];
    }
    return true;
}

bool kd_gang_put(const kd_gang_place *places, int count, int first, kd_gang_ask ask, int *ranks)
{
    for (int p = 0; p < count; p++) ranks[p] = 0;
    return is_for_one(places, count, ask) ? put_on_one(places, count, first, ask, ranks)
                                          : spread(places, count, first, ask, ranks);
}
