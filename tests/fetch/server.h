/* server.h - a server on loopback whose answers are known: what a download may meet.
 *
 *     /whole/...       the text, with a tag                    /gone     404
 *     /broken/...      half of it, then the connection ends;   /loop     leads to itself
 *                      the rest when that is asked for         /away     leads to another machine, without https
 *     /changed/...     half of it, then another text           /silent   nothing, for ever
 *     /twisted/...     half of it, then another part
 */
#ifndef KD_TESTS_FETCH_SERVER_H
#define KD_TESTS_FETCH_SERVER_H

#include "harness/base/str.h"

/* Answer from a thread of its own until the program ends; the address ("http://127.0.0.1:4711") lives as long. */
const char *kd_server_start(const char *text, const char *other);

int kd_server_requests(void);  /* that it has read */
int kd_server_continued(void); /* of them, those that asked for the rest of a file */

#endif
