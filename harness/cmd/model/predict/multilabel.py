
def answer(texts):
    for text, logits in zip(texts, ask([[cls, *cut(text)[0][:room], sep] for text in texts])):
        yield {"text": text, "labels": [label for label, x in zip(labels, logits) if x > 0]}
