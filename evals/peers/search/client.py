"""What both peers ask the server with, and how they judge: the last number against the answer."""

import http.client
import json
import re
import threading
from urllib.parse import urlsplit

INSTRUCTION = "\n\nThink step by step, one step per line. End with one more line of the form \"The answer is N.\" where N is the answer."


def load(path):
    with open(path) as lines:
        return [json.loads(line) for line in lines]


def first_step(text):
    """The text up to and with its first line break."""
    at = text.find("\n")
    return text if at < 0 else text[: at + 1]


def finished(text):
    return "The answer is " in text or text.endswith("I am not sure about this.")


def right(text, answer):
    found = re.findall(r"The answer is (-?\d+)\.", text)
    return bool(found) and found[-1] == answer


class SDK:
    """The openai package, as most people would use it."""

    def __init__(self, url):
        import openai

        # Its default limits are far above what is in flight here.
        self.api = openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0)

    def complete(self, problem, prefix, seed, n=1, stop=None):
        reply = self.api.chat.completions.create(**request(problem, prefix, seed, n, stop))
        return [choice.message.content or "" for choice in reply.choices]


class Bare:
    """The standard library's HTTP client, one connection a thread: as little CPU as Python can do."""

    def __init__(self, url):
        self.host = urlsplit(url).netloc
        self.local = threading.local()

    def complete(self, problem, prefix, seed, n=1, stop=None):
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection(self.host)
        body = json.dumps(request(problem, prefix, seed, n, stop))
        self.local.connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
        reply = self.local.connection.getresponse()
        text = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"{reply.status}: {text!r}")
        return [choice["message"]["content"] or "" for choice in json.loads(text)["choices"]]


def request(problem, prefix, seed, n, stop):
    messages = [{"role": "user", "content": problem["prompt"] + INSTRUCTION}]
    if prefix:
        messages.append({"role": "assistant", "content": prefix})
    asked = {"model": "toy", "messages": messages, "temperature": 1.0, "top_p": 1.0, "max_tokens": 512, "seed": seed, "n": n}
    return asked | ({"stop": stop} if stop else {})


CLIENTS = {"sdk": SDK, "bare": Bare}
