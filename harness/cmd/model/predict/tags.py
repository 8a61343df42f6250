
def answer(texts):
    """Of each text its words: where each begins and ends, and its tag, which is that of its first piece."""
    rows = [cut(text) for text in texts]
    said = ask([[cls, *ids[:room], sep] for ids, _ in rows]).argmax(-1)
    for text, (_, places), tags in zip(texts, rows, said):
        firsts = [i for i, place in enumerate(places[:room]) if i == 0 or place != places[i - 1]]
        yield {"text": text, "words": [[*places[i], labels[tags[i + 1]]] for i in firsts]}
