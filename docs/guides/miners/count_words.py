"""Counts words: answers {"text": "to be or not to be"} with {"words": 6, "different": 4}."""

import json
import sys


def answer(request):
    if not isinstance(request, dict) or not isinstance(request.get("text"), str):
        return {"rejected": 'send an object with a "text"'}
    words = request["text"].split()
    return {"reply": {"words": len(words), "different": len(set(words))}}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line)["request"])), flush=True)
