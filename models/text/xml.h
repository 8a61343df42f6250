/* xml.h - an XML file of any size, an element and a text at a time.
 *
 *     <a k="1">one <b/>two</a>   ->   open a, text "one ", open b, close b, text "two", close a, end
 *
 * Of XML 1.0 what data need: elements, attributes, the five named characters, numbered ones, CDATA; comments, instructions and the
 * document type are passed over. Nothing is expanded and no other file is opened: an entity that only a document type could
 * define is refused. Depth, names, attributes and texts are bounded, so memory is, whatever a file holds. UTF-8 only.
 */
#ifndef KD_TEXT_XML_H
#define KD_TEXT_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"

enum {
    KD_XML_DEPTH = 200,
    KD_XML_NAME = 100,           /* bytes of a name */
    KD_XML_ATTRIBUTES = 1 << 16, /* bytes of all attributes of an element */
    KD_XML_TEXT_PIECE = 1 << 14, /* bytes of a text that is handed out at once, at most */
};

typedef enum { KD_XML_OPEN, KD_XML_TEXT, KD_XML_CLOSE, KD_XML_END } kd_xml_kind;

/* Until the next one. */
typedef struct {
    kd_xml_kind kind;
    const char *name; /* of an element that opens or closes */
    const char *text; /* a piece of a text; not ended by NUL */
    size_t      length;
} kd_xml_event;

typedef struct kd_xml kd_xml;

/* The file may be packed (stream.h). The caller owns the reader. */
kd_status kd_xml_open(kd_xml **out, const char *path, kd_error *err);

/* KD_EDATA, with "file:line: ...", for what is not well formed or beyond a bound. */
kd_status kd_xml_next(kd_xml *xml, kd_xml_event *event, kd_error *err);

/* Of the element that opened last: an attribute's value, NULL when it has none. */
const char *kd_xml_attribute(const kd_xml *xml, const char *name);

/* How many elements are open; the name of one of them, 0 being the innermost; whether any has this name. */
int         kd_xml_depth(const kd_xml *xml);
const char *kd_xml_above(const kd_xml *xml, int up);
bool        kd_xml_within(const kd_xml *xml, const char *name);

int64_t kd_xml_line(const kd_xml *xml); /* for messages, from 1 */

void kd_xml_close(kd_xml *xml); /* NULL is fine */

#endif
