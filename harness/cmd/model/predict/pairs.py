
def pair(text):
    """Ids of the two texts of a line, a tab between, of which the longer is cut, and which of them each piece is of."""
    first, second = (cut(part)[0] for part in (text.split("\t") + [""])[:2])
    between = [sep] * int(told["separators"])
    while longest and len(first) + len(second) + len(between) + 2 > longest:
        (first if len(first) > len(second) else second).pop()
    begin = [cls, *first, *between]
    return begin + second + [sep], [0] * len(begin) + [1] * (len(second) + 1)

def answer(texts):
    ids, kinds = zip(*map(pair, texts))
    has_kinds = "token_type_ids" in [one.name for one in session.get_inputs()]
    for text, logits in zip(texts, ask(ids, **({"token_type_ids": kinds} if has_kinds else {}))):
        yield {"text": text, "label": labels[logits.argmax()]}
